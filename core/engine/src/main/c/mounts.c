/*
 * Mounts: made detached, attached by descriptor onto a target that was resolved inside the root, then looked at again.
 */
#include <string.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "guard.h"

/* Appends what the file system wrote into its context ("e overlay: No such file") to the name being blamed. */
static int fs_failed(struct context *c, int fs, enum op_step step, const char *about) {
    int error = errno;
    char log[256];
    size_t room = sizeof c->text - 1, used = strnlen(about, room);
    memcpy(c->text, about, used);
    ssize_t size = fs < 0 ? -1 : read(fs, log, sizeof log);
    if (size > 0 && used + 2 < room) {
        c->text[used++] = ':';
        c->text[used++] = ' ';
        size_t take = (size_t)size < room - used ? (size_t)size : room - used;
        memcpy(c->text + used, log, take);
        used += take;
        while (c->text[used - 1] == '\n')
            used--;
    }
    c->text[used] = 0;
    if (fs >= 0)
        close(fs);
    errno = error;
    return fail(c, step, c->text);
}

static int set_option(const struct context *c, int fs, const char *option) {
    const char *key = option[0] == 1 ? option + 1 : option, *equals = strchr(key, '=');
    if (equals == NULL)
        return sys_fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0);
    char name[256];
    size_t size = (size_t)(equals - key);
    if (size >= sizeof name)
        return errno = EINVAL, -1;
    memcpy(name, key, size);
    name[size] = 0;
    if (option[0] != 1)
        return sys_fsconfig(fs, FSCONFIG_SET_STRING, name, equals + 1, 0);
    int fd = slot_fd(c, (uint16_t)plan_option_slot(option));
    if (fd < 0)
        return errno = EBADF, -1;
    return sys_fsconfig(fs, FSCONFIG_SET_FD, name, NULL, fd);
}

int op_fsmount(struct context *c, const struct op *op) {
    const char *type = string(c, op->s), *option = string(c, op->t), *end = option + op->t.size;
    int fs = (int)syscall(__NR_fsopen, type, FSOPEN_CLOEXEC);
    if (fs < 0)
        return fail(c, STEP_FSOPEN, NULL);
    for (; option < end; option += strlen(option) + 1) {
        if (set_option(c, fs, option) < 0)
            return fs_failed(c, fs, STEP_FSCONFIG, option[0] == 1 ? option + 1 : option);
    }
    if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return fs_failed(c, fs, STEP_FSCONFIG, type);
    int mount = (int)syscall(__NR_fsmount, fs, FSMOUNT_CLOEXEC, (unsigned)op->a);
    if (mount < 0)
        return fs_failed(c, fs, STEP_FSMOUNT, type);
    close(fs);
    slot_fill(c, op->slot, mount);
    return 0;
}

static int mount_place(int root, const struct op *op, const char *path) {
    return sys_openat2(root, *path ? path : "/", O_PATH, 0, IN_ROOT | (op->flags & OPF_SAME_MOUNT ? RESOLVE_NO_XDEV : 0));
}

static bool ours(const struct context *c, const struct op *op) {
    return (op->flags & OPF_OURS) && tree_plain(string(c, op->s));
}

int op_open_tree(struct context *c, const struct op *op) {
    int from = slot_fd(c, op->slot2), found = from;
    if (ours(c, op)) {
        unsigned flags = (unsigned)op->a | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW | (op->flags & OPF_RECURSIVE ? AT_RECURSIVE : 0);
        int tree = (int)syscall(__NR_open_tree, from, string(c, op->s), flags);
        if (tree < 0)
            return fail(c, errno == ENOENT ? STEP_OPEN : STEP_ONLY, NULL);
        slot_fill(c, op->slot, tree);
        return 0;
    }
    if (op->s.size && (found = mount_place(from, op, string(c, op->s))) < 0)
        return fail(c, STEP_OPEN, NULL);
    unsigned flags = (unsigned)op->a | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (op->flags & OPF_RECURSIVE ? AT_RECURSIVE : 0);
    int tree = (int)syscall(__NR_open_tree, found, "", flags), error = tree < 0 ? fail(c, STEP_ONLY, NULL) : 0;
    if (found != from)
        close(found);
    if (error == 0)
        slot_fill(c, op->slot, tree);
    return error;
}

int op_open_root(struct context *c, const struct op *op) {
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail(c, STEP_ONLY, "/");
    slot_fill(c, op->slot, root);
    return 0;
}

int op_mount_attr(struct context *c, const struct op *op) {
    unsigned flags = op->flags & OPF_RECURSIVE ? AT_RECURSIVE : 0;
    return sys_mount_setattr(slot_fd(c, op->slot), flags, op->a, op->b, op->c) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

/* /r is the one directory of the guard's own mount namespace (serve.c). */
int op_root(struct context *c, const struct op *op) {
    return sys_move_mount(slot_fd(c, op->slot), AT_FDCWD, "/r") < 0 ? fail(c, STEP_MOVE, "/r") : 0;
}

static bool mount_id(int fd, uint64_t *id) {
    struct statx s;
    if (syscall(__NR_statx, fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_MNT_ID, &s) < 0)
        return false;
    *id = s.stx_mnt_id;
    return s.stx_mask & STATX_MNT_ID;
}

int op_attach(struct context *c, const struct op *op) {
    const char *path = string(c, op->s);
    int mount = slot_fd(c, op->slot), root = slot_fd(c, op->slot2), error = 0;
    bool make = op->flags & (OPF_MAKE_DIR | OPF_MAKE_FILE);
    if (ours(c, op)) {
        if (make && (op->flags & OPF_MAKE_FILE ? tree_mkfile(root, path) : tree_mkdir(root, path, 0755)) < 0)
            return fail(c, STEP_CREATE, NULL);
        return sys_move_mount(mount, root, path) < 0 ? fail(c, errno == ENOENT ? STEP_OPEN : STEP_MOVE, NULL) : 0;
    }
    int target = make ? tree_make(c, root, op, path, 0, 0, op->flags & OPF_MAKE_FILE) : mount_place(root, op, path);
    if (target < 0)
        return make ? errno : fail(c, STEP_OPEN, NULL);
    struct statfs fs;
    if ((op->flags & OPF_NOT_PROC) && (fstatfs(target, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC)) {
        errno = EPERM;
        error = fail(c, STEP_VERIFY, NULL);
    } else if (sys_move_mount(mount, target, "") < 0)
        error = fail(c, STEP_MOVE, NULL);
    close(target);
    if (error || (op->flags & OPF_OURS))
        return error;
    uint64_t attached, seen;
    int again = tree_open(root, path, O_PATH);
    if (again < 0)
        return fail(c, STEP_VERIFY, NULL);
    if (!mount_id(mount, &attached) || !mount_id(again, &seen) || attached != seen) {
        errno = ESTALE; /* the path leads elsewhere now */
        error = fail(c, STEP_VERIFY, NULL);
    }
    close(again);
    return error;
}

/* pivot_root(2), NOTES: "." twice stacks the old root on the new one, from where it is detached. */
int op_pivot(struct context *c, const struct op *op) {
    if (fchdir(slot_fd(c, op->slot)) < 0)
        return fail(c, STEP_OPEN, NULL);
    if (syscall(__NR_pivot_root, ".", ".") < 0)
        return fail(c, STEP_MOVE, NULL);
    if (sys_detach(".") < 0)
        return fail(c, STEP_ONLY, NULL);
    return chdir("/") < 0 ? fail(c, STEP_VERIFY, NULL) : 0;
}
