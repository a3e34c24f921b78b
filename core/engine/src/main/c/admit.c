/*
 * What a child in a user namespace may not do itself: its maps are written by the guard, while it waits.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "guard.h"

/* One write(2), as the files want it (user_namespaces(7)). */
static int write_map(struct context *c, const char *name, struct bytes lines) {
    char path[64];
    snprintf(path, sizeof path, "%s/%d/%s", shown ? "/p" : "/proc", (int)c->child, name);
    int fd = sys_openat2(AT_FDCWD, path, O_WRONLY, 0, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    if (fd < 0)
        return fail(c, STEP_OPEN, name);
    int error = write(fd, string(c, lines), lines.size) == (ssize_t)lines.size ? 0 : fail(c, STEP_WRITE, name);
    close(fd);
    return error;
}

int op_id_maps(struct context *c, const struct op *op) {
    int error = write_map(c, "uid_map", op->s);
    return error ? error : write_map(c, "gid_map", op->t);
}

/* Runs the ops about the child and lets it go on; false if it may not, which was told. */
bool admit(struct task *task, struct context *c) {
    struct failure failure;
    c->child = task->pid;
    for (unsigned i = 0; i < plan_count(task->base, LIST_PREPARE); i++) {
        const struct op *op = plan_op(task->base, LIST_PREPARE, i);
        int error = plan_about_child(op) ? op_run(c, LIST_PREPARE, op) : 0;
        if (error) {
            op_failure(c, LIST_PREPARE, i, error, &failure);
            task->failed = true;
            send_failed(task->id, &failure);
            return false;
        }
    }
    send(task->channel, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    return true;
}
