/*
 * One program under Landlock alone, where the host forbids namespaces. There is no PID namespace whose end would be everybody's, so this process stays as the
 * subreaper of all that the program starts: whoever loses its parent becomes a child of ours, and at the end we kill our children until there are none.
 *
 *   [ JVM ] --- posix_spawn(confine) with the descriptors of protocol.h ---> [ we ] --- fork, the plan's CHILD list ---> [ the program ]
 *           <-- FAILED(list, op, errno, path), or EXITED(status, rusage) --- then we end; EXITED with a = 1: something could not be killed
 *           --- a byte, end of file, or its death -------------------------> we kill everything
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "guard.h"

#define PATIENCE 10000000000ull /* ns that the killing may take: who forks faster than we can look is caught by chance, which is soon */

static struct { struct message head; union { struct failure failure; struct exited exited; } more; } answer;

static _Noreturn void say(unsigned type, uint64_t a, size_t size) {
    answer.head.type = (uint16_t)type;
    answer.head.a = a;
    char byte;
    while (recv(FD_CONTROL, &byte, 1, MSG_DONTWAIT) > 0)
        ; /* what it leaves unread would be told to the engine as an error */
    while (send(FD_CONTROL, &answer, sizeof answer.head + size, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
    _exit(0);
}

static _Noreturn void set_up_failed(const char *what) {
    answer.more.failure.list = LISTS;
    answer.more.failure.error = errno;
    strncpy(answer.more.failure.path, what, sizeof answer.more.failure.path - 1);
    say(MSG_FAILED, 0, sizeof answer.more.failure);
}

/* Every child of ours, those that lost their parent included (proc(5), CONFIG_PROC_CHILDREN). */
static int children;

static bool look_at_children(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    children = open(path, O_RDONLY | O_CLOEXEC);
    return children >= 0;
}

static void kill_children(void) {
    char line[4096];
    ssize_t size = pread(children, line, sizeof line - 1, 0);
    if (size <= 0)
        return;
    line[size] = 0;
    if (size == (ssize_t)sizeof line - 1) {
        char *last = strrchr(line, ' ');
        if (last)
            *last = 0; /* the last number may be cut */
    }
    for (char *at = line, *end; *at; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at)
            return;
        kill((pid_t)pid, SIGKILL);
    }
}

/* False if something lives on. */
static bool kill_all(void) {
    for (uint64_t until = now_ns() + PATIENCE; now_ns() < until;) {
        kill_children();
        pid_t pid;
        while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
            ;
        if (pid < 0 && errno == ECHILD)
            return true;
        syscall(__NR_sched_yield);
    }
    return false;
}

static bool wait_for(pid_t program, struct exited *exited) {
    int status;
    struct rusage usage;
    for (pid_t pid; (pid = wait4(-1, &status, WNOHANG | __WALL, &usage)) > 0;) {
        if (pid == program) {
            exited->status = status;
            exited->user_usec = (uint64_t)usage.ru_utime.tv_sec * 1000000 + (uint64_t)usage.ru_utime.tv_usec;
            exited->system_usec = (uint64_t)usage.ru_stime.tv_sec * 1000000 + (uint64_t)usage.ru_stime.tv_usec;
            exited->max_rss_kib = (uint64_t)usage.ru_maxrss;
            return true;
        }
    }
    return false;
}

/* Until the program ends. When the engine wants it to, or is gone, it is killed with all others. */
static _Noreturn void supervise(pid_t program, int channel, int signals, uint64_t started) {
    struct pollfd ends[4] = {{.fd = channel, .events = POLLIN}, {.fd = FD_CONTROL, .events = POLLIN}, {.fd = FD_JVM, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    struct exited exited = {.status = 0};
    struct failure failure;
    bool failed = false;
    for (bool over = false; !over;) {
        if (poll(ends, 4, -1) < 0)
            continue;
        if (ends[0].revents) {
            failed = read(channel, &failure, sizeof failure) == (ssize_t)sizeof failure;
            ends[0].fd = -1;
        }
        if (ends[1].revents || ends[2].revents) {
            kill(program, SIGKILL);
            ends[1].fd = ends[2].fd = -1;
        }
        if (ends[3].revents) {
            struct signalfd_siginfo info;
            if (read(signals, &info, sizeof info) > 0)
                over = wait_for(program, &exited);
        }
    }
    exited.elapsed_nsec = now_ns() - started;
    bool all = kill_all();
    if (!failed && ends[0].fd >= 0)
        failed = read(channel, &failure, sizeof failure) == (ssize_t)sizeof failure;
    if (failed) {
        answer.more.failure = failure;
        say(MSG_FAILED, !all, sizeof failure);
    }
    answer.more.exited = exited;
    say(MSG_EXITED, !all, sizeof exited);
}

static _Noreturn void become(struct context *c, int ruleset) {
    int keep[] = {c->channel, ruleset};
    if (close_all_but(keep, 2) < 0)
        _exit(126);
    child_run(c, LIST_CHILD);
}

_Noreturn void confine_main(void) {
    static int local[MAX_SLOTS];
    struct plan_facts facts;
    uint32_t size;
    uint64_t child = 1ull << (SIGCHLD - 1);
    int channel[2];
    sys_close_range(FD_PLAN + 1, ~0u);
    sys_signals_reset();
    setsid();
    prctl(PR_SET_NAME, "caisson-confine", 0, 0, 0);
    const uint8_t *base = map_plan(FD_PLAN, &size);
    if (!base || !plan_check(base, size, &facts) || !plan_continues(base, &facts, base) || ((const struct plan *)base)->fds != 1) {
        errno = EINVAL;
        set_up_failed("plan");
    }
    for (unsigned i = 0; i < MAX_SLOTS; i++)
        local[i] = SLOT_EMPTY;
    local[((const struct plan *)base)->first] = FD_RULESET;
    /* Not dumpable: nobody reads or traces us, nor the child before it is the program. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        set_up_failed("prctl");
    if (!look_at_children())
        set_up_failed("/proc/self/task/…/children");
    sys_signal_mask(child);
    int signals = signalfd(-1, &(sigset_t){{child}}, SFD_CLOEXEC);
    if (signals < 0 || pipe2(channel, O_CLOEXEC | O_NONBLOCK) < 0)
        set_up_failed("pipe2");
    uint64_t started = now_ns();
    struct context c = {.base = base, .local = local, .channel = channel[1], .cgroup = -1};
    pid_t pid = sys_clone(0, SIGCHLD, NULL, -1, NULL);
    if (pid < 0)
        set_up_failed("clone");
    if (pid == 0)
        become(&c, FD_RULESET);
    close(channel[1]);
    close(FD_PLAN);
    close(FD_RULESET);
    for (int stream = 0; stream < 3; stream++)
        close(stream); /* who reads them sees their end with the program */
    supervise(pid, channel[0], signals, started);
}
