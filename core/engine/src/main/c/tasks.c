/*
 * The table of launches. Found by a walk: some hundred entries cost less than one system call.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "guard.h"

#define MAX_TASKS 16384

static struct task tasks[MAX_TASKS];
static unsigned used, highest; /* entries in use; none is in use from highest on */

uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void begin(struct task *task, uint32_t id, struct detached *detached) {
    *task = (struct task){.id = id, .used = 1, .channel = -1, .pidfd = -1, .mounts = -1, .prepare_failed = 0xffff, .detached = detached};
}

struct task *task_new(uint32_t id) {
    for (unsigned i = 0; i < MAX_TASKS; i++) {
        if (tasks[i].used)
            continue;
        begin(&tasks[i], id, NULL);
        used++;
        if (i >= highest)
            highest = i + 1;
        return &tasks[i];
    }
    return NULL;
}

struct task *task_next(struct task *after) {
    for (unsigned i = after ? task_index(after) + 1 : 0; i < highest; i++) {
        if (tasks[i].used)
            return &tasks[i];
    }
    return NULL;
}

struct task *task_by_id(uint32_t id) {
    for (struct task *task = NULL; (task = task_next(task));) {
        if (task->id == id)
            return task;
    }
    return NULL;
}

struct task *task_by_pid(pid_t pid) {
    for (struct task *task = NULL; (task = task_next(task));) {
        if (task->pid == pid)
            return task;
    }
    return NULL;
}

struct task *task_at(unsigned index) {
    return index < highest && tasks[index].used ? &tasks[index] : NULL;
}

unsigned task_index(const struct task *task) {
    return (unsigned)(task - tasks);
}

unsigned task_count(void) {
    return used;
}

/* Of one launch. */
static void give_back(struct task *task) {
    channel_close(task);
    if (task->pidfd >= 0)
        close(task->pidfd);
    if (task->mounts >= 0)
        close(task->mounts);
    if (task->kept) {
        unsigned slots = ((const struct plan *)task->base)->slots;
        for (unsigned i = 0; i < slots; i++) {
            if (task->kept[i] >= 0)
                close(task->kept[i]);
        }
        free(task->kept);
    }
    if (task->base)
        munmap((void *)(uintptr_t)task->base, task->size);
    free(task->failures);
}

/* It is launched again: under the same number, and as detached as it was. */
void task_renew(struct task *task) {
    give_back(task);
    begin(task, task->id, task->detached);
}

void task_free(struct task *task) {
    give_back(task);
    detach_free(task);
    task->used = 0;
    used--;
    while (highest > 0 && !tasks[highest - 1].used)
        highest--;
}
