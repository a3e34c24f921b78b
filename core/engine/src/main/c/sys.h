/*
 * System calls and constants that the oldest headers we build against lack, called raw: glibc's wrappers of the identity calls
 * signal other threads, and its header for the mount calls cannot be included beside the kernel's.
 */
#ifndef CAISSON_SYS_H
#define CAISSON_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u
#endif
#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif
#ifndef PIDFD_GET_MNT_NAMESPACE
#define PIDFD_GET_MNT_NAMESPACE _IO(0xFF, 3)
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif

#define IN_ROOT (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
#define BENEATH (RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)
#define ONE_STEP (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)

/* The kernel answers EAGAIN when a rename raced with "..": the walk is to be tried again (openat2(2)). */
static inline int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    int fd, tries = 128;
    do {
        fd = (int)syscall(__NR_openat2, dir, path, &how, sizeof how);
    } while (fd < 0 && (errno == EAGAIN || errno == EINTR) && --tries > 0);
    return fd;
}

/* Before Linux 5.9, or where a policy answers ENOSYS: one by one up to the limit, which the guard has raised before it received any. */
static inline int sys_close_range(unsigned first, unsigned last) {
    struct rlimit files;
    if (syscall(__NR_close_range, first, last, 0) == 0)
        return 0;
    if (errno != ENOSYS || getrlimit(RLIMIT_NOFILE, &files) < 0)
        return -1;
    for (rlim_t fd = first; fd <= last && fd < files.rlim_max; fd++)
        close((int)fd);
    return 0;
}

static inline int sys_move_mount(int from, int to, const char *path) {
    unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH);
    return (int)syscall(__NR_move_mount, from, "", to, path, flags);
}

static inline int sys_fsconfig(int fs, unsigned command, const char *key, const void *value, int aux) {
    return (int)syscall(__NR_fsconfig, fs, command, key, value, aux);
}

static inline int sys_mount_setattr(int fd, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation) {
    struct mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
    return (int)syscall(__NR_mount_setattr, fd, "", AT_EMPTY_PATH | flags, &attr, sizeof attr);
}

/* MNT_DETACH, which only glibc's header names. */
static inline int sys_detach(const char *path) {
    return (int)syscall(__NR_umount2, path, 2);
}

static inline int sys_pidfd_open(pid_t pid) {
    return (int)syscall(__NR_pidfd_open, pid, 0);
}

/* Fork into new namespaces; kernels older than clone3 (or a seccomp profile that answers ENOSYS) get clone(2): then the child is not in its cgroup yet and
   *late is set. Without a cgroup late may be NULL. */
static inline pid_t sys_clone(uint64_t flags, int exit_signal, int *pidfd, int cgroup, bool *late) {
    struct clone_args args = {.flags = flags, .exit_signal = (uint64_t)exit_signal};
    if (pidfd) {
        args.flags |= CLONE_PIDFD;
        args.pidfd = (uintptr_t)pidfd;
    }
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup;
    }
    long pid = syscall(__NR_clone3, &args, cgroup >= 0 ? CLONE_ARGS_SIZE_VER2 : CLONE_ARGS_SIZE_VER0);
    if (pid < 0 && errno == ENOSYS && !(flags & CLONE_NEWTIME)) { /* its bit is part of clone(2)'s signal number */
#if defined(__x86_64__) || defined(__aarch64__)
        if (cgroup >= 0)
            *late = true;
        args.flags &= ~(uint64_t)CLONE_INTO_CGROUP;
        pid = syscall(__NR_clone, args.flags | (uint64_t)exit_signal, 0, pidfd, 0, 0);
#endif
    }
    return (pid_t)pid;
}

/* The kernel's own layout: glibc's sigaction refuses 32 and 33, which the JDK's posix_spawn leaves ignored. */
struct kernel_sigaction {
    void (*handler)(int);
    unsigned long flags;
#ifdef __x86_64__
    void (*restorer)(void);
#endif
    uint64_t mask;
};

static inline int sys_signal_default(int signal) {
    struct kernel_sigaction action = {.handler = SIG_DFL};
    return (int)syscall(__NR_rt_sigaction, signal, &action, 0, sizeof action.mask);
}

static inline int sys_signal_mask(uint64_t mask) {
    return (int)syscall(__NR_rt_sigprocmask, SIG_SETMASK, &mask, 0, sizeof mask);
}

static inline void sys_signals_default(void) {
    for (int signal = 1; signal <= 64; signal++)
        sys_signal_default(signal); /* EINVAL for SIGKILL and SIGSTOP */
}

static inline void sys_signals_reset(void) {
    sys_signals_default();
    sys_signal_mask(0);
}

#endif
