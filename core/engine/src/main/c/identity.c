/*
 * Who the process is and what it may do. The order of these ops is the plan's: they are what the kernel calls by these names.
 */
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "guard.h"

static int result(struct context *c, long outcome, enum op_step step) {
    return outcome < 0 ? fail(c, step, NULL) : 0;
}

int op_rlimit(struct context *c, const struct op *op) {
    struct { uint64_t soft, hard; } limit = {op->b, op->c};
    return result(c, syscall(__NR_prlimit64, 0, (int)op->a, &limit, NULL), STEP_ONLY);
}

int op_umask(struct context *c, const struct op *op) {
    (void)c;
    umask(file_mask = (mode_t)op->a & 0777);
    return 0;
}

int op_groups(struct context *c, const struct op *op) {
    return result(c, syscall(__NR_setgroups, op->s.size / 4, string(c, op->s)), STEP_ONLY);
}

int op_ids(struct context *c, const struct op *op) {
    if (syscall(__NR_setresgid, (gid_t)op->b, (gid_t)op->b, (gid_t)op->b) < 0)
        return fail(c, STEP_SETGID, NULL);
    return result(c, syscall(__NR_setresuid, (uid_t)op->a, (uid_t)op->a, (uid_t)op->a), STEP_SETUID);
}

int op_securebits(struct context *c, const struct op *op) {
    return result(c, prctl(PR_SET_SECUREBITS, (unsigned long)op->a, 0, 0, 0), STEP_ONLY);
}

int op_cap_bounding(struct context *c, const struct op *op) {
    for (unsigned capability = 0; capability <= op->b; capability++) {
        if (!(op->a >> capability & 1) && prctl(PR_CAPBSET_DROP, (unsigned long)capability, 0, 0, 0) < 0)
            return fail(c, STEP_ONLY, NULL);
    }
    return 0;
}

int op_caps(struct context *c, const struct op *op) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    for (int half = 0; half < 2; half++) {
        data[half].effective = (uint32_t)(op->a >> 32 * half);
        data[half].permitted = (uint32_t)(op->b >> 32 * half);
        data[half].inheritable = (uint32_t)(op->c >> 32 * half);
    }
    return result(c, syscall(__NR_capset, &header, data), STEP_ONLY);
}

int op_cap_ambient(struct context *c, const struct op *op) {
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return fail(c, STEP_ONLY, NULL);
    for (unsigned long capability = 0; capability < 64; capability++) {
        if ((op->a >> capability & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0)
            return fail(c, STEP_ONLY, NULL);
    }
    return 0;
}

int op_no_new_privs(struct context *c, const struct op *op) {
    (void)op;
    return result(c, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), STEP_ONLY);
}

int op_seccomp(struct context *c, const struct op *op) {
    size_t count = op->s.size / sizeof(struct sock_filter);
    struct sock_fprog program = {.len = (unsigned short)count, .filter = (struct sock_filter *)(uintptr_t)string(c, op->s)};
    if (count == 0 || count > BPF_MAXINSNS) {
        errno = EINVAL;
        return fail(c, STEP_ONLY, NULL);
    }
    return result(c, syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned)op->a, &program), STEP_ONLY);
}

int op_dumpable(struct context *c, const struct op *op) {
    return result(c, prctl(PR_SET_DUMPABLE, (unsigned long)op->a, 0, 0, 0), STEP_ONLY);
}

int op_landlock(struct context *c, const struct op *op) {
    return result(c, syscall(__NR_landlock_restrict_self, slot_fd(c, op->slot), 0), STEP_ONLY);
}
