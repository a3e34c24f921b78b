/*
 * One op: its function, its slots, its failure. Which lists an op may stand in was checked with the plan.
 */
#include <string.h>

#include "guard.h"

int engine_slots[MAX_ENGINE_SLOTS];

static op_function *const functions[] = {
    [OP_CGROUP_MAKE] = op_cgroup_make,
    [OP_WRITE] = op_write,
    [OP_PID_NAMESPACE] = op_pid_namespace,
    [OP_DEVICE_FILTER] = op_device_filter,
    [OP_READ] = op_read,
    [OP_CGROUP_KILL] = op_cgroup_kill,
    [OP_CGROUP_REMOVE] = op_cgroup_remove,
    [OP_SEND] = op_send,
    [OP_UNLINK] = op_unlink,
    [OP_ID_MAPS] = op_id_maps,
    [OP_SETNS] = op_setns,
    [OP_UNSHARE] = op_unshare,
    [OP_HOSTNAME] = op_hostname,
    [OP_DOMAINNAME] = op_domainname,
    [OP_KEYRING] = op_keyring,
    [OP_LOOPBACK_UP] = op_loopback_up,
    [OP_WAIT_GO] = op_wait_go,
    [OP_FSMOUNT] = op_fsmount,
    [OP_OPEN_ROOT] = op_open_root,
    [OP_OPEN_TREE] = op_open_tree,
    [OP_MOUNT_ATTR] = op_mount_attr,
    [OP_ROOT] = op_root,
    [OP_ATTACH] = op_attach,
    [OP_PIVOT] = op_pivot,
    [OP_MKDIR] = op_mkdir,
    [OP_MKNOD] = op_mknod,
    [OP_SYMLINK] = op_symlink,
    [OP_FILE] = op_file,
    [OP_RLIMIT] = op_rlimit,
    [OP_UMASK] = op_umask,
    [OP_SETSID] = op_setsid,
    [OP_TERMINAL] = op_terminal,
    [OP_SEND_FD] = op_send_fd,
    [OP_CONTROLLING] = op_controlling,
    [OP_DUP] = op_dup,
    [OP_CHDIR] = op_chdir,
    [OP_GROUPS] = op_groups,
    [OP_IDS] = op_ids,
    [OP_SECUREBITS] = op_securebits,
    [OP_CAP_BOUNDING] = op_cap_bounding,
    [OP_CAPS] = op_caps,
    [OP_CAP_AMBIENT] = op_cap_ambient,
    [OP_NO_NEW_PRIVS] = op_no_new_privs,
    [OP_SECCOMP] = op_seccomp,
    [OP_DUMPABLE] = op_dumpable,
    [OP_SIGNALS] = op_signals,
    [OP_CLOSE] = op_close,
    [OP_INIT] = op_init,
    [OP_SCHED] = op_sched,
    [OP_LANDLOCK] = op_landlock,
    [OP_EXEC] = op_exec,
    [OP_CONTINUE] = op_continue,
    [OP_GATE] = op_gate,
    [OP_HOOK] = op_hook,
};

int slot_fd(const struct context *c, uint16_t slot) {
    if (slot >= SLOT_ENGINE)
        return engine_slots[slot - SLOT_ENGINE];
    return c->local ? c->local[slot] : SLOT_EMPTY;
}

void slot_fill(struct context *c, uint16_t slot, int fd) {
    if (c->local[slot] >= 0)
        close(c->local[slot]);
    c->local[slot] = fd;
}

int fail(struct context *c, enum op_step step, const char *blamed) {
    c->step = (uint16_t)step;
    c->blamed = blamed;
    return errno;
}

static int input_error(const struct context *c, const struct op *op, bool *output) {
    bool in, in2;
    plan_op_slots(op, &in, &in2, output);
    int first = in ? slot_fd(c, op->slot) : 0, second = in2 ? slot_fd(c, op->slot2) : 0;
    if (first == SLOT_PASSED_OVER || second == SLOT_PASSED_OVER)
        return PASSED_OVER;
    return first < 0 || second < 0 ? EBADF : 0;
}

/* What an OPTIONAL op may fail with. A mount is done without only where there is nothing to mount on: a mask that could not be attached would
   show what it hides, a mount that ended elsewhere would be a second root. */
static bool may_fail(const struct context *c, const struct op *op, int error) {
    switch (op->code) {
    case OP_KEYRING:
        return error == ENOSYS || error == EPERM || error == EDQUOT;
    case OP_ATTACH:
    case OP_OPEN_TREE:
        return (op->flags & (OPF_MAKE_DIR | OPF_MAKE_FILE)) ? c->step != STEP_VERIFY : c->step == STEP_OPEN && (error == ENOENT || error == ENOTDIR || ((op->flags & OPF_SAME_MOUNT) && error == EXDEV));
    default:
        return true;
    }
}

int op_run(struct context *c, unsigned list, const struct op *op) {
    bool output;
    c->step = STEP_ONLY;
    c->blamed = NULL;
    int error = input_error(c, op, &output);
    if (error == EBADF) {
        errno = EBADF;
        fail(c, STEP_SLOT, NULL);
    }
    if (error == 0)
        error = functions[op->code](c, op);
    if (error == 0 || error == AGAIN)
        return error;
    if (error != PASSED_OVER && (!(op->flags & OPF_OPTIONAL) || !may_fail(c, op, error)))
        return error;
    if (output && (list == LIST_PREFIX || list == LIST_CHILD)) {
        slot_fill(c, op->slot, SLOT_PASSED_OVER);
        if (op->code == OP_TERMINAL)
            slot_fill(c, (uint16_t)op->a, SLOT_PASSED_OVER);
    }
    return 0;
}

void op_failure(const struct context *c, unsigned list, unsigned index, int error, struct failure *f) {
    const struct op *op = plan_op(c->base, list, index);
    memset(f, 0, sizeof *f);
    f->list = (uint16_t)list;
    f->op = (uint16_t)index;
    f->code = op->code;
    f->detail = c->step;
    f->error = error;
    bool named = op->s.size && op->code != OP_GROUPS && op->code != OP_SECCOMP && op->code != OP_CLOSE;
    const char *path = c->blamed ? c->blamed : named ? string(c, op->s) : "";
    strncpy(f->path, path, sizeof f->path - 1);
}
