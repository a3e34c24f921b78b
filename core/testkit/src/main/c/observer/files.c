/* What the file tree shows and what it lets one do. */
#define _GNU_SOURCE
#include "observer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static char letter(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG: return 'f';
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    case S_IFIFO: return 'p';
    default: return 's';
    }
}

/* "f 0644 0:0 size=12 links=1 dev=fd:1 mtime=0.000000000 [rdev=1:3] [-> target]" */
static void describe(const char *key, int directory, const char *name) {
    struct stat st;
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW)) {
        attempt(key, -1);
        return;
    }
    char rest[4200] = "", target[4096];
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
        snprintf(rest, sizeof rest, " rdev=%u:%u", major(st.st_rdev), minor(st.st_rdev));
    ssize_t n = S_ISLNK(st.st_mode) ? readlinkat(directory, name, target, sizeof target - 1) : -1;
    if (n >= 0)
        snprintf(rest, sizeof rest, " -> %.*s", (int)n, target);
    say(key, "%c %04o %u:%u size=%lld links=%lu dev=%u:%u mtime=%lld.%09ld%s", letter(st.st_mode), st.st_mode & 07777, st.st_uid, st.st_gid, (long long)st.st_size, (unsigned long)st.st_nlink,
        major(st.st_dev), minor(st.st_dev), (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, rest);
}

