/*
 * The worker: one system call after the other, in the namespaces that an ordinary user may have (worker.h).
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "guard.h"
#include "worker.h"

/* What the engine makes mounts and files with, and nothing else. */
static const uint16_t known[] = {
    __NR_openat, __NR_openat2, __NR_mkdirat, __NR_mknodat, __NR_symlinkat, __NR_linkat, __NR_renameat2, __NR_unlinkat, __NR_readlinkat, __NR_fchownat,
    __NR_fchmodat, __NR_fchmodat2, __NR_utimensat, __NR_statx, __NR_setxattr, __NR_getxattr, __NR_listxattr, __NR_removexattr, __NR_fsetxattr,
    __NR_fgetxattr, __NR_flistxattr, __NR_fremovexattr, __NR_fsopen, __NR_fsconfig, __NR_fsmount, __NR_fspick, __NR_open_tree, __NR_move_mount,
    __NR_mount_setattr, __NR_mount, __NR_umount2,
};

static struct { struct worker_call call; uint8_t bytes[WORKER_BYTES]; } in __attribute__((aligned(8)));
static struct { struct worker_answer answer; uint8_t bytes[WORKER_BYTES]; } out __attribute__((aligned(8)));
static char paths[6][4096 + 32];

static void answer(int64_t result, size_t more, int fd) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof fd)]; } rights;
    out.answer.result = result;
    struct iovec part = {&out, sizeof out.answer + more};
    struct msghdr record = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        memset(&rights, 0, sizeof rights);
        rights.header.cmsg_level = SOL_SOCKET;
        rights.header.cmsg_type = SCM_RIGHTS;
        rights.header.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&rights.header), &fd, sizeof fd);
        record.msg_control = &rights;
        record.msg_controllen = sizeof rights;
    }
    while (sendmsg(FD_CONTROL, &record, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR)
            _exit(1);
    }
}

static bool is_known(uint32_t number) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i] == number)
            return true;
    }
    return false;
}

/* The arguments in the worker's own numbers and addresses; false if the record is malformed. */
static bool arguments(long value[6], const int *fds, unsigned count) {
    unsigned next = 0;
    for (unsigned i = 0; i < 6; i++) {
        uint64_t given = in.call.value[i];
        switch (in.call.kind[i]) {
        case KIND_VALUE:
            value[i] = (long)given;
            break;
        case KIND_FD:
            if (next == count)
                return false;
            value[i] = fds[next++];
            break;
        case KIND_IN:
            if (given >= in.call.in)
                return false;
            value[i] = (long)(in.bytes + given);
            break;
        case KIND_OUT:
            if (given >= in.call.out)
                return false;
            value[i] = (long)(out.bytes + given);
            break;
        case KIND_FD_PATH:
            if (next == count || given >= in.call.in || strlen((char *)in.bytes + given) > 4096)
                return false;
            snprintf(paths[i], sizeof paths[i], "/proc/self/fd/%d%s", fds[next++], (char *)in.bytes + given);
            value[i] = (long)paths[i];
            break;
        default:
            return false;
        }
    }
    return next == count;
}

static void serve(size_t size, const int *fds, unsigned count) {
    long a[6];
    const struct worker_call *c = &in.call;
    if (size < sizeof *c || size - sizeof *c != c->in || c->out > WORKER_BYTES || (c->in && in.bytes[c->in - 1]) || !is_known(c->number) ||
        !arguments(a, fds, count))
        return answer(-EPROTO, 0, -1);
    long result = syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (result < 0)
        return answer(-errno, 0, -1);
    size_t more = c->out;
    if ((c->flags & CALL_GIVES_LENGTH) && (size_t)result < more)
        more = (size_t)result;
    if (c->flags & CALL_GIVES_FD) {
        answer(result, 0, (int)result);
        close((int)result);
    } else {
        answer(result, more, -1);
    }
}

