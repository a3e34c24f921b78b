/*
 * A container made ahead: its child waits where only the program is missing, and gets the rest of its plan with CONTINUE. The guard checks that plan; the
 * memfd is sealed, so what the child maps is what was checked.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "guard.h"

/* ---- the guard ---- */

static int forward(int channel, int *fds, unsigned count) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int) * MAX_FDS)]; } rights;
    char byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr record = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = CMSG_SPACE(sizeof *fds * count)};
    memset(&rights, 0, sizeof rights.header);
    rights.header.cmsg_level = SOL_SOCKET;
    rights.header.cmsg_type = SCM_RIGHTS;
    rights.header.cmsg_len = CMSG_LEN(sizeof *fds * count);
    memcpy(CMSG_DATA(&rights.header), fds, sizeof *fds * count);
    return sendmsg(channel, &record, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

/* It cannot go on: the launch fails as if the child had said so. */
static void cannot(struct task *task, int error, const char *call) {
    struct failure failure = {.list = LIST_PREPARE, .detail = STEP_SLOT, .error = error};
    strncpy(failure.path, call, sizeof failure.path - 1);
    task->failed = true;
    send_failed(task->id, &failure);
    kill(task->pid, SIGKILL);
}

/* 0, or why the plan is refused. */
static unsigned check(const struct task *task, int fd, unsigned count, uint32_t *flags) {
    struct plan_facts facts;
    uint32_t size = 0;
    const uint8_t *base = map_plan(fd, &size);
    if (base == NULL)
        return REFUSED_PLAN;
    unsigned refusal = 0;
    if (!plan_check(base, size, &facts) || !plan_continues(base, &facts, task->base))
        refusal = REFUSED_PLAN;
    else if (((const struct plan *)base)->fds != count - 1)
        refusal = REFUSED_FDS;
    else
        *flags = ((const struct plan *)base)->flags;
    munmap((void *)(uintptr_t)base, size);
    return refusal;
}

/* fds[0] is the plan; none of them is taken. No descriptors: they did not fit into our table. */
void launch_continue(uint32_t id, int *fds, unsigned count) {
    struct task *task = task_by_id(id);
    if (task == NULL || task->pid == 0 || task->channel < 0 || task->failed)
        return; /* it ended while the message was under way */
    if (!task->continues || task->continued || !task->went) /* at OP_WAIT_GO it would be taken for GO */
        return send_message(MSG_REFUSED, id, REFUSED_BUSY, MSG_CONTINUE, NULL, 0, -1);
    if (count == 0)
        return cannot(task, EMFILE, "recvmsg");
    uint32_t flags = 0;
    unsigned refusal = check(task, fds[0], count, &flags);
    if (refusal)
        return send_message(MSG_REFUSED, id, refusal, MSG_CONTINUE, NULL, 0, -1);
    task->continued = true;
    task->want_running = flags & F_WANT_RUNNING;
    task->started = now_ns();
    int error = forward(task->channel, fds, count);
    if (error)
        cannot(task, error, "sendmsg");
    else if (task->want_running)
        watch(task->channel, WATCH_CHANNEL, task_index(task)); /* if it is not yet */
    else
        unwatch(task->channel); /* what it says is read when it is dead */
}

/* ---- the child ---- */

static int receive(struct context *c, int fds[MAX_FDS], unsigned *count) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int) * MAX_FDS)]; } rights;
    char byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr record = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    ssize_t size;
    do {
        size = recvmsg(c->channel, &record, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size == 0)
        _exit(0); /* the guard is gone, or wants us gone */
    if (size < 0)
        return -1;
    struct cmsghdr *head = CMSG_FIRSTHDR(&record);
    if (head == NULL || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS || (record.msg_flags & MSG_CTRUNC))
        return errno = EMFILE, -1;
    *count = (unsigned)((head->cmsg_len - CMSG_LEN(0)) / sizeof *fds);
    memcpy(fds, CMSG_DATA(head), *count * sizeof *fds);
    return 0;
}

int op_continue(struct context *c, const struct op *op) {
    int fds[MAX_FDS];
    unsigned count = 0;
    uint32_t size;
    if (op->a == 0 && write(c->channel, "", 1) != 1)
        return fail(c, STEP_WRITE, NULL);
    if (receive(c, fds, &count) < 0)
        return fail(c, STEP_READ, NULL);
    const uint8_t *base = map_plan(fds[0], &size);
    if (base == NULL)
        return fail(c, STEP_OPEN, NULL);
    close(fds[0]);
    c->base = base;
    for (unsigned i = 1; i < count; i++)
        slot_fill(c, (uint16_t)(((const struct plan *)base)->first + i - 1), fds[i]);
    child_run(c, LIST_CHILD);
}
