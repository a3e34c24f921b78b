/*
 * OP_INIT: the forked child goes on as the workload; we stay as its pid 1. What we may do is what the ops before left us: the workload's.
 */
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "guard.h"

#define TO_US(info) ((info).si_code != SI_KERNEL)

/* Reaps whatever ended. When it is the workload, ends as it did: pid 1 cannot die of a signal of its own, so 128 + signal stands for one. */
static void reap_orphans(pid_t workload) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
        if (pid == workload)
            _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    }
}

static _Noreturn void reaper(pid_t workload) {
    sys_close_range(0, ~0u); /* not even the workload's streams: who reads them must see their end with the workload */
    prctl(PR_SET_NAME, "caisson-init", 0, 0, 0);
    if (getpid() != 1)
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* of a PID namespace that is another's */
    uint64_t all = ~0ull;
    bool same_group = getpgid(workload) == getpgrp();
    for (;;) {
        siginfo_t info;
        long signal = syscall(__NR_rt_sigtimedwait, &all, &info, NULL, sizeof all);
        if (signal == SIGCHLD)
            reap_orphans(workload);
        else if (signal > 0 && (TO_US(info) || !same_group)) /* the terminal's signals went to the whole group already */
            kill(workload, (int)signal);
    }
}

/* All signals are blocked before the fork, so that none is lost or ignored in pid 1, and unblocked in the workload by its own plan. */
int op_init(struct context *c, const struct op *op) {
    (void)op;
    uint64_t all = ~0ull, before;
    syscall(__NR_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    pid_t pid = sys_clone(0, SIGCHLD, NULL, -1, NULL);
    if (pid > 0)
        reaper(pid);
    int error = pid < 0 ? fail(c, STEP_CLONE, NULL) : 0;
    sys_signal_mask(before);
    return error;
}

/*
 * Holds the namespaces of a pod: reaps what is left to it as pid 1 of a shared PID namespace, and ends when it is told to. Its plan has blocked all signals before the exec
 * (OP_SIGNALS): pid 1 never hears of one that comes while it neither blocks nor catches it.
 */
_Noreturn void hold_main(void) {
    uint64_t all = ~0ull;
    int status;
    prctl(PR_SET_NAME, "caisson-pod", 0, 0, 0);
    for (;;) {
        long signal = syscall(__NR_rt_sigtimedwait, &all, NULL, NULL, sizeof all);
        while (waitpid(-1, &status, WNOHANG | __WALL) > 0)
            ;
        if (signal == SIGTERM || signal == SIGINT)
            _exit(0);
    }
}
