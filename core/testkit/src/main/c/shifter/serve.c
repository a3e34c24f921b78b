/* Requests on names and nodes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shifter.h"

int device;

void answer(uint64_t unique, int error, const void *bytes, size_t size) {
    struct fuse_out_header out = {.len = (uint32_t)(sizeof out + (error ? 0 : size)), .error = -error, .unique = unique};
    struct iovec parts[] = {{&out, sizeof out}, {(void *)bytes, error ? 0 : size}};
    if (writev(device, parts, 2) < 0 && errno != ENOENT) /* ENOENT: the asker has given up */
        perror("answer");
}

static void start(const struct fuse_in_header *in, const struct fuse_init_in *arg) {
    struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_readahead = arg->max_readahead,
        .max_write = 65536, .max_background = 16, .congestion_threshold = 12, .time_gran = 1, .flags = arg->flags & (FUSE_BIG_WRITES | FUSE_ATOMIC_O_TRUNC)};
    answer(in->unique, 0, &out, sizeof out);
}

static void entry(const struct fuse_in_header *in, int failed, int directory, const char *name) {
    struct fuse_entry_out out;
    int error = failed < 0 ? errno : -node_enter(directory, name, &out);
    answer(in->unique, error, &out, sizeof out);
}

/* A new name belongs to who asked. */
static void made(const struct fuse_in_header *in, int failed, int directory, const char *name) {
    entry(in, failed < 0 ? -1 : fchownat(directory, name, in->uid, in->gid, AT_SYMLINK_NOFOLLOW), directory, name);
}

static void attributes_of(const struct fuse_in_header *in, int fd) {
    struct fuse_attr_out out = {0};
    struct stat s;
    if (fstat(fd, &s) < 0) {
        answer(in->unique, errno, NULL, 0);
        return;
    }
    attributes(&s, &out.attr);
    answer(in->unique, 0, &out, sizeof out);
}

static struct timespec time_of(uint32_t valid, uint32_t set, uint32_t now, uint64_t seconds, uint32_t nanoseconds) {
    struct timespec t = {.tv_sec = (time_t)seconds, .tv_nsec = valid & now ? UTIME_NOW : valid & set ? (long)nanoseconds : UTIME_OMIT};
    return t;
}

static void set_attributes(const struct fuse_in_header *in, const struct fuse_setattr_in *arg, int fd) {
    char path[32];
    int rc = 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (arg->valid & (FATTR_UID | FATTR_GID))
        rc = fchownat(fd, "", arg->valid & FATTR_UID ? arg->uid : (uid_t)-1, arg->valid & FATTR_GID ? arg->gid : (gid_t)-1, AT_EMPTY_PATH);
    if (rc == 0 && arg->valid & FATTR_MODE)
        rc = chmod(path, arg->mode & 07777);
    if (rc == 0 && arg->valid & FATTR_SIZE)
        rc = truncate(path, (off_t)arg->size);
    if (rc == 0 && arg->valid & (FATTR_ATIME | FATTR_MTIME)) {
        struct timespec times[] = {time_of(arg->valid, FATTR_ATIME, FATTR_ATIME_NOW, arg->atime, arg->atimensec),
            time_of(arg->valid, FATTR_MTIME, FATTR_MTIME_NOW, arg->mtime, arg->mtimensec)};
        rc = utimensat(fd, "", times, AT_EMPTY_PATH);
    }
    if (rc < 0)
        answer(in->unique, errno, NULL, 0);
    else
        attributes_of(in, fd);
}

static void rename_name(const struct fuse_in_header *in, int directory, uint64_t to, uint32_t flags, const char *name) {
    int target = node_fd(to), rc = target < 0 ? -1 : renameat2(directory, name, target, name + strlen(name) + 1, flags);
    answer(in->unique, rc < 0 ? errno : 0, NULL, 0);
}

static void file_system(const struct fuse_in_header *in, int fd) {
    struct statfs s;
    struct fuse_statfs_out out = {0};
    int rc = fstatfs(fd, &s);
    out.st = (struct fuse_kstatfs){.blocks = s.f_blocks, .bfree = s.f_bfree, .bavail = s.f_bavail, .files = s.f_files, .ffree = s.f_ffree,
        .bsize = (uint32_t)s.f_bsize, .namelen = 255, .frsize = (uint32_t)s.f_frsize};
    answer(in->unique, rc < 0 ? errno : 0, &out, sizeof out);
}

