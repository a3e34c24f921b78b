/*
 * Output of a launch whose engine is gone, kept in a file until there is another: records of a header (protocol.h: struct spooled) and so many bytes. At its limit
 * the guard stops reading; then the pipe fills and the writer waits, as with an engine that cannot keep up.
 */
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "guard.h"

static char chunk[65536];

void spool_stop(struct detached *d, unsigned stream) {
    if (d->reading[stream])
        unwatch(d->out[stream]);
    d->reading[stream] = false;
}

void spool_begin(struct task *task) {
    struct stat s;
    task->detached->used = fstat(task->detached->spool, &s) == 0 ? (uint64_t)s.st_size : 0; /* whoever had taken over has emptied it, or not */
    for (unsigned stream = 0; stream < 2; stream++) {
        if (!task->detached->reading[stream])
            watch(task->detached->out[stream], WATCH_OUTPUT, task_index(task) * 2 + stream);
        task->detached->reading[stream] = true;
    }
}

/* A disk that is full loses output, and the next engine is told how much. */
static void keep(struct detached *d, unsigned stream, size_t size) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct spooled header = {.when_nsec = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, .length = (uint32_t)size, .stream = stream};
    struct iovec parts[2] = {{&header, sizeof header}, {chunk, size}};
    ssize_t written = writev(d->spool, parts, 2);
    if (written == (ssize_t)(sizeof header + size)) {
        d->used += (uint64_t)written;
        return;
    }
    d->lost += size;
    if (written > 0 && ftruncate(d->spool, (off_t)d->used) < 0)
        d->limit = 0; /* what follows half a record could not be told from it */
}

/* False if no more is to be read for now. */
static bool read_once(struct detached *d, unsigned stream) {
    uint64_t room = d->used + sizeof(struct spooled) < d->limit ? d->limit - d->used - sizeof(struct spooled) : 0;
    ssize_t size = room == 0 ? 0 : read(d->out[stream], chunk, room < sizeof chunk ? (size_t)room : sizeof chunk);
    if (size < 0)
        return errno == EINTR;
    if (size > 0)
        keep(d, stream, (size_t)size);
    return size > 0;
}

void spool_read(uint64_t index) {
    struct task *task = task_at((unsigned)(index / 2));
    unsigned stream = index % 2;
    if (task == NULL || task->detached == NULL || !task->detached->reading[stream])
        return;
    struct pollfd look = {.fd = task->detached->out[stream], .events = POLLIN};
    if (poll(&look, 1, 0) > 0 && !read_once(task->detached, stream)) /* the news may be old, and a read would block */
        spool_stop(task->detached, stream);
}

/* It is dead: what it wrote is in its pipes. A descriptor that escaped may keep them open. */
void spool_drain(struct task *task) {
    struct detached *d = task->detached;
    for (unsigned stream = 0; stream < 2; stream++) {
        int size = 0;
        while (ioctl(d->out[stream], FIONREAD, &size) == 0 && size > 0 && read_once(d, stream))
            ;
        spool_stop(d, stream);
    }
}