static int stat_paths(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        describe(argv[i], AT_FDCWD, argv[i]);
    return KEEP_GOING;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int list(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct dirent **entries;
        int directory = open(argv[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int n = directory < 0 ? -1 : scandirat(directory, ".", &entries, NULL, by_name);
        attempt_at("list", argv[i], n);
        for (int j = 0; j < n; j++) {
            const char *name = entries[j]->d_name;
            if (strcmp(name, ".") && strcmp(name, ".."))
                describe(name, directory, name);
            free(entries[j]);
        }
        if (n >= 0)
            free(entries);
        if (directory >= 0)
            close(directory);
    }
    return KEEP_GOING;
}

static int try_open(const char *prefix, int flags, char **paths) {
    for (; *paths; paths++) {
        int fd = open(*paths, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        attempt_at(prefix, *paths, fd);
        if (fd >= 0)
            close(fd);
    }
    return KEEP_GOING;
}

static int readable(int argc, char **argv) {
    (void)argc;
    return try_open("readable", O_RDONLY, argv + 1);
}

/* Opens only: nothing is truncated or written. */
static int writable(int argc, char **argv) {
    (void)argc;
    return try_open("writable", O_WRONLY, argv + 1);
}

static void pour(int from, int to) {
    char buffer[65536];
    ssize_t n;
    while ((n = read(from, buffer, sizeof buffer)) > 0)
        for (ssize_t done = 0; done < n;) {
            ssize_t w = write(to, buffer + done, n - done);
            if (w < 0)
                die("write");
            done += w;
        }
    if (n < 0)
        die("read");
}

static int cat(int argc, char **argv) {
    fflush(stdout);
    if (argc == 1)
        pour(0, 1);
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            die(argv[i]);
        pour(fd, 1);
        close(fd);
    }
    return KEEP_GOING;
}

static int write_text(const char *key, const char *path, const char *text, int flags) {
    int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
    attempt_at(key, path, n);
    if (fd >= 0)
        close(fd);
    return KEEP_GOING;
}

static int put(int argc, char **argv) {
    (void)argc;
    return write_text("write", argv[1], argv[2], O_CREAT | O_TRUNC);
}

static int append(int argc, char **argv) {
    (void)argc;
    return write_text("append", argv[1], argv[2], O_CREAT | O_APPEND);
}

static int make_directory(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        attempt_at("mkdir", argv[i], mkdir(argv[i], 0755));
    return KEEP_GOING;
}

static int remove_paths(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        attempt_at("remove", argv[i], remove(argv[i]));
    return KEEP_GOING;
}

static int change_mode(int argc, char **argv) {
    for (int i = 2; i < argc; i++)
        attempt_at("chmod", argv[i], chmod(argv[i], strtoul(argv[1], NULL, 8)));
    return KEEP_GOING;
}

static int change_owner(int argc, char **argv) {
    for (int i = 3; i < argc; i++)
        attempt_at("chown", argv[i], lchown(argv[i], number(argv[1]), number(argv[2])));
    return KEEP_GOING;
}

static int symbolic_link(int argc, char **argv) {
    (void)argc;
    attempt_at("symlink", argv[2], symlink(argv[1], argv[2]));
    return KEEP_GOING;
}

/* A device number is open to a container only if both the node and its opening succeed. */
static int make_node(int argc, char **argv) {
    (void)argc;
    mode_t type = argv[2][0] == 'b' ? S_IFBLK : argv[2][0] == 'c' ? S_IFCHR : S_IFIFO;
    attempt("mknod", mknod(argv[1], type | 0666, makedev(number(argv[3]), number(argv[4]))));
    int fd = open(argv[1], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    attempt("mknod.open", fd);
    if (fd >= 0)
        close(fd);
    unlink(argv[1]);
    return KEEP_GOING;
}

static int xattrs(int argc, char **argv) {
    static char names[65536], value[65536];
    for (int i = 1; i < argc; i++) {
        ssize_t n = llistxattr(argv[i], names, sizeof names);
        attempt_at("xattrs", argv[i], n);
        for (char *name = names; name < names + (n < 0 ? 0 : n); name += strlen(name) + 1) {
            ssize_t size = lgetxattr(argv[i], name, value, sizeof value - 1);
            if (size < 0) {
                attempt(name, -1);
                continue;
            }
            char *hex = calloc(size + 1, 2);
            for (ssize_t j = 0; j < size; j++)
                sprintf(hex + 2 * j, "%02x", (unsigned char)value[j]);
            say(name, "%s", hex);
            free(hex);
        }
    }
    return KEEP_GOING;
}

static int file_system(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct statfs fs;
        struct statvfs v;
        if (statfs(argv[i], &fs) || statvfs(argv[i], &v)) {
            attempt_at("statfs", argv[i], -1);
            continue;
        }
        char key[4200];
        snprintf(key, sizeof key, "statfs.%s", argv[i]);
        say(key, "type=0x%lx size=%llu free=%llu flags=%s%s%s%s", (long)fs.f_type, (unsigned long long)v.f_blocks * v.f_frsize, (unsigned long long)v.f_bavail * v.f_frsize,
            v.f_flag & ST_RDONLY ? "ro" : "rw", v.f_flag & ST_NOSUID ? ",nosuid" : "", v.f_flag & ST_NODEV ? ",nodev" : "", v.f_flag & ST_NOEXEC ? ",noexec" : "");
    }
    return KEEP_GOING;
}

static int mounts(int argc, char **argv) {
    (void)argc, (void)argv;
    FILE *table = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t size = 0;
    for (int i = 0; table && getline(&line, &size, table) > 0; i++) {
        char key[32];
        line[strcspn(line, "\n")] = 0;
        snprintf(key, sizeof key, "mount.%d", i);
        say(key, "%s", line);
    }
    attempt("mounts", table ? 0 : -1);
    free(line);
    if (table)
        fclose(table);
    return KEEP_GOING;
}

const struct command file_commands[] = {
    {"stat", "PATH...: type, mode, owner, size, device, link target", 1, stat_paths},
    {"list", "DIR...: the same for every entry", 1, list},
    {"readable", "PATH...: can it be opened for reading", 1, readable},
    {"writable", "PATH...: can it be opened for writing", 1, writable},
    {"cat", "[FILE...]: raw content, standard input without operand", 0, cat},
    {"write", "FILE TEXT", 2, put},
    {"append", "FILE TEXT", 2, append},
    {"mkdir", "DIR...", 1, make_directory},
    {"remove", "PATH...", 1, remove_paths},
    {"chmod", "OCTAL PATH...", 2, change_mode},
    {"chown", "UID GID PATH...", 3, change_owner},
    {"symlink", "TARGET PATH", 2, symbolic_link},
    {"mknod", "PATH b|c|p MAJOR MINOR: make it, open it, remove it", 4, make_node},
    {"xattrs", "PATH...: extended attributes, values in hex", 1, xattrs},
    {"statfs", "PATH...: file system type, size, mount flags", 1, file_system},
    {"mounts", "mountinfo, line by line", 0, mounts},
    {0},
};
