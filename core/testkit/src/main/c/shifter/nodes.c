/* What the kernel knows of the tree: a number for each file that it has looked up. The same file has the same number, another shape another. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "shifter.h"

#define NODES 65536

static struct node {
    int fd; /* of O_PATH; the inode's number cannot be used again while it is open */
    dev_t dev;
    ino_t ino;
    uint64_t lookups, generation;
} nodes[NODES];
static unsigned used = FUSE_ROOT_ID + 1;

bool nodes_open(const char *root) {
    memset(nodes, -1, sizeof nodes);
    nodes[FUSE_ROOT_ID].fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return nodes[FUSE_ROOT_ID].fd >= 0;
}

int node_fd(uint64_t id) {
    if (id < used && nodes[id].fd >= 0)
        return nodes[id].fd;
    return errno = ESTALE, -1;
}

void attributes(const struct stat *s, struct fuse_attr *out) {
    *out = (struct fuse_attr){.ino = s->st_ino, .size = (uint64_t)s->st_size, .blocks = (uint64_t)s->st_blocks, .atime = (uint64_t)s->st_atim.tv_sec,
        .mtime = (uint64_t)s->st_mtim.tv_sec, .ctime = (uint64_t)s->st_ctim.tv_sec, .atimensec = (uint32_t)s->st_atim.tv_nsec,
        .mtimensec = (uint32_t)s->st_mtim.tv_nsec, .ctimensec = (uint32_t)s->st_ctim.tv_nsec, .mode = s->st_mode, .nlink = (uint32_t)s->st_nlink,
        .uid = s->st_uid, .gid = s->st_gid, .rdev = (uint32_t)s->st_rdev, .blksize = (uint32_t)s->st_blksize};
}

static unsigned number_of(const struct stat *s) {
    unsigned empty = 0;
    for (unsigned i = FUSE_ROOT_ID + 1; i < used; i++) {
        if (nodes[i].fd < 0)
            empty = empty ? empty : i;
        else if (nodes[i].dev == s->st_dev && nodes[i].ino == s->st_ino)
            return i;
    }
    return empty ? empty : used < NODES ? used++ : 0;
}

int node_enter(int directory, const char *name, struct fuse_entry_out *out) {
    struct stat s;
    int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &s) < 0)
        return -errno;
    unsigned id = number_of(&s);
    if (id == 0) {
        close(fd);
        return -ENFILE;
    }
    if (nodes[id].fd < 0)
        nodes[id] = (struct node){.fd = fd, .dev = s.st_dev, .ino = s.st_ino, .generation = nodes[id].generation + 1};
    else
        close(fd);
    nodes[id].lookups++;
    memset(out, 0, sizeof *out); /* nothing is valid for any time: each walk asks again */
    out->nodeid = id;
    out->generation = nodes[id].generation;
    attributes(&s, &out->attr);
    return 0;
}

void node_forget(uint64_t id, uint64_t lookups) {
    if (id == FUSE_ROOT_ID || node_fd(id) < 0 || (nodes[id].lookups -= lookups) > 0)
        return;
    close(nodes[id].fd);
    nodes[id].fd = -1;
}
