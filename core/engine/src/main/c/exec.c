/*
 * The last steps of a child before it becomes the workload.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "guard.h"

/* Any record shorter than a failure tells the guard that we wait; the byte that comes back is GO. A guard that gives it by itself need not be told. */
int op_wait_go(struct context *c, const struct op *op) {
    char byte = 0;
    ssize_t size = op->a == 1 ? 1 : write(c->channel, &byte, 1);
    while (size > 0 && (size = read(c->channel, &byte, 1)) < 0 && errno == EINTR)
        size = 1;
    if (size == 0)
        errno = EPIPE; /* the guard is gone, and we are as good as dead */
    return size == 1 ? 0 : fail(c, STEP_ONLY, NULL);
}

int op_signals(struct context *c, const struct op *op) {
    (void)c;
    if (!signals_default) /* else 63 system calls less */
        sys_signals_default();
    sys_signal_mask(op->a); /* at once: a signal that is let in between is lost where the program is pid 1 */
    return 0;
}

int op_close(struct context *c, const struct op *op) {
    const char *slots = string(c, op->s);
    const struct plan *plan = (const struct plan *)c->base;
    int keep[MAX_SLOTS + 1], count = 0;
    keep[count++] = c->channel;
    for (unsigned i = 0; i < op->s.size / 2; i++) {
        uint16_t slot;
        memcpy(&slot, slots + 2 * i, sizeof slot);
        int fd = slot < plan->slots ? c->local[slot] : SLOT_EMPTY;
        if (fd >= 0 && count <= MAX_SLOTS)
            keep[count++] = fd;
    }
    return close_all_but(keep, count) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

int op_sched(struct context *c, const struct op *op) {
    struct { int priority; } other = {0};
    if (syscall(__NR_sched_setscheduler, 0, 0 /* SCHED_OTHER */, &other) < 0 || setpriority(PRIO_PROCESS, 0, (int)op->a) < 0)
        return fail(c, STEP_ONLY, NULL);
    return 0;
}

/* Pointers to the elements of "a\0b\0", ending in NULL; NULL if there is no memory. The child never calls malloc. */
char **string_array(const char *list, size_t size) {
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += list[i] == 0;
    char **array = mmap(NULL, (count + 1) * sizeof *array, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (array == MAP_FAILED)
        return NULL;
    for (size_t i = 0; i < count; i++, list += strlen(list) + 1)
        array[i] = (char *)(uintptr_t)list;
    return array;
}

/* execvp(3): a candidate that is not there is passed, one that may not be executed is remembered; anything else ends the search. */
int op_exec(struct context *c, const struct op *op) {
    const char *path = string(c, op->s), *end = path + op->s.size, *blamed = path;
    char **argv = string_array(string(c, op->t), op->t.size), **envp = string_array(string(c, op->u), op->u.size);
    if (argv == NULL || envp == NULL)
        return fail(c, STEP_ONLY, NULL);
    int error = 0;
    for (; path < end; path += strlen(path) + 1) {
        execve(path, argv, envp);
        bool missing = errno == ENOENT || errno == ENOTDIR;
        if (error == 0 || !missing) {
            error = errno;
            blamed = path;
        }
        if (!missing && errno != EACCES)
            break;
    }
    errno = error;
    return fail(c, STEP_ONLY, blamed);
}
