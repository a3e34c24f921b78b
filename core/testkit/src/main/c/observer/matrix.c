/* Tables of system calls: which are refused, and with which errno. No entry has an effect when it is let through. */
#define _GNU_SOURCE
#include "observer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static const struct {
    const char *name;
    unsigned long flag;
} kinds[] = {
    {"newns", CLONE_NEWNS}, {"newcgroup", CLONE_NEWCGROUP}, {"newuts", CLONE_NEWUTS}, {"newipc", CLONE_NEWIPC},
    {"newuser", CLONE_NEWUSER}, {"newpid", CLONE_NEWPID}, {"newnet", CLONE_NEWNET}, {"newtime", CLONE_NEWTIME},
};

static void reap(long pid) {
    if (pid > 0)
        waitpid(pid, NULL, __WALL);
}

/* Row 51. unshare(2) runs in a child, so that the observer stays where it is. */
static int unshares(int argc, char **argv) {
    (void)argc, (void)argv;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            attempt_at("unshare", kinds[i].name, unshare(kinds[i].flag));
            fflush(stdout);
            _exit(0);
        }
        reap(pid);
    }
    return KEEP_GOING;
}

static int clones(int argc, char **argv) {
    (void)argc, (void)argv;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].flag == CLONE_NEWTIME)
            continue; /* in clone(2) that bit belongs to the exit signal */
        long pid = syscall(SYS_clone, kinds[i].flag | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0)
            _exit(0);
        attempt_at("clone", kinds[i].name, pid);
        reap(pid);
    }
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0)
        _exit(0);
    attempt("clone3", pid);
    reap(pid);
    int own = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    attempt("setns", own < 0 ? -1 : setns(own, 0));
    if (own >= 0)
        close(own);
    return KEEP_GOING;
}

/* Row 52: AF_ALG (38) and AF_VSOCK (40) must answer EPERM, not what the kernel happens to lack. */
static int sockets(int argc, char **argv) {
    (void)argc, (void)argv;
    static const struct {
        const char *name;
        int family, type, protocol;
    } families[] = {
        {"unix", AF_UNIX, SOCK_STREAM, 0}, {"inet", AF_INET, SOCK_STREAM, 0}, {"inet6", AF_INET6, SOCK_STREAM, 0},
        {"inet.raw", AF_INET, SOCK_RAW, 1}, {"inet.ping", AF_INET, SOCK_DGRAM, 1}, {"netlink", AF_NETLINK, SOCK_RAW, 0},
        {"packet", AF_PACKET, SOCK_RAW, 0}, {"alg", AF_ALG, SOCK_SEQPACKET, 0}, {"vsock", AF_VSOCK, SOCK_STREAM, 0},
        {"can", AF_CAN, SOCK_RAW, 1}, {"bluetooth", AF_BLUETOOTH, SOCK_RAW, 1}, {"key", AF_KEY, SOCK_RAW, 2}, {"xdp", AF_XDP, SOCK_RAW, 0},
        {"tipc", AF_TIPC, SOCK_STREAM, 0}, {"rds", AF_RDS, SOCK_SEQPACKET, 0},
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        int fd = socket(families[i].family, families[i].type | SOCK_CLOEXEC, families[i].protocol);
        attempt_at("socket", families[i].name, fd);
        if (fd >= 0)
            close(fd);
    }
    return KEEP_GOING;
}

