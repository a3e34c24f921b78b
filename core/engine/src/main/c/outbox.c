/*
 * What the guard says. It never waits for an engine that does not read: the engine may itself be waiting for us to read. What does not fit
 * into the socket is kept, in order, until it does. What is said to one that is dead is dropped, and nothing else: who speaks is in the midst of something, and the loop
 * comes to the end by itself, after what the engine said last.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "guard.h"

struct letter {
    struct letter *next;
    int fd; /* rides along; -1 if none */
    size_t size;
    char bytes[];
};

int control = -1;
static struct letter *first, **end = &first;

/* 0, or an errno. */
static int post(const struct iovec *parts, int count, int fd) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof fd)]; } rights;
    struct msghdr record = {.msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = (size_t)count};
    if (fd >= 0) {
        memset(&rights, 0, sizeof rights);
        rights.header.cmsg_level = SOL_SOCKET;
        rights.header.cmsg_type = SCM_RIGHTS;
        rights.header.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&rights.header), &fd, sizeof fd);
        record.msg_control = &rights;
        record.msg_controllen = sizeof rights;
    }
    while (sendmsg(control, &record, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

static bool later(int error) {
    return error == EAGAIN || error == ENOBUFS || error == ENOMEM || error == ETOOMANYREFS;
}

static void want_room(bool wanted) {
    struct epoll_event event = {.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.u64 = (uint64_t)WATCH_CONTROL << 32};
    epoll_ctl(loop_fd, EPOLL_CTL_MOD, control, &event);
}

static void keep(const struct iovec *parts, int count, int fd) {
    size_t size = parts[0].iov_len + (count > 1 ? parts[1].iov_len : 0);
    struct letter *letter = malloc(sizeof *letter + size);
    if (letter == NULL)
        return close_down(); /* an answer lost is a launch that never ends */
    letter->next = NULL;
    letter->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
    letter->size = size;
    memcpy(letter->bytes, parts[0].iov_base, parts[0].iov_len);
    if (count > 1)
        memcpy(letter->bytes + parts[0].iov_len, parts[1].iov_base, parts[1].iov_len);
    if (first == NULL)
        want_room(true);
    *end = letter;
    end = &letter->next;
}

bool outbox_pending(void) {
    return first && control >= 0;
}

void outbox_flush(void) {
    while (first && control >= 0) {
        struct iovec part = {first->bytes, first->size};
        int error = post(&part, 1, first->fd);
        if (later(error))
            return;
        if (error)
            return outbox_drop();
        struct letter *sent = first;
        if ((first = sent->next) == NULL) {
            end = &first;
            want_room(false);
        }
        if (sent->fd >= 0)
            close(sent->fd);
        free(sent);
    }
}

/* Whom it was for is gone. */
void outbox_drop(void) {
    while (first) {
        struct letter *letter = first;
        first = letter->next;
        if (letter->fd >= 0)
            close(letter->fd);
        free(letter);
    }
    end = &first;
}

void send_message(unsigned type, uint32_t id, uint64_t a, uint64_t b, const void *more, size_t size, int fd) {
    struct message message = {.type = (uint16_t)type, .id = id, .a = a, .b = b};
    struct iovec parts[2] = {{&message, sizeof message}, {(void *)(uintptr_t)more, size}};
    int count = size ? 2 : 1;
    if (control < 0)
        return;
    int error = first ? EAGAIN : post(parts, count, fd);
    if (later(error))
        keep(parts, count, fd);
}

void send_failed(uint32_t id, const struct failure *f) {
    if (control >= 0)
        send_message(MSG_FAILED, id, 0, 0, f, sizeof *f, -1);
    else if (!closing) /* as an ordinary program on a plan file */
        dprintf(2, "failed list=%u op=%u code=%u detail=%u errno=%d path=%s\n", f->list, f->op, f->code, f->detail, f->error, f->path);
}