/* The next record; ends with the JVM. */
static size_t receive(void *bytes, size_t room, int fds[WORKER_FDS], unsigned *count) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int) * WORKER_FDS)]; } rights;
    struct pollfd ends[2] = {{.fd = FD_CONTROL, .events = POLLIN}, {.fd = FD_JVM, .events = POLLIN}};
    struct iovec part = {bytes, room};
    for (;;) {
        if (poll(ends, 2, -1) < 0 && errno != EINTR)
            _exit(1);
        if (ends[1].revents)
            _exit(0); /* a leaked copy of its end of the socket may live on */
        struct msghdr record = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
        ssize_t size = recvmsg(FD_CONTROL, &record, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (size <= 0)
            _exit(0);
        *count = 0;
        struct cmsghdr *head = CMSG_FIRSTHDR(&record);
        if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
            *count = (unsigned)((head->cmsg_len - CMSG_LEN(0)) / sizeof *fds);
            memcpy(fds, CMSG_DATA(head), *count * sizeof *fds);
        }
        return (record.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ? 0 : (size_t)size;
    }
}

static void step(long result) {
    int error = errno;
    answer(result < 0 ? -error : 0, 0, -1);
    if (result < 0)
        _exit(1);
}

/* Mounts of the host's that come later are to be seen; what is mounted here is nobody else's business. */
static long own_mounts(void) {
    long result = syscall(__NR_unshare, CLONE_NEWNS);
    return result < 0 ? result : syscall(__NR_mount, NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
}

/* Where the one before was: the descriptors that the engine has from it lie in its mount namespace, and nobody elsewhere may clone a mount of that or move one to
   it. setns(2) leads to the topmost mount at the namespace's root, so it is led back. */
static long its_place(void) {
    long result = syscall(__NR_setns, FD_USERNS, CLONE_NEWUSER);
    if (result < 0)
        return result;
    become_root();
    result = syscall(__NR_setns, FD_MNTNS, CLONE_NEWNS);
    if (result >= 0)
        result = syscall(__NR_fchdir, FD_ROOT);
    if (result >= 0)
        result = syscall(__NR_chroot, ".");
    if (result >= 0)
        result = syscall(__NR_fchdir, FD_CWD);
    sys_close_range(FD_JVM + 1, ~0u);
    return result;
}

static void begin(void) {
    sys_signals_reset();
    setsid();
    prctl(PR_SET_NAME, "caisson-worker", 0, 0, 0);
}

static _Noreturn void work(void) {
    int fds[WORKER_FDS];
    unsigned count;
    for (;;) {
        size_t size = receive(&in, sizeof in, fds, &count);
        serve(size, fds, count);
        for (unsigned i = 0; i < count; i++)
            close(fds[i]);
    }
}

_Noreturn void worker_main(void) {
    int fds[WORKER_FDS];
    unsigned count;
    sys_close_range(FD_JVM + 1, ~0u);
    begin();
    step(syscall(__NR_unshare, CLONE_NEWUSER));
    receive(&in, sizeof in, fds, &count);
    become_root();
    step(own_mounts());
    work();
}

_Noreturn void successor_main(void) {
    sys_close_range(FD_CWD + 1, ~0u);
    begin();
    step(its_place());
    work();
}

/* Root of the user namespace. Without a map of groups from /etc/subgid the kernel forbids setgroups(2): then the groups are the caller's. */
void become_root(void) {
    syscall(__NR_setresgid, 0, 0, 0);
    syscall(__NR_setresuid, 0, 0, 0);
}

/* The guard of an ordinary user's engine begins in the worker's user namespace. It executes itself once more, so that its children's files in /proc are of that
   namespace too, and their maps can be written from there. */
_Noreturn void enter_main(void) {
    char *argv[] = {"caisson-guard", "within", NULL}, *envp[] = {NULL};
    control = FD_CONTROL;
    if (syscall(__NR_setns, FD_USERNS, CLONE_NEWUSER) < 0)
        start_failed(0, "setns(CLONE_NEWUSER)");
    become_root();
    syscall(__NR_setgroups, 0, NULL);
    execve("/proc/self/exe", argv, envp);
    start_failed(0, "execve");
}
