/*
 * The control socket: one message is one record of one size with at most MAX_FDS descriptors. What does not fit is refused by number.
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "guard.h"

#define BATCH 32 /* messages handled before children are looked at again */
#define LAST_WORDS 4096 /* more than a socket holds */

static void forget(const struct message *m) {
    struct task *task = task_by_id(m->id);
    if (task)
        detach_forget(task);
}

static void refuse(const struct message *m, unsigned reason) {
    send_message(MSG_REFUSED, m->id, reason, m->type, NULL, 0, -1);
}

/* Fills engine slots from a on; with no descriptors empties b of them. A slot in use is not replaced: launches may refer to it. */
static bool take_slots(const struct message *m, int *fds, unsigned count) {
    uint64_t many = count ? count : m->b;
    if (m->a < SLOT_ENGINE || m->a > SLOT_ENGINE + MAX_ENGINE_SLOTS || many == 0 || many > SLOT_ENGINE + MAX_ENGINE_SLOTS - m->a)
        return refuse(m, REFUSED_FDS), false;
    int *slots = engine_slots + (m->a - SLOT_ENGINE);
    for (unsigned i = 0; i < count; i++) {
        if (slots[i] >= 0)
            return refuse(m, REFUSED_BUSY), false;
    }
    for (unsigned i = 0; i < many; i++) {
        if (count == 0 && slots[i] >= 0)
            close(slots[i]);
        slots[i] = count ? fds[i] : SLOT_EMPTY;
    }
    return true;
}

static void go(const struct message *m) {
    struct task *task = task_by_id(m->id);
    if (task == NULL || task->pid == 0 || task->channel < 0 || task->went)
        return; /* it ended while the message was under way */
    task->went = true;
    send(task->channel, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL); /* waits in the socket if the child is not there yet */
}

static void signal_task(const struct message *m) {
    struct task *task = task_by_id(m->id);
    if (m->a > 64 || m->b > SCOPE_TREE)
        return refuse(m, REFUSED_TYPE);
    if (task == NULL || task->pid == 0)
        return; /* it ended while the message was under way */
    /* Our own child, not waited for yet: its number cannot have been given to another. */
    kill(m->b == SCOPE_GROUP ? -task->pid : task->pid, (int)m->a);
    if (m->b == SCOPE_TREE)
        task_kill_tree(task);
}

/* True if it took the descriptors. */
static bool detach(const struct message *m, const int *fds, unsigned count) {
    struct task *task = task_by_id(m->id);
    unsigned refusal = count >= 3 ? 0 : REFUSED_FDS;
    if (refusal == 0 && (task == NULL || task->pid == 0 || task->failed))
        refusal = REFUSED_ID; /* it ended while the message was under way: nothing is kept of it */
    if (refusal == 0)
        refusal = detach_begin(task, fds, count, m->a);
    if (refusal)
        refuse(m, refusal);
    else
        send_message(MSG_DETACHED, m->id, 0, 0, NULL, 0, -1);
    return refusal == 0;
}

/* True if it took the descriptors. */
static bool recipe(const struct message *m, const int *fds, unsigned count) {
    struct task *task = task_by_id(m->id);
    if (task == NULL || count == 0)
        return recipe_numbers(task, m->a, m->b), false;
    unsigned refusal = count == 1 ? recipe_exchange(task, fds[0]) : recipe_take(task, fds, count, m->a, m->b);
    if (refusal)
        refuse(m, refusal);
    else
        recipe_numbers(task, m->a, m->b);
    return refusal == 0;
}

static void launch_again(const struct message *m) {
    unsigned refusal = again(task_by_id(m->id), m->a, m->b);
    if (refusal)
        refuse(m, refusal);
}

static bool listen_at(const struct message *m, const int *fds, unsigned count) {
    unsigned refusal = count == 1 ? detach_listen(fds[0]) : REFUSED_FDS;
    if (refusal)
        refuse(m, refusal);
    return refusal == 0;
}

/* Whether descriptors ride on it. */
static bool carries(unsigned type) {
    return type == MSG_LAUNCH || type == MSG_SLOTS || type == MSG_FAREWELL || type == MSG_DETACH || type == MSG_LISTEN || type == MSG_RECIPE;
}

