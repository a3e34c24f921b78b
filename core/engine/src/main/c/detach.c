/*
 * Launches that outlive their engine. While an engine is there it reads their output and hears of their end; the guard only keeps what another would need. Once
 * it is gone the guard ends everything else, spools the output, and waits at its socket for the next engine to take over.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "guard.h"

#define VISITORS 4 /* connections that have not said what they want */

static int listener = -1, visitors[VISITORS] = {-1, -1, -1, -1};
bool orphan;
static uint64_t holder; /* pid of the engine, as it said; 0: the first one */

static unsigned detached_count(void) {
    unsigned count = 0;
    for (struct task *task = NULL; (task = task_next(task));)
        count += task->detached != NULL;
    return count;
}

/* ---- what an engine says ---- */

static bool is_listener(int fd) {
    int domain = 0, accepts = 0, type = 0;
    socklen_t size = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts;
}

/* Takes the descriptor if it returns 0. */
unsigned detach_listen(int fd) {
    if (listener >= 0)
        return REFUSED_BUSY;
    if (!is_listener(fd))
        return REFUSED_FDS;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    listener = fd;
    watch(listener, WATCH_LISTENER, 0);
    return 0;
}

/* fds: stdout, stderr, spool, what is only held. Takes them if it returns 0. */
unsigned detach_begin(struct task *task, const int *fds, unsigned count, uint64_t limit) {
    if (count < 3 || count - 3 > MAX_HELD)
        return REFUSED_FDS;
    if (listener < 0 || task->detached)
        return REFUSED_BUSY;
    struct detached *d = calloc(1, sizeof *d);
    if (d == NULL)
        return REFUSED_BUSY;
    memcpy(d->out, fds, sizeof d->out);
    d->spool = fds[2];
    d->holds = count - 3;
    memcpy(d->held, fds + 3, d->holds * sizeof *fds);
    d->limit = limit;
    task->detached = d;
    return 0;
}

void detach_free(struct task *task) {
    struct detached *d = task->detached;
    if (d == NULL)
        return;
    for (unsigned stream = 0; stream < 2; stream++)
        spool_stop(d, stream);
    close(d->out[0]);
    close(d->out[1]);
    close(d->spool);
    for (unsigned i = 0; i < d->holds; i++)
        close(d->held[i]);
    recipe_free(d->recipe);
    free(d->exited);
    free(d);
    task->detached = NULL;
}

/* It is bound again; one that is over is gone with this. */
void detach_forget(struct task *task) {
    bool over = task->detached && task->detached->over;
    detach_free(task);
    if (over)
        task_free(task);
}

void detach_forget_all(void) {
    for (struct task *task = NULL; (task = task_next(task));)
        detach_forget(task);
    orphan = false;
}

/* ---- what the guard notices ---- */

/* EXITED of it is kept until it is forgotten: whoever is told first may die before he tells. */
void detach_exited(struct task *task, const void *exited, size_t size) {
    struct detached *d = task->detached;
    if (d == NULL)
        return;
    if (orphan)
        spool_drain(task);
    uint8_t *kept = realloc(d->exited, size);
    if (kept == NULL)
        return; /* one that has not ended before is then forgotten */
    memcpy(d->exited = kept, exited, d->exited_size = size);
    d->ended = true;
}

/* Whether the task stays although nothing is left to be done. */
bool detach_gone(struct task *task) {
    struct detached *d = task->detached;
    if (d == NULL || d->exited == NULL)
        return false;
    if (!d->ended) { /* it was launched again, in vain: the end before was its last */
        d->ended = true;
        if (d->recipe)
            d->recipe->numbers &= ~3ull;
    }
    d->over = true;
    if (orphan)
        again_later(task);
    return true;
}

/* The engine is gone. False if nothing outlives it: what it had not let go on was promised to nobody. */
bool detach_orphaned(void) {
    for (struct task *task = NULL; (task = task_next(task));) {
        if (task->detached && !task->went)
            detach_free(task);
    }
    if (closing || detached_count() == 0)
        return false;
    orphan = true;
    for (struct task *task = NULL; (task = task_next(task));) {
        if (task->detached) {
            if (task->detached->over)
                again_later(task);
            else
                spool_begin(task);
        } else if (task->phase != UNDOING) {
            if (task->pid > 0)
                kill(task->pid, SIGKILL);
            task_kill_tree(task);
        }
    }
    farewell_orphaned();
    return true;
}

