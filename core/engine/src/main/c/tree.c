/*
 * Files in a container's root. Existing components are resolved by the kernel inside the root; missing ones are made one by one,
 * each opened again without following anything, so nothing a container can swap moves us elsewhere.
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "guard.h"

int tree_open(int root, const char *path, uint64_t flags) {
    return sys_openat2(root, *path ? path : "/", flags, 0, IN_ROOT);
}

/* Cuts "a/b/c" into "a/b" and "c"; false if there is no plain last name. */
static bool split(const char *path, char parent[4096], const char **name) {
    size_t size = strlen(path);
    if (size >= 4096)
        return errno = ENAMETOOLONG, false;
    memcpy(parent, path, size + 1);
    while (size > 0 && parent[size - 1] == '/')
        parent[--size] = 0;
    char *slash = strrchr(parent, '/');
    *name = slash ? slash + 1 : parent;
    if (**name == 0 || !strcmp(*name, ".") || !strcmp(*name, ".."))
        return errno = EINVAL, false;
    return true;
}

/* The parent's descriptor; *name points into buffer, whose front becomes the parent's path. */
static int open_parent(int root, const char *path, char buffer[4096], const char **name) {
    if (!split(path, buffer, name))
        return -1;
    if (*name == buffer)
        return tree_open(root, "/", O_PATH | O_DIRECTORY);
    buffer[*name - buffer - 1] = 0;
    return tree_open(root, buffer, O_PATH | O_DIRECTORY);
}

/* The same, or the root itself for a plain name, which needs no look-up. */
static int open_parent_or(int root, const char *path, char buffer[4096], const char **name) {
    *name = path;
    return tree_plain(path) ? root : open_parent(root, path, buffer, name);
}

mode_t file_mask = 0777;

static mode_t unmask(void) {
    return file_mask ? umask(0) : 0;
}

static void mask_again(mode_t mask) {
    if (mask)
        umask(mask);
}

bool tree_plain(const char *name) {
    return *name && !strchr(name, '/') && strcmp(name, ".") && strcmp(name, "..");
}

/* An existing one is as good. */
int tree_mkdir(int dir, const char *name, mode_t mode) {
    mode_t mask = unmask();
    int result = mkdirat(dir, name, mode), error = errno;
    mask_again(mask);
    errno = error;
    return result < 0 && error == EEXIST ? 0 : result;
}

/* The same for an empty file. */
int tree_mkfile(int dir, const char *name) {
    int result = mknodat(dir, name, S_IFREG | 0644, 0); /* whatever the umask: it is mounted over */
    return result < 0 && errno == EEXIST ? 0 : result;
}

/* Whether name in dir has a mode already, without opening it. */
static bool has_mode(int dir, const char *name, mode_t mode) {
    struct stat s;
    return fstatat(dir, name, &s, AT_SYMLINK_NOFOLLOW) == 0 && s.st_mode == mode;
}

static int exact_mode(int fd, mode_t mode) {
    struct stat s;
    if (fstat(fd, &s) < 0)
        return -1;
    if ((s.st_mode & 07777) == (mode & 07777))
        return 0; /* the rule: only a default ACL, or a set-id bit of a directory, makes it differ */
    return (int)syscall(__NR_fchmodat2, fd, "", mode & 07777, AT_EMPTY_PATH);
}

