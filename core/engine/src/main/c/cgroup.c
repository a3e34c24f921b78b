/*
 * The end of a cgroup, in steps that never block the loop: what is not done yet answers AGAIN and is run again.
 * Deep trees made by a container are taken apart from the leaves with two descriptors, whatever their depth.
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "guard.h"

#define REMOVALS_AT_ONCE 128
#define DEEPEST 64

struct linux_dirent64 {
    uint64_t ino;
    int64_t off;
    uint16_t length;
    uint8_t type;
    char name[];
};

/* The first sub-directory after *skip others; 1 if there is one, 0 if not, -1 on error. */
static int sub_directory(int dir, unsigned skip, char name[256]) {
    char buffer[4096] __attribute__((aligned(8)));
    if (lseek(dir, 0, SEEK_SET) < 0)
        return -1;
    for (;;) {
        long size = syscall(__NR_getdents64, dir, buffer, sizeof buffer);
        if (size <= 0)
            return (int)size;
        for (long at = 0; at < size;) {
            struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + at);
            at += entry->length;
            if (entry->type != DT_DIR || !strcmp(entry->name, ".") || !strcmp(entry->name, ".."))
                continue;
            if (skip-- == 0) {
                strncpy(name, entry->name, 255);
                name[255] = 0;
                return 1;
            }
        }
    }
}

static int open_child(int dir, const char *name) {
    return sys_openat2(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, BENEATH);
}

/* Removes one leaf below dir: 1 if one was removed, 0 if there is nothing below, -1 on error. */
static int remove_leaf(int dir) {
    char name[256], next[256];
    int parent = dir, found = sub_directory(dir, 0, name);
    while (found == 1) {
        int child = open_child(parent, name);
        found = child < 0 ? -1 : sub_directory(child, 0, next);
        if (found <= 0) {
            if (child >= 0)
                close(child);
            if (found == 0 || errno == ENOENT)
                found = unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 1 : -1;
            break;
        }
        if (parent != dir)
            close(parent);
        parent = child;
        memcpy(name, next, sizeof name);
    }
    int error = errno;
    if (parent != dir)
        close(parent);
    errno = error;
    return found;
}

int op_cgroup_remove(struct context *c, const struct op *op) {
    int slot = slot_fd(c, op->slot);
    const char *path = string(c, op->s);
    if (unlinkat(slot, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno != EBUSY && errno != ENOTEMPTY)
        return fail(c, STEP_ONLY, NULL);
    int dir = sys_openat2(slot, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, BENEATH);
    if (dir < 0)
        return errno == ENOENT ? 0 : fail(c, STEP_OPEN, NULL);
    int left = 1;
    for (int i = 0; i < REMOVALS_AT_ONCE && left == 1; i++)
        left = remove_leaf(dir);
    int error = errno;
    close(dir);
    if (left < 0 && error != EBUSY) {
        errno = error;
        return fail(c, STEP_ONLY, NULL);
    }
    if (left == 0 && unlinkat(slot, path, AT_REMOVEDIR) == 0)
        return 0;
    errno = EBUSY; /* what the last try will have failed with */
    fail(c, STEP_ONLY, NULL);
    return AGAIN;
}

static bool write_file(int dir, const char *name, const char *text) {
    int fd = sys_openat2(dir, name, O_WRONLY, 0, BENEATH);
    bool written = fd >= 0 && write(fd, text, strlen(text)) > 0;
    if (fd >= 0)
        close(fd);
    return written;
}

/* Kills each process listed in the cgroup.procs of dir; true if none was there. Pid 0 is one we cannot see from our PID namespace. */
static bool kill_listed(int dir) {
    int fd = sys_openat2(dir, "cgroup.procs", O_RDONLY, 0, BENEATH);
    if (fd < 0)
        return true;
    char buffer[4096];
    bool empty = true;
    pid_t pid = 0;
    for (ssize_t size; (size = read(fd, buffer, sizeof buffer)) > 0;) {
        empty = false;
        for (ssize_t i = 0; i < size; i++) {
            if (buffer[i] >= '0' && buffer[i] <= '9') {
                pid = pid * 10 + (buffer[i] - '0');
            } else {
                if (pid > 1)
                    kill(pid, SIGKILL);
                pid = 0;
            }
        }
    }
    close(fd);
    return empty;
}

/* A v1 FROZEN task holds even SIGKILL until it is thawed; freezing first keeps a fork bomb from outrunning us. */
static bool kill_tree(int dir, int depth) {
    bool frozen = write_file(dir, "freezer.state", "FROZEN");
    bool empty = kill_listed(dir);
    char name[256];
    for (unsigned i = 0; sub_directory(dir, i, name) == 1; i++) {
        int child = open_child(dir, name);
        if (child < 0)
            continue;
        empty &= depth < DEEPEST && kill_tree(child, depth + 1);
        close(child);
    }
    if (frozen)
        write_file(dir, "freezer.state", "THAWED");
    return empty;
}

int op_cgroup_kill(struct context *c, const struct op *op) {
    int dir = sys_openat2(slot_fd(c, op->slot), string(c, op->s), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, BENEATH);
    if (dir < 0)
        return errno == ENOENT ? 0 : fail(c, STEP_OPEN, NULL);
    bool empty;
    if (write_file(dir, "cgroup.kill", "1")) {
        char events[256];
        int fd = sys_openat2(dir, "cgroup.events", O_RDONLY, 0, BENEATH);
        ssize_t size = fd < 0 ? 0 : read(fd, events, sizeof events - 1);
        if (fd >= 0)
            close(fd);
        events[size < 0 ? 0 : size] = 0;
        empty = strstr(events, "populated 1") == NULL;
    } else {
        empty = kill_tree(dir, 0);
    }
    close(dir);
    if (empty)
        return 0;
    errno = EBUSY;
    fail(c, STEP_ONLY, NULL);
    return AGAIN;
}
