/*
 * What comes right before the program, and programs beside it (OCI runtime specification, "Lifecycle"): the gate that somebody else opens, hooks in the container,
 * and hooks of the host's, which the engine starts through us.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "guard.h"

/* Whoever waits for RUNNING is told by the end of the channel: everything is there but the program, and this may stay so for days. */
int op_gate(struct context *c, const struct op *op) {
    char byte;
    ssize_t size;
    close(c->channel);
    c->channel = -1;
    while ((size = read(slot_fd(c, op->slot), &byte, 1)) < 0 && errno == EINTR)
        ;
    if (size == 0)
        errno = EPIPE;
    return size == 1 ? 0 : fail(c, STEP_READ, NULL);
}

/* 0, or the errno that stands for how it ended. */
static int outcome(pid_t pid, int pidfd, uint64_t timeout) {
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    uint64_t deadline = now_ns() + timeout * 1000000u;
    int status, ready;
    do {
        uint64_t now = now_ns();
        ready = poll(&ended, 1, timeout == 0 ? -1 : now >= deadline ? 0 : (int)((deadline - now) / 1000000u) + 1);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    close(pidfd);
    if (ready <= 0)
        return ETIMEDOUT;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ENOENT : WIFEXITED(status) && WEXITSTATUS(status) == 126 ? EACCES : ECANCELED;
}

int op_hook(struct context *c, const struct op *op) {
    int state = slot_fd(c, op->slot), pidfd = -1;
    char **argv = string_array(string(c, op->t), op->t.size), **envp = string_array(string(c, op->u), op->u.size);
    if (argv == NULL || envp == NULL || lseek(state, 0, SEEK_SET) < 0)
        return fail(c, STEP_OPEN, NULL);
    pid_t pid = sys_clone(0, SIGCHLD, &pidfd, -1, NULL);
    if (pid < 0)
        return fail(c, STEP_CLONE, NULL);
    if (pid == 0) {
        if (dup2(state, 0) == 0)
            execve(string(c, op->s), argv, envp);
        _exit(errno == ENOENT || errno == ENOTDIR ? 127 : 126);
    }
    errno = outcome(pid, pidfd, op->a);
    return errno == 0 ? 0 : fail(c, STEP_ONLY, NULL);
}

static void end_group(int signal) {
    kill(-getpid(), SIGKILL); /* ourselves, too */
    _exit(128 + signal);
}

/* Waits for the program and ends as it did. When the thread that waits for us ends, so do we, and with us what the program has started, as far as it is in our group. */
static _Noreturn void attend(pid_t program) {
    struct sigaction end = {.sa_handler = end_group};
    sigset_t term;
    int status = 0;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigaction(SIGTERM, &end, NULL);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    while (waitpid(program, &status, __WALL) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none); /* the program's is enough */
    signal(WTERMSIG(status), SIG_DFL);
    kill(getpid(), WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

/*
 * caisson-guard hook COUNT PATH ARG...: the program with nothing of the JVM's but descriptors 0 to 2, in the namespaces that descriptors 3 and on are of, in "/", and
 * killed with all of its group when the thread that waits for it ends.
 */
_Noreturn void hook_main(char **argv) {
    int count = atoi(argv[2]);
    sigset_t term;
    setpgid(0, 0);
    sys_close_range((unsigned)(3 + count), ~0u);
    sys_signals_reset();
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL); /* until we know what to do then */
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    for (int i = 0; i < count; i++) {
        if (syscall(__NR_setns, 3 + i, 0) < 0) {
            dprintf(2, "setns: %s\n", strerror(errno));
            _exit(126);
        }
    }
    sys_close_range(3, ~0u);
    pid_t program = fork();
    if (program > 0)
        attend(program);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (program == 0 && chdir("/") == 0)
        execve(argv[3], argv + 4, environ);
    int error = errno;
    dprintf(2, "%s: %s\n", argv[3], strerror(error));
    _exit(error == ENOENT || error == ENOTDIR ? 127 : 126);
}
