/*
 * Undo lists (and their AT_KILL part, when a launch is killed as a tree), stepped so that a busy cgroup never blocks the loop.
 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"

#define PATIENCE 2000000000ull /* ns: how long one op is tried again */
#define LONGEST_PAUSE 16       /* ms */
#define OPTIONAL_PAUSE 8 /* ms: how far an optional removal waits */

static const char *text(const struct task *task, struct bytes b) {
    return b.size ? (const char *)task->base + b.offset : "";
}

/* A cgroup whose PREPARE op was never reached, or failed because it was there before us, is not ours to remove. */
static bool never_made(const struct task *task, const struct op *undo) {
    const struct plan *plan = (const struct plan *)task->base;
    if (undo->code != OP_CGROUP_KILL && undo->code != OP_CGROUP_REMOVE && undo->code != OP_WRITE)
        return false;
    for (unsigned i = task->prepare_failed; i < plan->list[LIST_PREPARE].count; i++) {
        const struct op *make = plan_op(task->base, LIST_PREPARE, i);
        if (make->code != OP_CGROUP_MAKE || make->slot != undo->slot || make->s.size > undo->s.size)
            continue;
        const char *made = text(task, make->s), *undone = text(task, undo->s);
        if (!memcmp(made, undone, make->s.size) && (undone[make->s.size] == 0 || undone[make->s.size] == '/'))
            return true;
    }
    return false;
}

static void record(struct task *task, const struct context *c, int error) {
    if (task->failures == NULL)
        task->failures = malloc(MAX_UNDO_FAILURES * sizeof *task->failures);
    if (task->failures && task->undo_failures < MAX_UNDO_FAILURES)
        op_failure(c, LIST_UNDO, task->op, error, &task->failures[task->undo_failures]);
    task->undo_failures++;
}

static void gone(struct task *task) {
    unsigned listed = task->failures == NULL                        ? 0
                      : task->undo_failures > MAX_UNDO_FAILURES ? MAX_UNDO_FAILURES
                                                                : task->undo_failures;
    send_message(MSG_GONE, task->id, task->undo_failures, 0, task->failures, listed * sizeof *task->failures, -1);
    if (detach_gone(task)) {
        task->phase = IDLE;
        return;
    }
    task_free(task);
}

/* Runs ops until one has to wait or the list ends. */
static void step(struct task *task, uint64_t now) {
    const struct plan *plan = (const struct plan *)task->base;
    struct context c = {.base = task->base, .local = task->kept, .channel = -1, .cgroup = -1};
    while (task->op < plan->list[LIST_UNDO].count) {
        const struct op *op = plan_op(task->base, LIST_UNDO, task->op);
        bool passed = task->phase == KILLING ? !(op->flags & (OPF_AT_KILL | OPF_ONLY_AT_KILL))
                                             : ((op->flags & OPF_ONLY_AT_KILL) && !task->killed) || never_made(task, op);
        int error = passed ? 0 : op_run(&c, LIST_UNDO, op);
        bool given_up = (op->flags & OPF_OPTIONAL) && task->pause > OPTIONAL_PAUSE;
        if (error == AGAIN && given_up)
            error = 0; /* what keeps it busy may stay: it goes with the container */
        if (error == AGAIN && now < task->deadline) {
            task->retry_at = now + task->pause * 1000000ull;
            if (task->pause < LONGEST_PAUSE)
                task->pause *= 2;
            return;
        }
        if (error && task->phase == UNDOING)
            record(task, &c, error == AGAIN ? EBUSY : error);
        task->op++;
        task->pause = 1;
        task->deadline = now + PATIENCE;
    }
    if (task->phase == UNDOING)
        gone(task);
    else
        task->phase = IDLE;
}

static void begin(struct task *task, enum phase phase) {
    uint64_t now = now_ns();
    task->phase = (uint8_t)phase;
    task->op = 0;
    task->pause = 1;
    task->deadline = now + PATIENCE;
    step(task, now);
}

void undo_begin(struct task *task) {
    begin(task, UNDOING);
}

void task_kill_tree(struct task *task) {
    task->killed = true; /* its first process may be waited for before the others are dead */
    if (task->phase != UNDOING)
        begin(task, KILLING);
}

void undo_tick(void) {
    uint64_t now = 0;
    for (struct task *task = NULL; (task = task_next(task));) {
        if (task->phase == IDLE)
            continue;
        if (now == 0)
            now = now_ns();
        if (now >= task->retry_at)
            step(task, now);
    }
}

/* ms until the next try of anything; -1 if there is none. */
int undo_timeout(void) {
    uint64_t now = 0, first = UINT64_MAX;
    for (struct task *task = NULL; (task = task_next(task));) {
        if (task->phase != IDLE && task->retry_at < first)
            first = task->retry_at;
    }
    if (first == UINT64_MAX)
        return -1;
    now = now_ns();
    return first <= now ? 0 : (int)((first - now) / 1000000u) + 1;
}
