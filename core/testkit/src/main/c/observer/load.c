/* Behaviour to be limited, signalled, waited for and killed. These end the program: nothing can follow them after "+". */
#define _GNU_SOURCE
#include "observer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void rest(double seconds) {
    struct timespec left = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) && errno == EINTR)
        ;
}

static int succeed(int argc, char **argv) {
    (void)argc, (void)argv;
    return 0;
}

static int leave(int argc, char **argv) {
    (void)argc;
    return number(argv[1]);
}

static int sleep_for(int argc, char **argv) {
    (void)argc;
    rest(strtod(argv[1], NULL));
    return KEEP_GOING;
}

static int echo(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        printf(i > 1 ? " %s" : "%s", argv[i]);
    putchar('\n');
    return KEEP_GOING;
}

static int lines(int argc, char **argv) {
    FILE *to = argc > 2 && !strcmp(argv[2], "stderr") ? stderr : stdout;
    long n = number(argv[1]);
    for (long i = 1; i <= n; i++)
        fprintf(to, "line %ld%s%s\n", i, argc > 3 ? " " : "", argc > 3 ? argv[3] : "");
    return KEEP_GOING;
}

/* One stream of bytes without a newline. */
static int flood(int argc, char **argv) {
    (void)argc;
    for (long left = number(argv[1]); left > 0; left--)
        if (putchar('x') == EOF)
            die("stdout");
    return KEEP_GOING;
}

static int die_by_signal(int argc, char **argv) {
    (void)argc;
    signal(number(argv[1]), SIG_DFL);
    raise(number(argv[1]));
    rest(1);
    return 1;
}

/* Says which signals arrive and dies of none of them but KILL. "ready" is printed once all are caught. */
static int hold(int argc, char **argv) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    puts("ready"), fflush(stdout);
    long until = argc > 1 ? number(argv[1]) : 0;
    for (long seen = 0; until == 0 || seen < until; seen++) {
        siginfo_t info;
        int signal_number = sigwaitinfo(&all, &info);
        if (signal_number == SIGCHLD)
            while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
        printf("signal=%d from=%d\n", signal_number, info.si_pid), fflush(stdout);
    }
    return 0;
}

/* Children that ignore TERM, each in a session of its own; the parent waits for them. */
static int stubborn(int argc, char **argv) {
    (void)argc;
    signal(SIGTERM, SIG_IGN);
    for (long n = number(argv[1]); n > 0; n--)
        if (fork() == 0) {
            setsid();
            for (;;)
                pause();
        }
    puts("ready"), fflush(stdout);
    for (;;)
        if (wait(NULL) < 0 && errno == ECHILD)
            return 0;
}

/* A grandchild that outlives us unless the container's end takes it along. */
static int orphan(int argc, char **argv) {
    (void)argc;
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            rest(strtod(argv[1], NULL));
        _exit(0);
    }
    wait(NULL);
    return KEEP_GOING;
}

static int eat(int argc, char **argv) {
    (void)argc;
    for (long mib = 1, n = number(argv[1]); mib <= n; mib++) {
        char *page = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) {
            attempt("eat", -1);
            return 1;
        }
        memset(page, 1, 1 << 20);
    }
    attempt("eat", 0);
    return KEEP_GOING;
}

/* Bounded: says how many of N children could be had, then lets them go. */
static int bomb(int argc, char **argv) {
    (void)argc;
    long wanted = number(argv[1]), made = 0;
    int gate[2], error = 0;
    if (pipe2(gate, O_CLOEXEC))
        die("pipe2");
    for (; made < wanted; made++) {
        pid_t pid = fork();
        if (pid < 0) {
            error = errno;
            break;
        }
        if (pid == 0) {
            char byte;
            close(gate[1]);
            _exit(read(gate[0], &byte, 1) != 0);
        }
    }
    close(gate[1]);
    while (wait(NULL) > 0)
        ;
    say("forked", "%ld", made);
    errno = error;
    attempt("fork", error ? -1 : 0);
    return KEEP_GOING;
}

static int spin(int argc, char **argv) {
    (void)argc;
    double limit = strtod(argv[1], NULL);
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) + (now.tv_nsec - start.tv_nsec) / 1e9 < limit);
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    say("cpu_usec", "%ld", used.tv_sec * 1000000L + used.tv_nsec / 1000);
    return KEEP_GOING;
}

/* The time a processor needs is nobody else's business; how long that takes is the scheduler's. */
static int compute(int argc, char **argv) {
    (void)argc;
    double wanted = strtod(argv[1], NULL);
    struct timespec start, now, used;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    while (used.tv_sec + used.tv_nsec / 1e9 < wanted);
    clock_gettime(CLOCK_MONOTONIC, &now);
    say("took_usec", "%ld", (now.tv_sec - start.tv_sec) * 1000000L + (now.tv_nsec - start.tv_nsec) / 1000);
    return KEEP_GOING;
}

const struct command load_commands[] = {
    {"true", "exit with 0", 0, succeed},
    {"exit", "N", 1, leave},
    {"sleep", "SECONDS", 1, sleep_for},
    {"echo", "[WORD...]", 0, echo},
    {"lines", "N [stdout|stderr [TEXT]]", 1, lines},
    {"flood", "BYTES: without a newline", 1, flood},
    {"die", "SIGNAL", 1, die_by_signal},
    {"hold", "[N]: block every signal and name each that arrives, N of them or for ever", 0, hold},
    {"stubborn", "N: children that ignore TERM", 1, stubborn},
    {"orphan", "SECONDS: leave a grandchild in another session behind", 1, orphan},
    {"eat", "MIB: touch that much memory", 1, eat},
    {"bomb", "N: fork until N or refused, say how many", 1, bomb},
    {"spin", "SECONDS: use a CPU for that long, say the CPU time got", 1, spin},
    {"compute", "SECONDS: use that much CPU time, say how long it took", 1, compute},
    {0},
};