/* Rows 53, 54, 56. Null or out-of-range arguments: let through, each fails with EFAULT or EINVAL, or gives a descriptor. */
static int syscalls(int argc, char **argv) {
    (void)argc, (void)argv;
    static const struct {
        const char *name;
        long number, a, b, c, d, e;
        int gives_descriptor;
    } calls[] = {
        {"io_uring_setup", SYS_io_uring_setup, 1, 0, 0, 0, 0, 1}, {"io_uring_enter", SYS_io_uring_enter, -1, 0, 0, 0, 0, 0},
        {"io_uring_register", SYS_io_uring_register, -1, 0, 0, 0, 0, 0}, {"userfaultfd", SYS_userfaultfd, 0, 0, 0, 0, 0, 1},
        {"bpf", SYS_bpf, BPF_PROG_LOAD, 0, 0, 0, 0, 1}, {"perf_event_open", SYS_perf_event_open, 0, -1, -1, -1, 0, 1},
        {"keyctl", SYS_keyctl, -1, 0, 0, 0, 0, 0}, {"add_key", SYS_add_key, 0, 0, 0, 0, 0, 0}, {"request_key", SYS_request_key, 0, 0, 0, 0, 0, 0},
        {"kexec_load", SYS_kexec_load, 0, 100, 0, -1, 0, 0}, {"init_module", SYS_init_module, 0, 0, 0, 0, 0, 0}, {"delete_module", SYS_delete_module, 0, 0, 0, 0, 0, 0},
        {"swapon", SYS_swapon, 0, 0, 0, 0, 0, 0}, {"swapoff", SYS_swapoff, 0, 0, 0, 0, 0, 0}, {"acct", SYS_acct, 1, 0, 0, 0, 0, 0},
        {"quotactl", SYS_quotactl, -1, 1, 0, 0, 0, 0}, {"reboot", SYS_reboot, 0, 0, 0, 0, 0, 0}, {"syslog", SYS_syslog, -1, 0, 0, 0, 0, 0},
        {"settimeofday", SYS_settimeofday, 1, 0, 0, 0, 0, 0}, {"clock_settime", SYS_clock_settime, 0, 1, 0, 0, 0, 0}, {"sethostname", SYS_sethostname, 0, -1, 0, 0, 0, 0},
        {"kcmp", SYS_kcmp, 0, 0, -1, 0, 0, 0}, {"pidfd_getfd", SYS_pidfd_getfd, -1, 0, 0, 0, 0, 0}, {"move_pages", SYS_move_pages, 0, 0, 0, 0, 0, 0},
        {"migrate_pages", SYS_migrate_pages, 0, 0, 0, 0, 0, 0}, {"open_by_handle_at", SYS_open_by_handle_at, -1, 0, 0, 0, 0, 0}, {"fanotify_init", SYS_fanotify_init, -1, -1, 0, 0, 0, 0},
        {"personality", SYS_personality, 0xffffffff, 0, 0, 0, 0, 0}, {"unknown", 100000, 0, 0, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        long rc = syscall(calls[i].number, calls[i].a, calls[i].b, calls[i].c, calls[i].d, calls[i].e, 0);
        attempt_at("syscall", calls[i].name, rc);
        if (rc > 2 && calls[i].gives_descriptor)
            close(rc);
    }
    return KEEP_GOING;
}

/* One call with arguments of the caller's choice, in a child: a filter that kills shows as "signal N". */
/* By i386's table. Where the kernel runs no i386 programs that is SIGSEGV. */
static long by_i386(const long *a) {
#ifdef __x86_64__
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(a[0]), "b"(a[1]), "c"(a[2]), "d"(a[3]) : "memory", "r8", "r9", "r10", "r11");
    errno = result < 0 ? (int)-result : 0;
    return result < 0 ? -1 : result;
#else
    (void)a;
    errno = ENOSYS;
    return -1;
#endif
}

static int in_a_child(const char *name, bool i386, int argc, char **argv) {
    long a[7] = {0};
    for (int i = 1; i < argc && i < 8; i++)
        a[i - 1] = number(argv[i]);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        long rc = i386 ? by_i386(a) : syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
        attempt_at(name, argv[1], rc);
        fflush(stdout);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status)) {
        char key[64];
        snprintf(key, sizeof key, "%s.%s", name, argv[1]);
        say(key, "signal %d", WTERMSIG(status));
    }
    return KEEP_GOING;
}

static int one_syscall(int argc, char **argv) {
    return in_a_child("syscall", false, argc, argv);
}

static int one_i386_syscall(int argc, char **argv) {
    return in_a_child("i386", true, argc, argv);
}

const struct command matrix_commands[] = {
    {"unshare", "unshare(2) with each CLONE_NEW flag", 0, unshares},
    {"clone", "clone(2) with each CLONE_NEW flag, clone3(2), setns(2)", 0, clones},
    {"sockets", "socket(2) with each family", 0, sockets},
    {"syscalls", "calls a default seccomp policy refuses, with harmless arguments", 0, syscalls},
    {"syscall", "NUMBER [ARG...]: one call in a child", 1, one_syscall},
    {"i386", "NUMBER [ARG...]: the same by the numbers of i386, int 0x80", 1, one_i386_syscall},
    {0},
};