/* Makes one component in dir and opens it; an existing one must be a real directory (or, as_file, anything but a symbolic link). */
static int make_one(int dir, const char *name, mode_t mode, uid_t uid, gid_t gid, bool as_file, bool *made) {
    mode_t mask = unmask();
    int result = as_file ? mknodat(dir, name, S_IFREG | mode, 0) : mkdirat(dir, name, mode);
    int error = errno;
    mask_again(mask);
    *made = result == 0;
    if (result < 0 && error != EEXIST)
        return errno = error, -1;
    int fd = sys_openat2(dir, name, O_PATH | (as_file ? 0 : O_DIRECTORY), 0, ONE_STEP);
    if (fd < 0 || !*made)
        return fd;
    if ((uid != 0 || gid != 0) && fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
        result = -1;
    if (result < 0 || exact_mode(fd, mode) < 0) {
        error = errno;
        close(fd);
        return errno = error, -1;
    }
    return fd;
}

/* Opens path in root, making what is missing: the last component with op's mode if it is OP_MKDIR's, else 0755; a file 0644. */
int tree_make(struct context *c, int root, const struct op *op, const char *path, uid_t uid, gid_t gid, bool as_file) {
    mode_t last_mode = op->code == OP_MKDIR ? (mode_t)op->a : as_file ? 0644 : 0755;
    char buffer[4096];
    const char *name;
    int fd = tree_open(root, path, O_PATH | (as_file ? 0 : O_DIRECTORY));
    if (fd >= 0 || errno != ENOENT || !split(path, buffer, &name)) {
        if (fd < 0)
            fail(c, STEP_OPEN, path);
        return fd;
    }
    /* The longest existing front; cuts are kept as zero bytes, so that the rest can be walked again. */
    char *end = buffer + strlen(buffer), *cut = end;
    int dir = -1;
    do {
        while (cut > buffer && cut[-1] != '/')
            cut--;
        while (cut > buffer && cut[-1] == '/')
            *--cut = 0;
        dir = tree_open(root, cut > buffer ? buffer : "/", O_PATH | O_DIRECTORY);
    } while (dir < 0 && errno == ENOENT && cut > buffer);
    if (dir < 0) {
        fail(c, STEP_OPEN, path);
        return -1;
    }
    for (char *part = cut; part < end; part += strlen(part)) {
        while (part < end && *part == 0)
            part++;
        if (part == end)
            break;
        bool last = part + strlen(part) == end, made;
        if (!strcmp(part, ".."))
            errno = EINVAL, fd = -1;
        else
            fd = make_one(dir, part, last ? last_mode : 0755, uid, gid, last && as_file, &made);
        int error = errno;
        close(dir);
        if (fd < 0) {
            errno = error;
            fail(c, STEP_CREATE, path);
            return -1;
        }
        dir = fd;
    }
    return dir;
}

int op_mkdir(struct context *c, const struct op *op) {
    const char *name = string(c, op->s);
    int root = slot_fd(c, op->slot);
    if (tree_plain(name) && op->b == 0 && op->c == 0 && tree_mkdir(root, name, (mode_t)op->a) == 0 && has_mode(root, name, S_IFDIR | (mode_t)op->a))
        return 0; /* the rule in a /dev of ours */
    int fd = tree_make(c, root, op, name, (uid_t)op->b, (gid_t)op->c, false);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

int op_mknod(struct context *c, const struct op *op) {
    char buffer[4096];
    const char *name;
    int root = slot_fd(c, op->slot), dir = open_parent_or(root, string(c, op->s), buffer, &name), error = 0;
    if (dir < 0)
        return fail(c, STEP_OPEN, NULL);
    mode_t mask = unmask();
    if (mknodat(dir, name, (mode_t)op->a, makedev(op->b, op->c)) < 0)
        error = fail(c, STEP_CREATE, NULL);
    mask_again(mask);
    if (error == 0 && !has_mode(dir, name, (mode_t)op->a)) {
        int node = sys_openat2(dir, name, O_PATH | O_NOFOLLOW, 0, ONE_STEP);
        if (node < 0 || exact_mode(node, (mode_t)op->a) < 0)
            error = fail(c, STEP_ATTRIBUTE, NULL);
        if (node >= 0)
            close(node);
    }
    if (dir != root)
        close(dir);
    return error;
}

int op_symlink(struct context *c, const struct op *op) {
    char buffer[4096];
    const char *name;
    int root = slot_fd(c, op->slot), dir = open_parent_or(root, string(c, op->s), buffer, &name), error = 0;
    if (dir < 0)
        return fail(c, STEP_OPEN, NULL);
    if (symlinkat(string(c, op->t), dir, name) < 0)
        error = fail(c, STEP_CREATE, NULL);
    if (dir != root)
        close(dir);
    return error;
}

/* An existing target is looked at before it is opened: opening a device or a FIFO of an image is an act. */
static int open_existing(int root, const char *path) {
    struct stat seen, opened;
    int fd = tree_open(root, path, O_PATH);
    if (fd < 0)
        return -1;
    bool regular = fstat(fd, &seen) == 0 && S_ISREG(seen.st_mode);
    close(fd);
    if (!regular)
        return errno = S_ISDIR(seen.st_mode) ? EISDIR : EINVAL, -1;
    fd = tree_open(root, path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && (fstat(fd, &opened) < 0 || opened.st_ino != seen.st_ino || opened.st_dev != seen.st_dev || ftruncate(fd, 0) < 0)) {
        close(fd);
        return errno = ESTALE, -1;
    }
    return fd;
}

static int create_file(int root, const char *path) {
    char buffer[4096];
    const char *name;
    int dir = open_parent(root, path, buffer, &name);
    if (dir < 0)
        return -1;
    int fd = sys_openat2(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, ONE_STEP);
    int error = errno;
    close(dir);
    return errno = error, fd;
}

int op_file(struct context *c, const struct op *op) {
    const char *path = string(c, op->s), *bytes = string(c, op->t);
    int root = slot_fd(c, op->slot), error = 0;
    int fd = op->flags & OPF_EXCLUSIVE ? -1 : open_existing(root, path);
    if (fd < 0 && !(op->flags & OPF_EXCLUSIVE) && errno != ENOENT)
        return fail(c, STEP_OPEN, NULL);
    if (fd < 0 && (fd = create_file(root, path)) < 0)
        return fail(c, STEP_CREATE, NULL);
    for (size_t done = 0; done < op->t.size && error == 0;) {
        ssize_t size = write(fd, bytes + done, op->t.size - done);
        if (size < 0)
            error = fail(c, STEP_WRITE, NULL);
        else
            done += (size_t)size;
    }
    if (error == 0 && (fchown(fd, (uid_t)op->b, (gid_t)op->c) < 0 || fchmod(fd, (mode_t)op->a & 07777) < 0))
        error = fail(c, STEP_ATTRIBUTE, NULL);
    close(fd);
    return error;
}

int op_chdir(struct context *c, const struct op *op) {
    const char *path = string(c, op->s);
    int root = slot_fd(c, op->slot), error = 0;
    int fd = op->flags & OPF_MAKE_DIR ? tree_make(c, root, op, path, (uid_t)op->b, (gid_t)op->c, false)
                                      : tree_open(root, path, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return op->flags & OPF_MAKE_DIR ? errno : fail(c, STEP_OPEN, NULL);
    if (fchdir(fd) < 0)
        error = fail(c, STEP_ONLY, NULL);
    close(fd);
    char cwd[4096];
    if (error == 0 && (syscall(__NR_getcwd, cwd, sizeof cwd) < 0 || cwd[0] != '/')) {
        errno = ENOENT; /* "(unreachable)": the directory is outside the root */
        error = fail(c, STEP_VERIFY, NULL);
    }
    return error;
}