/* True if it took the descriptors. */
static bool handle(const struct message *m, int *fds, unsigned count, bool truncated) {
    if (m->type == MSG_LAUNCH && truncated) {
        struct failure failure = {.list = LIST_PREPARE, .detail = STEP_SLOT, .error = EMFILE, .path = "recvmsg"};
        send_failed(m->id, &failure);
        send_message(MSG_GONE, m->id, 0, 0, NULL, 0, -1);
        return false;
    }
    if (m->type == MSG_CONTINUE && (truncated || count > 0))
        return launch_continue(m->id, fds, truncated ? 0 : count), false;
    if (truncated || (count > 0 && !carries(m->type)))
        return refuse(m, REFUSED_FDS), false;
    switch (m->type) {
    case MSG_SLOTS:
        return take_slots(m, fds, count);
    case MSG_LAUNCH:
        if (count == 0)
            return refuse(m, REFUSED_FDS), false;
        launch(m->id, fds, count);
        return true;
    case MSG_GO:
        return go(m), false;
    case MSG_SIGNAL:
        return signal_task(m), false;
    case MSG_LISTEN:
        return listen_at(m, fds, count);
    case MSG_DETACH:
        return detach(m, fds, count);
    case MSG_RECIPE:
        return recipe(m, fds, count);
    case MSG_AGAIN:
        return launch_again(m), false;
    case MSG_FORGET:
        forget(m);
        send_message(MSG_FORGOTTEN, m->id, 0, 0, NULL, 0, -1);
        return false;
    case MSG_SHUTDOWN:
        return close_down(), false;
    case MSG_FAREWELL:
        if (count != 1)
            return refuse(m, REFUSED_FDS), false;
        if (!farewell_take(fds[0]))
            refuse(m, REFUSED_PLAN);
        return true;
    default:
        return refuse(m, REFUSED_TYPE), false;
    }
}

static unsigned received_fds(struct msghdr *record, int fds[MAX_FDS + 3]) {
    unsigned count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(record); c; c = CMSG_NXTHDR(record, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        count = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof *fds);
        memcpy(fds, CMSG_DATA(c), count * sizeof *fds);
    }
    return count;
}

/* A record without bytes reads like the end of the stream. */
static bool ended(void) {
    struct pollfd look = {.fd = control, .events = POLLIN | POLLRDHUP};
    return poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

enum heard { HEARD, NOTHING, THE_END };

/* One record. @param live: whether somebody waits for what it begins */
static enum heard hear(bool live) {
    struct { struct message message; char beyond; } in = {0};
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int) * (MAX_FDS + 3))]; } rights;
    struct iovec part = {&in, sizeof in};
    struct msghdr record = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    int fds[MAX_FDS + 3];
    ssize_t size = recvmsg(control, &record, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EINTR || errno == ECONNRESET))
        return HEARD; /* that it closed before it read all we said is told once, before what it said */
    if (size < 0 && errno == EAGAIN)
        return NOTHING;
    if (size < 0 || (size == 0 && ended()))
        return THE_END;
    unsigned count = received_fds(&record, fds);
    bool taken = false;
    if (size != sizeof in.message || (record.msg_flags & MSG_TRUNC)) {
        if (size < (ssize_t)sizeof in.message)
            in.message.id = 0;
        refuse(&in.message, REFUSED_SHORT);
    } else if (live || in.message.type != MSG_LAUNCH) {
        taken = handle(&in.message, fds, count, record.msg_flags & MSG_CTRUNC);
    }
    for (unsigned j = 0; !taken && j < count; j++)
        close(fds[j]);
    return HEARD;
}

void control_read(void) {
    for (int i = 0; i < BATCH && control >= 0; i++) {
        enum heard heard = hear(true);
        if (heard == NOTHING)
            return;
        if (heard == THE_END)
            return control_lost();
    }
}

/* Nobody hears us any more. What it said before it went, and we have not read, counts: it was told that this is done. Called by the loop alone, as anything may be done here. */
void control_lost(void) {
    if (control >= 0) {
        for (int i = 0; i < LAST_WORDS && hear(false) == HEARD; i++)
            ;
        unwatch(control);
        close(control);
    }
    control = -1;
    unwatch(FD_JVM);
    outbox_drop();
    if (!detach_orphaned())
        close_down();
}