/* Whether the last launch that outlived its engine is gone. */
bool detach_over(void) {
    return orphan && detached_count() == 0;
}

/* ---- visitors ---- */

static void leave(unsigned index) {
    unwatch(visitors[index]);
    close(visitors[index]);
    visitors[index] = -1;
}

/* Only the user whose guard this is; the socket's directory lets nobody else come this far. */
static bool welcome(int fd) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

void detach_visit(void) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
        unsigned index = 0;
        while (index < VISITORS && visitors[index] >= 0)
            index++;
        if (index == VISITORS || !welcome(fd)) {
            close(fd);
            continue;
        }
        visitors[index] = fd;
        watch(fd, WATCH_VISITOR, index);
    }
}

static void show(struct task *task) {
    struct detached *d = task->detached;
    int pidfd = task->pid > 0 ? sys_pidfd_open(task->pid) : -1;
    for (unsigned stream = 0; stream < 2; stream++)
        spool_stop(d, stream);
    send_message(MSG_KEPT, task->id, 0, d->lost, NULL, 0, pidfd);
    send_message(MSG_KEPT, task->id, 1, 0, NULL, 0, d->out[0]);
    send_message(MSG_KEPT, task->id, 2, 0, NULL, 0, d->out[1]);
    if (d->recipe) {
        send_message(MSG_KEPT, task->id, 3, d->recipe->numbers, NULL, 0, d->recipe->fds[0]);
        d->recipe->at = 0;
    }
    for (unsigned i = 0; i < d->holds; i++)
        send_message(MSG_KEPT, task->id, 4 + i, 0, NULL, 0, d->held[i]);
    if (pidfd >= 0)
        close(pidfd);
    d->lost = 0;
}

static void take_over(int fd, int jvm, uint64_t pid) {
    fcntl(fd, F_SETFL, 0);
    dup3(jvm, FD_JVM, O_CLOEXEC);
    close(jvm);
    orphan = false;
    holder = pid;
    control = fd;
    watch(control, WATCH_CONTROL, 0);
    watch(FD_JVM, WATCH_JVM, 0);
    for (struct task *task = NULL; (task = task_next(task));) {
        if (task->detached)
            show(task);
    }
    send_message(MSG_TAKEN, 0, PROTOCOL_VERSION, 0, NULL, 0, self_pidfd);
    for (struct task *task = NULL; (task = task_next(task));) {
        if (task->detached && task->detached->ended)
            send_message(MSG_EXITED, task->id, 0, 0, task->detached->exited, task->detached->exited_size, -1);
        if (task->detached && task->detached->over)
            send_message(MSG_GONE, task->id, 0, 0, NULL, 0, -1);
    }
}

/* The one thing a visitor may say is TAKE, with a pidfd of his. Whoever says anything else has to leave. */
void detach_visitor(unsigned index) {
    struct message in = {0};
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } rights;
    struct iovec part = {&in, sizeof in};
    struct msghdr record = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    int jvm = -1;
    ssize_t size = index < VISITORS && visitors[index] >= 0 ? recvmsg(visitors[index], &record, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) : -2;
    if (size == -2 || (size < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    struct cmsghdr *head = size >= 0 ? CMSG_FIRSTHDR(&record) : NULL;
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof jvm))
        memcpy(&jvm, CMSG_DATA(head), sizeof jvm);
    bool take = size == sizeof in && !(record.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && in.type == MSG_TAKE && jvm >= 0;
    if (take && !orphan && poll(&(struct pollfd){.fd = FD_JVM, .events = POLLIN}, 1, 0) > 0)
        control_lost(); /* its engine is dead, and the visitor is heard first by chance */
    if (take && orphan) {
        int fd = visitors[index];
        unwatch(fd);
        visitors[index] = -1;
        return take_over(fd, jvm, in.a);
    }
    if (take) {
        struct message held = {.type = MSG_HELD, .a = holder};
        send(visitors[index], &held, sizeof held, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (jvm >= 0)
        close(jvm);
    leave(index);
}
