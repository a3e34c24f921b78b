/* Extended attributes: by the link of procfs, as an O_PATH descriptor has none. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "shifter.h"

static char value[65536];

/* The answer to "how much would it be" is a number, any other the bytes themselves. */
static void sized(const struct fuse_in_header *in, uint32_t room, ssize_t size) {
    struct fuse_getxattr_out out = {.size = (uint32_t)size};
    if (room == 0)
        answer(in->unique, size < 0 ? errno : 0, &out, sizeof out);
    else
        answer(in->unique, size < 0 ? errno : 0, value, size < 0 ? 0 : (size_t)size);
}

bool serve_xattr(const struct fuse_in_header *in, const void *arguments) {
    char path[32];
    const struct fuse_getxattr_in *get = arguments;
    const struct fuse_setxattr_in *set = arguments;
    snprintf(path, sizeof path, "/proc/self/fd/%d", node_fd(in->nodeid));
    uint32_t room = in->opcode == FUSE_GETXATTR || in->opcode == FUSE_LISTXATTR ? get->size : 0;
    size_t most = room < sizeof value ? room : sizeof value;
    switch (in->opcode) {
    case FUSE_GETXATTR:
        sized(in, room, getxattr(path, (const char *)(get + 1), value, most));
        return true;
    case FUSE_LISTXATTR:
        sized(in, room, listxattr(path, value, most));
        return true;
    case FUSE_SETXATTR: { /* the short form of the structure: FUSE_SETXATTR_EXT was not asked for */
        const char *name = (const char *)arguments + FUSE_COMPAT_SETXATTR_IN_SIZE;
        answer(in->unique, setxattr(path, name, name + strlen(name) + 1, set->size, (int)set->flags) < 0 ? errno : 0, NULL, 0);
        return true;
    }
    case FUSE_REMOVEXATTR:
        answer(in->unique, removexattr(path, arguments) < 0 ? errno : 0, NULL, 0);
        return true;
    default:
        return false;
    }
}
