/*
 * What a start costs a program that does nothing else: the kernel's price of fork and exec, of a container all made while one waits, and of one of which only
 * the program is missing. One process, one thread, no JVM, no library: what an engine takes more than this is the engine's. Compare Peers.java.
 *
 *   floor exec|made|ahead PROGRAM [ROOTFS WORK]
 *
 * A request is a byte on standard input, the answer the nanoseconds of one start to its exit status, 8 bytes, big endian. What can be removed after the answer is.
 * The container is the engine's default one but for its system call filter, its limits and capabilities, and the masks.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)
#ifndef PIDFD_GET_MNT_NAMESPACE
#define PIDFD_GET_MNT_NAMESPACE _IO(0xFF, 3)
#endif

static const char *program, *rootfs, *work;
static unsigned starts;

/* One container: what is there of it before its process, and what is left to be given back. */
struct made {
    char name[32];
    pid_t pid;
    int root, mounts, channel, out, err;
};

static _Noreturn void die(const char *what) {
    perror(what);
    _exit(1);
}

static int must(long result, const char *what) {
    if (result < 0)
        die(what);
    return (int)result;
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#include "floor_cgroups.h"
/* ---- mounts ---- */

static int mounted(const char *type, unsigned attributes, const char *const *options) {
    int fs = must(syscall(__NR_fsopen, type, FSOPEN_CLOEXEC), "fsopen");
    for (; options && *options; options += 2)
        must(syscall(__NR_fsconfig, fs, FSCONFIG_SET_STRING, options[0], options[1], 0), options[0]);
    must(syscall(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), type);
    int mount = must(syscall(__NR_fsmount, fs, FSMOUNT_CLOEXEC, attributes), "fsmount");
    close(fs);
    return mount;
}

static void attach(int mount, int root, const char *at) {
    must(syscall(__NR_move_mount, mount, "", root, at, MOVE_MOUNT_F_EMPTY_PATH), at);
    close(mount);
}

#define SAFE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* The overlay of the root directory and a private one. */
static int overlay(const char *name) {
    char upper[4096], under[4096], made[4096];
    snprintf(made, sizeof made, "%s/%s", work, name);
    snprintf(upper, sizeof upper, "%s/%s/upper", work, name);
    snprintf(under, sizeof under, "%s/%s/work", work, name);
    must(mkdir(made, 0700), made);
    must(mkdir(upper, 0755), upper);
    must(mkdir(under, 0700), under);
    return mounted("overlay", 0, (const char *const[]){"lowerdir", rootfs, "upperdir", upper, "workdir", under, NULL});
}

static void devices(int root) {
    static const struct { const char *name; unsigned major, minor; } nodes[] = {
        {"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
    static const char *const links[][2] = {
        {"fd", "/proc/self/fd"}, {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"}, {"core", "/proc/kcore"}};
    int dev = mounted("tmpfs", MOUNT_ATTR_NOSUID, (const char *const[]){"mode", "755", "size", "65536k", NULL});
    for (unsigned i = 0; i < 6; i++) {
        must(mknodat(dev, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].name);
        must(symlinkat(links[i][1], dev, links[i][0]), links[i][0]);
    }
    must(mkdirat(dev, "pts", 0755), "pts");
    must(mkdirat(dev, "shm", 0755), "shm");
    must(mkdirat(dev, "mqueue", 0755), "mqueue");
    must(syscall(__NR_move_mount, dev, "", root, "dev", MOVE_MOUNT_F_EMPTY_PATH), "dev");
    attach(mounted("devpts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, (const char *const[]){"newinstance", "", "ptmxmode", "0666", "mode", "0620", "gid", "5", NULL} + 2), dev, "pts");
    attach(mounted("tmpfs", SAFE, (const char *const[]){"mode", "1777", "size", "67108864", NULL}), dev, "shm");
    attach(mounted("mqueue", SAFE, NULL), dev, "mqueue");
    close(dev);
}

/* Each hierarchy of the host, as it is seen from our cgroup namespace. */
static void cgroup_view(int root) {
    static const char *const all[] = {"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids"};
    int view = mounted("tmpfs", SAFE, (const char *const[]){"mode", "755", NULL});
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        must(mkdirat(view, all[i], 0755), all[i]);
    must(mkdirat(view, "unified", 0755), "unified");
    must(syscall(__NR_move_mount, view, "", root, "sys/fs/cgroup", MOVE_MOUNT_F_EMPTY_PATH), "sys/fs/cgroup");
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        int fs = must(syscall(__NR_fsopen, "cgroup", FSOPEN_CLOEXEC), "fsopen(cgroup)");
        if (syscall(__NR_fsconfig, fs, FSCONFIG_SET_FLAG, all[i], NULL, 0) == 0 && syscall(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
            attach(must(syscall(__NR_fsmount, fs, FSMOUNT_CLOEXEC, SAFE | MOUNT_ATTR_RDONLY), "fsmount"), view, all[i]);
        close(fs);
    }
    if (parents[GROUPS - 1] >= 0)
        attach(mounted("cgroup2", SAFE | MOUNT_ATTR_RDONLY, NULL), view, "unified");
    close(view);
}

/* Into the root, with all that a container sees, and out of the host's. */
static void enter(int root) {
    must(syscall(__NR_mount, NULL, "/", NULL, 0x4000 | 0x40000, NULL), "MS_REC | MS_PRIVATE");
    must(syscall(__NR_move_mount, root, "", AT_FDCWD, "/mnt", MOVE_MOUNT_F_EMPTY_PATH), "the root");
    attach(mounted("proc", SAFE, NULL), root, "proc");
    attach(mounted("sysfs", SAFE | MOUNT_ATTR_RDONLY, NULL), root, "sys");
    cgroup_view(root);
    devices(root);
    must(fchdir(root), "the root");
    must(syscall(__NR_pivot_root, ".", "."), "pivot_root");
    must(syscall(__NR_umount2, ".", 2), "MNT_DETACH");
}

/* lo up is the kernel's price of a network that is there. */
static void loopback_up(void) {
    char request[40] = "lo";
    int s = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    *(short *)(void *)(request + 16) = 1;
    must(ioctl(s, 0x8914, request), "SIOCSIFFLAGS");
    close(s);
}

static _Noreturn void become(int null, int out, int err) {
    dup2(null, 0);
    dup2(out, 1);
    dup2(err, 2);
    syscall(__NR_close_range, 3, ~0u, 0);
    execl(program, program, NULL);
    _exit(127);
}

/* ---- starts ---- */

static void pipes(struct made *m, int theirs[2]) {
    int out[2], err[2];
    must(pipe2(out, O_CLOEXEC), "pipe2");
    must(pipe2(err, O_CLOEXEC), "pipe2");
    m->out = out[0], m->err = err[0];
    theirs[0] = out[1], theirs[1] = err[1];
}

static int null_device;

/* Clones a child that makes all of a container and then waits for its streams. */
static void make(struct made *m) {
    int ends[2], pidfd = -1;
    snprintf(m->name, sizeof m->name, "floor-%d-%u", getpid(), starts++);
    groups(m->name, true);
    m->root = overlay(m->name);
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
    struct clone_args args = {.flags = (SPACES & ~CLONE_NEWCGROUP) | CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (uintptr_t)&pidfd};
    m->pid = must(syscall(__NR_clone3, &args, sizeof args), "clone3");
    if (m->pid == 0) {
        int streams[3];
        char space[CMSG_SPACE(sizeof streams)], byte;
        struct iovec part = {&byte, 1};
        struct msghdr record = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
        join(m->name);
        must(syscall(__NR_unshare, CLONE_NEWCGROUP), "CLONE_NEWCGROUP");
        loopback_up();
        sethostname("floor", 5);
        enter(m->root);
        setsid();
        if (recvmsg(ends[1], &record, MSG_CMSG_CLOEXEC) != 1 || CMSG_FIRSTHDR(&record) == NULL)
            _exit(126);
        memcpy(streams, CMSG_DATA(CMSG_FIRSTHDR(&record)), sizeof streams);
        become(streams[0], streams[1], streams[2]);
    }
    m->channel = ends[0];
    close(ends[1]);
    m->mounts = ioctl(pidfd, PIDFD_GET_MNT_NAMESPACE, 0); /* the kernel takes its mounts down with this, after the answer */
    close(pidfd);
}

/* Sends what was missing. */
static void go_on(struct made *m) {
    int theirs[2];
    pipes(m, theirs);
    int streams[3] = {null_device, theirs[0], theirs[1]};
    char space[CMSG_SPACE(sizeof streams)] = {0}, byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr record = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *head = CMSG_FIRSTHDR(&record);
    head->cmsg_level = SOL_SOCKET, head->cmsg_type = SCM_RIGHTS, head->cmsg_len = CMSG_LEN(sizeof streams);
    memcpy(CMSG_DATA(head), streams, sizeof streams);
    must(sendmsg(m->channel, &record, MSG_NOSIGNAL), "sendmsg");
    close(theirs[0]);
    close(theirs[1]);
}

static void fork_and_exec(struct made *m) {
    int theirs[2];
    pipes(m, theirs);
    m->pid = must(fork(), "fork");
    if (m->pid == 0)
        become(null_device, theirs[0], theirs[1]);
    close(theirs[0]);
    close(theirs[1]);
}

static void end(const struct made *m) {
    int status;
    char byte;
    struct rusage rusage;
    must(wait4(m->pid, &status, __WALL, &rusage), "wait4");
    if (status || read(m->out, &byte, 1) || read(m->err, &byte, 1))
        exit(fprintf(stderr, "%s ended with %#x\n", program, (unsigned)status));
    close(m->out);
    close(m->err);
}

static void give_back(const struct made *m) {
    char path[4096];
    close(m->channel);
    close(m->mounts);
    close(m->root);
    groups(m->name, false);
    snprintf(path, sizeof path, "%s/%s/work/work", work, m->name);
    for (int parts = 0; parts < 2; parts++, *strrchr(path, '/') = 0)
        rmdir(path);
    rmdir(path);
    snprintf(path, sizeof path, "%s/%s/upper", work, m->name);
    rmdir(path);
    *strrchr(path, '/') = 0;
    rmdir(path);
}

int main(int argc, char **argv) {
    bool container = argc == 5, ahead = argc > 1 && !strcmp(argv[1], "ahead");
    struct made next = {0};
    char byte;
    if (argc != 3 && argc != 5)
        return 2;
    program = argv[2];
    rootfs = container ? argv[3] : "";
    work = container ? argv[4] : "";
    null_device = must(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null");
    find_groups();
    if (ahead)
        make(&next);
    while (read(0, &byte, 1) == 1) {
        struct made one = next;
        uint64_t from = now();
        if (!container) {
            fork_and_exec(&one);
        } else {
            if (!ahead)
                make(&one);
            go_on(&one);
        }
        end(&one);
        uint64_t took = htobe64(now() - from);
        if (write(1, &took, sizeof took) != sizeof took)
            return 1;
        if (container)
            give_back(&one);
        if (ahead)
            make(&next);
    }
    if (ahead) {
        kill(next.pid, SIGKILL);
        waitpid(next.pid, NULL, 0);
        give_back(&next);
    }
    return 0;
}
