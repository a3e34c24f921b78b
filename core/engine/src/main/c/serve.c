/*
 * The guard: pid 1 of its PID namespace (but for one outside), in a mount namespace that holds nothing, in one loop over the engine's socket, the engine's
 * life, its children and their channels.
 */
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "guard.h"

#define LAST_PATIENCE 10000000000ull /* ns after the engine's end: then whatever still hangs is left to our own death */

bool closing, signals_default;
int self_pidfd = -1, loop_fd = -1;
static int children_fd = -1;
static uint64_t closing_since;

void start_failed(unsigned step, const char *what) {
    struct failure failure = {.list = LISTS, .op = (uint16_t)step, .error = errno};
    strncpy(failure.path, what, sizeof failure.path - 1);
    send_failed(0, &failure);
    _exit(1);
}

static int show(const char *type, const char *at) {
    int fs = (int)syscall(__NR_fsopen, type, FSOPEN_CLOEXEC), mount = -1;
    if (fs >= 0 && sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        mount = (int)syscall(__NR_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    int error = mount < 0 || sys_move_mount(mount, AT_FDCWD, at) < 0 ? errno : 0;
    if (mount >= 0)
        close(mount);
    if (fs >= 0)
        close(fs);
    return error;
}

/* No device can be made in a user namespace (mknod(2), EPERM), and what nobody but us may change can be shown to all. */
static int show_devices(const char *at) {
    static const struct { const char *name; unsigned major, minor; } devices[] = {
        {"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
    int fs = (int)syscall(__NR_fsopen, "tmpfs", FSOPEN_CLOEXEC), mount = -1;
    if (fs >= 0 && sys_fsconfig(fs, FSCONFIG_SET_STRING, "size", "4k", 0) == 0 && sys_fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) == 0 &&
        sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        mount = (int)syscall(__NR_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    int error = mount < 0 ? errno : 0;
    for (unsigned i = 0; error == 0 && i < sizeof devices / sizeof *devices; i++)
        error = mknodat(mount, devices[i].name, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)) < 0 ? errno : 0;
    if (error == 0 && sys_move_mount(mount, AT_FDCWD, at) < 0)
        error = errno;
    if (mount >= 0)
        close(mount);
    if (fs >= 0)
        close(fs);
    return error;
}

/* In a user namespace procfs and sysfs can be mounted only where a whole one is in sight already (mount_too_revealing() in the kernel's fs/namespace.c).
   A child sees these until it pivots. */
bool shown;

int show_kernel_files(void) {
    int error = 0;
    if (!shown && ((error = show("proc", "/p")) != 0 || (error = show("sysfs", "/s")) != 0 || (error = show_devices("/d")) != 0))
        return error;
    shown = true;
    return 0;
}

/* The same for a guard that is in a user namespace itself: the host's are in sight until it pivots. A sysfs is of the mounter's network namespace, which must be his
   own: a child mounts it from a new one. NULL, or what failed, with errno. */
static const char *show_while_seen(void) {
    int status = 0, error = show("proc", "p");
    if (error)
        return errno = error, "fsmount(proc)";
    pid_t pid = sys_clone(CLONE_NEWNET, SIGCHLD, NULL, -1, NULL);
    if (pid == 0)
        _exit(show("sysfs", "s"));
    if (pid < 0)
        return "clone3(CLONE_NEWNET)";
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        return errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR, "fsmount(sysfs)";
    shown = true;
    return NULL;
}

/* An empty, read-only tmpfs with a directory, /r, where OP_ROOT attaches, and three for show_kernel_files(): a clone copies it instead of the host's mounts, and nothing of the
   host has a name here. */
static void enter_empty_root(bool within) {
    if (syscall(__NR_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        start_failed(1, "mount(/, MS_PRIVATE)");
    int fs = (int)syscall(__NR_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (fs < 0 || sys_fsconfig(fs, FSCONFIG_SET_STRING, "size", "64k", 0) < 0 || sys_fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
        sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        start_failed(2, "fsopen(tmpfs)");
    int root = (int)syscall(__NR_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    if (root < 0 || mkdirat(root, "r", 0755) < 0 || mkdirat(root, "p", 0755) < 0 || mkdirat(root, "s", 0755) < 0 || mkdirat(root, "d", 0755) < 0 || sys_mount_setattr(root, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
        start_failed(3, "fsmount(tmpfs)");
    if (sys_move_mount(root, AT_FDCWD, "/") < 0 || fchdir(root) < 0)
        start_failed(4, "move_mount(tmpfs, /)");
    const char *what = within ? show_while_seen() : NULL;
    if (what)
        start_failed(5, what);
    if (syscall(__NR_pivot_root, ".", ".") < 0 || sys_detach(".") < 0 || chdir("/") < 0)
        start_failed(5, "pivot_root");
    close(root);
    close(fs);
}

/* 0-2 must be taken, or a received descriptor becomes some child's stdin; an empty sealed memfd is a file of nobody. */
static void take_standard_streams(void) {
    int empty = memfd_create("empty", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (empty < 0 || fcntl(empty, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        start_failed(6, "memfd_create");
    for (int fd = 0; fd <= 2; fd++) {
        if (empty != fd)
            dup2(empty, fd);
    }
    if (empty > 2)
        close(empty);
}

void open_loop(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);
    children_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    self_pidfd = sys_pidfd_open(getpid());
    loop_fd = epoll_create1(EPOLL_CLOEXEC);
    if (children_fd < 0 || self_pidfd < 0 || loop_fd < 0)
        start_failed(7, "epoll_create1");
    watch(children_fd, WATCH_CHILDREN, 0);
}

void watch(int fd, uint64_t kind, uint64_t index) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = kind << 32 | index};
    epoll_ctl(loop_fd, EPOLL_CTL_ADD, fd, &event);
}

void unwatch(int fd) {
    epoll_ctl(loop_fd, EPOLL_CTL_DEL, fd, NULL);
}

void reap(void) {
    int status;
    struct rusage rusage;
    for (pid_t pid; (pid = wait4(-1, &status, WNOHANG | __WALL, &rusage)) > 0;) {
        struct task *task = task_by_pid(pid);
        if (task) /* others are orphans that came to us as their pid 1 */
            task_exited(task, status, &rusage);
    }
}

/* The engine is gone or wants us gone: the loop goes on until the last launch is undone. */
void close_down(void) {
    if (closing)
        return;
    closing = true;
    detach_forget_all();
    closing_since = now_ns();
    if (getpid() == 1)
        kill(-1, SIGKILL);
    for (struct task *task = NULL; (task = task_next(task));)
        task_kill_tree(task);
}

static void dispatch(const struct epoll_event *event) {
    struct task *task;
    struct signalfd_siginfo info[8];
    switch ((enum watched)(event->data.u64 >> 32)) {
    case WATCH_CONTROL:
        outbox_flush();
        control_read();
        break;
    case WATCH_JVM: /* a leaked copy of its end of the socket may live on */
        if (poll(&(struct pollfd){.fd = FD_JVM, .events = POLLIN}, 1, 0) > 0) /* by now it may be another's */
            control_lost();
        break;
    case WATCH_CHILDREN:
        while (read(children_fd, info, sizeof info) == sizeof info)
            ;
        reap();
        break;
    case WATCH_LISTENER:
        detach_visit();
        break;
    case WATCH_VISITOR:
        detach_visitor((unsigned)event->data.u64);
        break;
    case WATCH_OUTPUT:
        spool_read(event->data.u64 & 0xffffffffu);
        break;
    case WATCH_CHANNEL:
        task = task_at((unsigned)event->data.u64);
        if (task)
            channel_read(task);
        break;
    }
}

void loop(bool until_last) {
    struct epoll_event events[32];
    while (!(closing || until_last) || task_count() > 0 || outbox_pending()) {
        int timeout = undo_timeout(), pause = again_timeout();
        if (pause >= 0 && (timeout < 0 || pause < timeout))
            timeout = pause;
        if (closing) {
            if (now_ns() - closing_since > LAST_PATIENCE)
                break;
            timeout = timeout < 0 || timeout > 100 ? 100 : timeout;
        }
        int count = epoll_wait(loop_fd, events, 32, timeout);
        for (int i = 0; i < count; i++)
            dispatch(&events[i]);
        undo_tick();
        again_tick();
        if (detach_over())
            close_down();
    }
}

void guard_main(int stub_done, bool within) {
    char byte;
    ssize_t told;
    while ((told = read(stub_done, &byte, 1)) < 0 && errno == EINTR)
        ;
    if (told != 1)
        _exit(0); /* the stub died before the JVM was told of us: nobody could wait for us later */
    close(stub_done);
    umask(file_mask = 0);
    setsid(); /* out of the terminal's session: its signals are the JVM's */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NAME, "caisson-guard", 0, 0, 0);
    if (getpid() != 1)
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* orphans are ours to wait for, as they are pid 1's */
    for (int i = 0; i < MAX_ENGINE_SLOTS; i++)
        engine_slots[i] = SLOT_EMPTY;
    enter_empty_root(within);
    take_standard_streams();
    open_loop();
    watch(FD_CONTROL, WATCH_CONTROL, 0);
    watch(FD_JVM, WATCH_JVM, 0);
    send_message(MSG_READY, 0, PROTOCOL_VERSION, 0, NULL, 0, -1);
    loop(false);
    farewell_run();
    _exit(0);
}
