/*
 * Ops of the guard itself, before the clone and after the end. Files are named beneath descriptors the JVM gave.
 */
#include <linux/bpf.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "guard.h"

int op_cgroup_make(struct context *c, const struct op *op) {
    const char *path = string(c, op->s);
    /* The last component is made in a parent that was resolved beneath the slot. */
    const char *slash = strrchr(path, '/');
    char parent[4096];
    int dir = slot_fd(c, op->slot), error = 0;
    if (slash) {
        if ((size_t)(slash - path) >= sizeof parent)
            return errno = ENAMETOOLONG, fail(c, STEP_OPEN, NULL);
        memcpy(parent, path, (size_t)(slash - path));
        parent[slash - path] = 0;
        dir = sys_openat2(dir, parent, O_PATH | O_DIRECTORY, 0, BENEATH);
        if (dir < 0)
            return fail(c, STEP_OPEN, NULL);
    }
    const char *name = slash ? slash + 1 : path;
    struct stat is;
    if (mkdirat(dir, name, 0755) < 0) {
        error = fail(c, STEP_CREATE, NULL);
    } else if ((op->flags & OPF_OURS) && (fstatat(dir, name, &is, AT_SYMLINK_NOFOLLOW) < 0 || !parent_remember(op->slot, path, &is))) {
        unlinkat(dir, name, AT_REMOVEDIR);
        errno = ENOMEM;
        error = fail(c, STEP_CREATE, NULL);
    }
    if ((error == 0 || (error == EEXIST && (op->flags & OPF_OPTIONAL))) && (op->flags & OPF_INTO)) {
        int cgroup = sys_openat2(dir, name, O_PATH | O_DIRECTORY, 0, BENEATH);
        if (cgroup < 0) {
            error = fail(c, STEP_OPEN, NULL);
        } else {
            if (c->cgroup >= 0)
                close(c->cgroup);
            c->cgroup = cgroup;
        }
    }
    if (slash)
        close(dir);
    return error;
}

int op_write(struct context *c, const struct op *op) {
    int fd = sys_openat2(slot_fd(c, op->slot), string(c, op->s), O_WRONLY | O_NOCTTY | O_NONBLOCK, 0, BENEATH);
    if (fd < 0)
        return fail(c, STEP_OPEN, NULL);
    ssize_t written = write(fd, string(c, op->t), op->t.size);
    int error = 0;
    if (written != (ssize_t)op->t.size) {
        if (written >= 0)
            errno = EIO;
        error = fail(c, STEP_WRITE, NULL);
    }
    close(fd);
    return error;
}

/* Applies to the next clone; launch() returns the guard to its own namespace right after it. */
int op_pid_namespace(struct context *c, const struct op *op) {
    if (syscall(__NR_setns, slot_fd(c, op->slot), CLONE_NEWPID) < 0)
        return fail(c, STEP_ONLY, NULL);
    c->other_pids = true;
    return 0;
}

int op_device_filter(struct context *c, const struct op *op) {
    int cgroup = sys_openat2(slot_fd(c, op->slot2), string(c, op->s), O_RDONLY | O_DIRECTORY, 0, BENEATH);
    if (cgroup < 0)
        return fail(c, STEP_OPEN, NULL);
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.target_fd = (uint32_t)cgroup;
    attr.attach_bpf_fd = (uint32_t)slot_fd(c, op->slot);
    attr.attach_type = BPF_CGROUP_DEVICE;
    attr.attach_flags = (uint32_t)op->a;
    int error = syscall(__NR_bpf, BPF_PROG_ATTACH, &attr, sizeof attr) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
    close(cgroup);
    return error;
}

int op_read(struct context *c, const struct op *op) {
    int fd = sys_openat2(slot_fd(c, op->slot), string(c, op->s), O_RDONLY | O_NOCTTY | O_NONBLOCK, 0, BENEATH);
    if (fd < 0)
        return fail(c, STEP_OPEN, NULL);
    int error = 0;
    c->read_size = 0;
    while (c->read_size < op->a) {
        ssize_t size = read(fd, c->read + c->read_size, op->a - c->read_size);
        if (size < 0)
            error = fail(c, STEP_READ, NULL);
        if (size <= 0)
            break;
        c->read_size += (size_t)size;
    }
    close(fd);
    return error;
}

int op_send(struct context *c, const struct op *op) {
    ssize_t sent = send(slot_fd(c, op->slot), string(c, op->t), op->t.size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

int op_unlink(struct context *c, const struct op *op) {
    if (op->flags & OPF_OURS)
        return parent_remove(c, op);
    if (unlinkat(slot_fd(c, op->slot), string(c, op->s), (int)op->a) < 0 && errno != ENOENT)
        return fail(c, STEP_ONLY, NULL);
    return 0;
}
