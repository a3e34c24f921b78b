/* Requests on open files and directories. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shifter.h"

static char buffer[BUFFER];

static int reopen(uint64_t id, int flags) {
    char path[32];
    int fd = node_fd(id);
    if (fd < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void open_file(const struct fuse_in_header *in, int flags) {
    struct fuse_open_out out = {0};
    int fd = reopen(in->nodeid, flags);
    out.fh = (uint64_t)fd;
    answer(in->unique, fd < 0 ? errno : 0, &out, sizeof out);
}

static void create(const struct fuse_in_header *in, const struct fuse_create_in *arg) {
    struct { struct fuse_entry_out entry; struct fuse_open_out open; } out = {0};
    const char *name = (const char *)(arg + 1);
    int directory = node_fd(in->nodeid);
    int fd = directory < 0 ? -1 : openat(directory, name, (int)arg->flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC, arg->mode);
    int error = fd < 0 || fchown(fd, in->uid, in->gid) < 0 ? errno : -node_enter(directory, name, &out.entry);
    out.open.fh = (uint64_t)fd;
    answer(in->unique, error, &out, sizeof out);
}

static void list(const struct fuse_in_header *in, const struct fuse_read_in *arg) {
    static char raw[16384];
    size_t filled = 0;
    if (lseek((int)arg->fh, (off_t)arg->offset, SEEK_SET) < 0) {
        answer(in->unique, errno, NULL, 0);
        return;
    }
    for (ssize_t size; filled == 0 && (size = getdents64((int)arg->fh, raw, sizeof raw)) > 0;) {
        for (ssize_t at = 0; at < size;) {
            const struct dirent64 *entry = (const struct dirent64 *)(raw + at);
            size_t length = strlen(entry->d_name);
            at += entry->d_reclen;
            if (!strcmp(entry->d_name, shape.other))
                continue;
            struct fuse_dirent out = {.ino = entry->d_ino, .off = (uint64_t)entry->d_off, .namelen = (uint32_t)length, .type = entry->d_type};
            size_t whole = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + length);
            if (filled + whole > arg->size || filled + whole > BUFFER)
                break;
            memset(buffer + filled, 0, whole);
            memcpy(buffer + filled, &out, FUSE_NAME_OFFSET);
            memcpy(buffer + filled + FUSE_NAME_OFFSET, entry->d_name, length);
            filled += whole;
        }
    }
    answer(in->unique, 0, buffer, filled);
}

static void transfer(const struct fuse_in_header *in, const void *arguments) {
    if (in->opcode == FUSE_READ) {
        const struct fuse_read_in *arg = arguments;
        ssize_t size = pread((int)arg->fh, buffer, arg->size < BUFFER ? arg->size : BUFFER, (off_t)arg->offset);
        answer(in->unique, size < 0 ? errno : 0, buffer, size < 0 ? 0 : (size_t)size);
    } else {
        const struct fuse_write_in *arg = arguments;
        ssize_t size = pwrite((int)arg->fh, arg + 1, arg->size, (off_t)arg->offset);
        struct fuse_write_out out = {.size = (uint32_t)size};
        answer(in->unique, size < 0 ? errno : 0, &out, sizeof out);
    }
}

bool serve_open_file(const struct fuse_in_header *in, const void *arguments) {
    switch (in->opcode) {
    case FUSE_OPEN:
        open_file(in, (int)((const struct fuse_open_in *)arguments)->flags);
        return true;
    case FUSE_OPENDIR:
        open_file(in, O_RDONLY | O_DIRECTORY);
        return true;
    case FUSE_CREATE:
        create(in, arguments);
        return true;
    case FUSE_READ:
    case FUSE_WRITE:
        transfer(in, arguments);
        return true;
    case FUSE_READDIR:
        list(in, arguments);
        return true;
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
        close((int)((const struct fuse_release_in *)arguments)->fh);
        answer(in->unique, 0, NULL, 0);
        return true;
    default:
        return false;
    }
}
