/*
 * The end of a launch's process: EXITED with what the plan wants read, then the undo.
 */
#include <string.h>
#include <sys/resource.h>

#include "guard.h"

static uint8_t answer[MAX_MESSAGE - sizeof(struct message)] __attribute__((aligned(8)));

struct outcome last_outcome;

static uint64_t usec(struct timeval t) {
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_usec;
}

static size_t run_reports(struct task *task, struct exited *exited) {
    const struct plan *plan = (const struct plan *)task->base;
    struct context c = {.base = task->base, .local = task->kept, .channel = -1, .cgroup = -1};
    size_t used = sizeof *exited;
    for (unsigned i = 0; i < plan->list[LIST_REPORT].count; i++) {
        const struct op *op = plan_op(task->base, LIST_REPORT, i);
        struct report *report = (struct report *)(answer + used);
        if (used + sizeof *report > sizeof answer)
            break;
        used += sizeof *report;
        c.read = answer + used;
        c.read_size = 0;
        report->op = (uint16_t)i;
        report->size = 0;
        if (op->a <= sizeof answer - used && op_run(&c, LIST_REPORT, op) == 0)
            report->size = (uint16_t)c.read_size;
        size_t padded = (report->size + 3u) & ~3u;
        memset(answer + used + report->size, 0, padded - report->size);
        used += padded;
        exited->reports++;
    }
    return used;
}

void task_exited(struct task *task, int status, const void *rusage) {
    const struct rusage *r = rusage;
    channel_read(task); /* RUNNING and FAILED come before EXITED */
    if (!task->failed) {
        struct exited exited = {
            .status = status,
            .pid = task->pid,
            .user_usec = usec(r->ru_utime),
            .system_usec = usec(r->ru_stime),
            .max_rss_kib = (uint64_t)r->ru_maxrss,
            .elapsed_nsec = now_ns() - task->started,
        };
        size_t size = run_reports(task, &exited);
        memcpy(answer, &exited, sizeof exited);
        detach_exited(task, answer, size);
        send_message(MSG_EXITED, task->id, 0, 0, answer, size, -1);
    }
    if (task->mounts >= 0) { /* the kernel takes its mounts down here: after the answer, before the undo */
        close(task->mounts);
        task->mounts = -1;
    }
    last_outcome = (struct outcome){task->pid, status, task->failed};
    task->pid = 0;
    undo_begin(task);
}
