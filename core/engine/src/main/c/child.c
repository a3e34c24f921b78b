/*
 * The child from the clone to the exec. It is a copy of the guard: it gives up all descriptors that are not its own before anything else,
 * allocates nothing from the heap, and says through the channel which op failed.
 */
#include <stdio.h>
#include <string.h>

#include "guard.h"

int close_all_but(int *keep, int count) {
    for (int i = 1; i < count; i++) { /* nearly sorted: descriptors come in the order they were received */
        int fd = keep[i], j = i;
        for (; j > 0 && keep[j - 1] > fd; j--)
            keep[j] = keep[j - 1];
        keep[j] = fd;
    }
    unsigned next = 3;
    for (int i = 0; i < count; i++) {
        unsigned fd = (unsigned)keep[i];
        if (fd > next && sys_close_range(next, fd - 1) < 0)
            return -1;
        if (fd >= next)
            next = fd + 1;
    }
    return sys_close_range(next, ~0u);
}

/* No stale copy of another container's descriptors, of the control socket or of the lock reaches the workload's side. */
static int close_foreign(const struct context *c, const struct plan_facts *facts) {
    const struct plan *plan = (const struct plan *)c->base;
    int keep[MAX_SLOTS + MAX_ENGINE_SLOTS + 1], count = 0;
    for (unsigned i = 0; i < plan->slots; i++) {
        if (c->local[i] >= 0)
            keep[count++] = c->local[i];
    }
    for (unsigned i = 0; i < MAX_ENGINE_SLOTS; i++) {
        if (!(facts->engine_slots >> i & 1))
            engine_slots[i] = SLOT_EMPTY;
        else if (engine_slots[i] >= 0)
            keep[count++] = engine_slots[i];
    }
    keep[count++] = c->channel;
    return close_all_but(keep, count);
}

static _Noreturn void child_failed(const struct context *c, const struct failure *f) {
    if (c->channel < 0) { /* behind the gate nobody listens but who reads its output */
        dprintf(2, "caisson: %s: %s\n", f->path, strerror(f->error));
        _exit(f->code == OP_EXEC && f->error == ENOENT ? 127 : 126);
    }
    ssize_t size = write(c->channel, f, sizeof *f);
    _exit(size == (ssize_t)sizeof *f ? 127 : 126);
}

/* Runs the lists of c's plan from this one on. Does not return: the last op is OP_EXEC or OP_CONTINUE, which return only to fail. */
_Noreturn void child_run(struct context *c, unsigned list) {
    struct failure failure;
    for (; list <= LIST_CHILD; list++) {
        for (unsigned i = 0; i < plan_count(c->base, list); i++) {
            int error = op_run(c, list, plan_op(c->base, list, i));
            if (error) {
                op_failure(c, list, i, error, &failure);
                child_failed(c, &failure);
            }
        }
    }
    _exit(126);
}

static bool join(int cgroup) {
    int procs = sys_openat2(cgroup, "cgroup.procs", O_WRONLY, 0, BENEATH);
    bool done = procs >= 0 && write(procs, "0", 1) == 1;
    if (procs >= 0)
        close(procs);
    return done;
}

_Noreturn void child_main(struct context *c, const struct plan_facts *facts) {
    struct failure failure;
    if (c->join_late && !join(c->cgroup)) {
        memset(&failure, 0, sizeof failure);
        failure.list = LIST_PREFIX;
        failure.error = errno;
        strcpy(failure.path, "cgroup.procs");
        child_failed(c, &failure);
    }
    if (close_foreign(c, facts) < 0) {
        memset(&failure, 0, sizeof failure);
        failure.list = LIST_PREFIX;
        failure.error = errno;
        strcpy(failure.path, "close_range");
        child_failed(c, &failure);
    }
    child_run(c, LIST_PREFIX);
}