static void forget_all(const struct fuse_batch_forget_in *arg) {
    const struct fuse_forget_one *one = (const struct fuse_forget_one *)(arg + 1);
    for (uint32_t i = 0; i < arg->count; i++)
        node_forget(one[i].nodeid, one[i].nlookup);
}

static void make(const struct fuse_in_header *in, const void *arguments, int fd) {
    const char *text = arguments;
    if (in->opcode == FUSE_MKDIR) {
        const struct fuse_mkdir_in *arg = arguments;
        const char *name = (const char *)(arg + 1);
        made(in, mkdirat(fd, name, arg->mode), fd, name);
    } else if (in->opcode == FUSE_MKNOD) {
        const struct fuse_mknod_in *arg = arguments;
        const char *name = (const char *)(arg + 1);
        made(in, mknodat(fd, name, arg->mode, arg->rdev), fd, name);
    } else if (in->opcode == FUSE_SYMLINK) {
        made(in, symlinkat(text + strlen(text) + 1, fd, text), fd, text);
    } else {
        const struct fuse_link_in *arg = arguments;
        const char *name = (const char *)(arg + 1);
        entry(in, linkat(node_fd(arg->oldnodeid), "", fd, name, AT_EMPTY_PATH), fd, name);
    }
}

static void named(const struct fuse_in_header *in, const void *arguments, int fd) {
    char link[4096];
    ssize_t size;
    switch (in->opcode) {
    case FUSE_LOOKUP:
        entry(in, 0, fd, shape_of(arguments));
        return;
    case FUSE_GETATTR:
        attributes_of(in, fd);
        return;
    case FUSE_SETATTR:
        set_attributes(in, arguments, fd);
        return;
    case FUSE_READLINK:
        size = readlinkat(fd, "", link, sizeof link);
        answer(in->unique, size < 0 ? errno : 0, link, size < 0 ? 0 : (size_t)size);
        return;
    case FUSE_MKDIR:
    case FUSE_MKNOD:
    case FUSE_SYMLINK:
    case FUSE_LINK:
        make(in, arguments, fd);
        return;
    case FUSE_UNLINK:
    case FUSE_RMDIR:
        answer(in->unique, unlinkat(fd, arguments, in->opcode == FUSE_RMDIR ? AT_REMOVEDIR : 0) < 0 ? errno : 0, NULL, 0);
        return;
    case FUSE_RENAME:
        rename_name(in, fd, ((const struct fuse_rename_in *)arguments)->newdir, 0, (const char *)arguments + sizeof(struct fuse_rename_in));
        return;
    case FUSE_RENAME2:
        rename_name(in, fd, ((const struct fuse_rename2_in *)arguments)->newdir, ((const struct fuse_rename2_in *)arguments)->flags,
            (const char *)arguments + sizeof(struct fuse_rename2_in));
        return;
    case FUSE_STATFS:
        file_system(in, fd);
        return;
    default:
        answer(in->unique, ENOSYS, NULL, 0);
    }
}

bool serve(void) {
    static char request[BUFFER];
    ssize_t size = read(device, request, sizeof request - 1);
    if (size < (ssize_t)sizeof(struct fuse_in_header))
        return size < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT);
    const struct fuse_in_header *in = (const struct fuse_in_header *)request;
    const void *arguments = in + 1;
    request[size] = 0;
    switch (in->opcode) {
    case FUSE_INIT:
        start(in, arguments);
        return true;
    case FUSE_FORGET:
        node_forget(in->nodeid, ((const struct fuse_forget_in *)arguments)->nlookup);
        return true;
    case FUSE_BATCH_FORGET:
        forget_all(arguments);
        return true;
    case FUSE_INTERRUPT: /* nothing takes long */
    case FUSE_DESTROY:
        return true;
    default:
        if (serve_open_file(in, arguments) || serve_xattr(in, arguments))
            return true;
        int fd = node_fd(in->nodeid);
        if (fd < 0)
            answer(in->unique, ESTALE, NULL, 0);
        else
            named(in, arguments, fd);
        return true;
    }
}
