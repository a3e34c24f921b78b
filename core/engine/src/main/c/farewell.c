/*
 * What the guard does last, when no launch is left: it takes away what the engine itself had made, such as its own cgroup directories. The JVM, which made them,
 * may be dead.
 */
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "guard.h"

#define TRIES 1000 /* of 1 ms: for a cgroup that is not empty yet */

static const uint8_t *farewell;
static uint32_t farewell_size;

bool farewell_take(int fd) {
    struct plan_facts facts;
    uint32_t size = 0;
    const uint8_t *base = map_plan(fd, &size);
    close(fd);
    if (base == NULL)
        return false;
    bool good = plan_check(base, size, &facts) && ((const struct plan *)base)->slots == 0;
    for (unsigned list = 0; good && list < LISTS; list++)
        good = list == LIST_UNDO || plan_count(base, list) == 0;
    if (!good) {
        munmap((void *)(uintptr_t)base, size);
        return false;
    }
    if (farewell)
        munmap((void *)(uintptr_t)farewell, farewell_size);
    madvise((void *)(uintptr_t)base, size, MADV_DONTFORK);
    farewell = base;
    farewell_size = size;
    return true;
}

/* Every op runs whatever the others did; there is nobody left to tell. */
void farewell_run(void) {
    struct context c = {.base = farewell, .channel = -1, .cgroup = -1};
    struct timespec pause = {.tv_nsec = 1000000};
    for (unsigned i = 0; farewell && i < plan_count(farewell, LIST_UNDO); i++) {
        for (int tries = TRIES; op_run(&c, LIST_UNDO, plan_op(farewell, LIST_UNDO, i)) == AGAIN && tries > 0; tries--)
            nanosleep(&pause, NULL);
    }
}

/* Launches outlive the engine, and what it had lent them does not wait for their end: what is marked runs now, and once, as its slots are empty then. */
void farewell_orphaned(void) {
    struct context c = {.base = farewell, .channel = -1, .cgroup = -1};
    unsigned count = farewell ? plan_count(farewell, LIST_UNDO) : 0;
    for (unsigned i = 0; i < count; i++) {
        const struct op *op = plan_op(farewell, LIST_UNDO, i);
        if (op->flags & OPF_AT_KILL)
            op_run(&c, LIST_UNDO, op);
    }
    for (unsigned i = 0; i < count; i++) {
        const struct op *op = plan_op(farewell, LIST_UNDO, i);
        if (!(op->flags & OPF_AT_KILL) || slot_fd(&c, op->slot) < 0)
            continue;
        close(slot_fd(&c, op->slot));
        engine_slots[op->slot - SLOT_ENGINE] = SLOT_EMPTY;
    }
}
