/* Who and where the process is: credentials, capabilities, namespaces, limits, descriptors. */
#define _GNU_SOURCE
#include "observer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

static int ids(int argc, char **argv) {
    (void)argc, (void)argv;
    uid_t r, e, s;
    gid_t groups[65536];
    getresuid(&r, &e, &s);
    say("uid", "%u", r), say("euid", "%u", e), say("suid", "%u", s);
    getresgid(&r, &e, &s);
    say("gid", "%u", r), say("egid", "%u", e), say("sgid", "%u", s);
    int n = getgroups(65536, groups);
    char *list = calloc(n > 0 ? n : 1, 12), *at = list;
    for (int i = 0; i < n; i++)
        at += sprintf(at, i ? ",%u" : "%u", groups[i]);
    say("groups", "%s", list);
    free(list);
    say("pid", "%d", getpid()), say("ppid", "%d", getppid());
    say("sid", "%d", getsid(0)), say("pgid", "%d", getpgrp());
    mode_t mask = umask(0);
    umask(mask);
    say("umask", "%04o", mask);
    return KEEP_GOING;
}

static int caps(int argc, char **argv) {
    (void)argc, (void)argv;
    static const char *const sets[][2] = {{"inheritable", "CapInh"}, {"permitted", "CapPrm"}, {"effective", "CapEff"}, {"bounding", "CapBnd"}, {"ambient", "CapAmb"}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char key[32];
        snprintf(key, sizeof key, "cap.%s", sets[i][0]);
        say(key, "%s", status_field(sets[i][1]));
    }
    say("securebits", "0x%x", prctl(PR_GET_SECUREBITS));
    return KEEP_GOING;
}

static int confinement(int argc, char **argv) {
    (void)argc, (void)argv;
    say("seccomp", "%s", status_field("Seccomp"));
    say("seccomp_filters", "%s", status_field("Seccomp_filters"));
    say("no_new_privs", "%d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    say("dumpable", "%d", prctl(PR_GET_DUMPABLE));
    say("parent_death_signal", "%d", ({ int s = 0; prctl(PR_GET_PDEATHSIG, &s); s; }));
    say("signals.blocked", "%s", status_field("SigBlk"));
    say("signals.ignored", "%s", status_field("SigIgn"));
    say("signals.caught", "%s", status_field("SigCgt"));
    say("threads", "%s", status_field("Threads"));
    say("nice", "%d", getpriority(PRIO_PROCESS, 0));
    return KEEP_GOING;
}

/* The lines of a small file, blanks squeezed, each under a number; the errno's name when it cannot be read. */
static void say_file(const char *key, const char *path) {
    char line[256];
    FILE *file = fopen(path, "re");
    if (!file) {
        attempt(key, -1);
        return;
    }
    for (int i = 0; fgets(line, sizeof line, file); i++) {
        char name[64], all[sizeof line + 1] = "", *rest = line, *word;
        while ((word = strsep(&rest, " \t\n")))
            if (*word)
                strcat(strcat(all, *all ? " " : ""), word);
        snprintf(name, sizeof name, "%s.%d", key, i);
        say(name, "%s", all);
    }
    fclose(file);
}

static int inherited(int argc, char **argv) {
    (void)argc, (void)argv;
    cpu_set_t cpus;
    struct stat owner = {0};
    say_file("oom_score_adj", "/proc/self/oom_score_adj");
    say("scheduler", "%d", sched_getscheduler(0));
    say("cpus", "%d of %ld", sched_getaffinity(0, sizeof cpus, &cpus) ? -1 : CPU_COUNT(&cpus), sysconf(_SC_NPROCESSORS_CONF));
    say("io_priority", "%ld", syscall(SYS_ioprio_get, 1, 0));
    say("timer_slack", "%d", prctl(PR_GET_TIMERSLACK));
    say("child_subreaper", "%d", ({ int s = 0; prctl(PR_GET_CHILD_SUBREAPER, &s); s; }));
    say("thp_disable", "%d", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    stat("/proc/self/fd", &owner);
    say("proc.owner", "%u:%u", owner.st_uid, owner.st_gid);
    say_file("uid_map", "/proc/self/uid_map");
    say_file("gid_map", "/proc/self/gid_map");
    say_file("setgroups", "/proc/self/setgroups");
    long ring = syscall(SYS_keyctl, 0L, -3L, 0L, 0L, 0L);
    if (ring < 0)
        attempt("keyring.session", ring);
    else
        say("keyring.session", "%ld", ring);
    return KEEP_GOING;
}

static int namespaces(int argc, char **argv) {
    (void)argc, (void)argv;
    static const char *const kinds[] = {"mnt", "pid", "net", "ipc", "uts", "user", "cgroup", "time"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char path[64], target[64], key[32];
        snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
        snprintf(key, sizeof key, "ns.%s", kinds[i]);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0)
            attempt(key, n);
        else
            say(key, "%.*s", (int)n, target);
    }
    return KEEP_GOING;
}

static int limits(int argc, char **argv) {
    (void)argc, (void)argv;
    static const char *const names[] = {"cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime"};
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit limit;
        char key[32], soft[24] = "unlimited", hard[24] = "unlimited";
        getrlimit(i, &limit);
        if (limit.rlim_cur != RLIM_INFINITY)
            snprintf(soft, sizeof soft, "%lu", (unsigned long)limit.rlim_cur);
        if (limit.rlim_max != RLIM_INFINITY)
            snprintf(hard, sizeof hard, "%lu", (unsigned long)limit.rlim_max);
        snprintf(key, sizeof key, "rlimit.%s", names[i]);
        say(key, "%s:%s", soft, hard);
    }
    return KEEP_GOING;
}

static int environment(int argc, char **argv) {
    (void)argc, (void)argv;
    for (int i = 0; environ[i]; i++) {
        char *equals = strchr(environ[i], '=');
        char key[4096];
        if (!equals) {
            say("malformed", "%s", environ[i]);
            continue;
        }
        snprintf(key, sizeof key, "env.%.*s", (int)(equals - environ[i]), environ[i]);
        say(key, "%s", equals + 1);
    }
    return KEEP_GOING;
}

static int arguments(int argc, char **argv) {
    say("argc", "%d", argc - 1);
    for (int i = 1; i < argc; i++) {
        char key[32];
        snprintf(key, sizeof key, "arg.%d", i - 1);
        say(key, "%s", argv[i]);
    }
    return KEEP_GOING;
}

static int cwd(int argc, char **argv) {
    (void)argc, (void)argv;
    char path[8192];
    /* The raw call: glibc falls back to walking up when the answer is "(unreachable)/...", which is what must be seen here. */
    if (syscall(SYS_getcwd, path, sizeof path) < 0)
        attempt("cwd", -1);
    else
        say("cwd", "%s", path);
    struct stat here, root;
    if (!stat(".", &here) && !stat("/", &root)) {
        say("cwd.inode", "%lx:%lu", (long)here.st_dev, (long)here.st_ino);
        say("root.inode", "%lx:%lu", (long)root.st_dev, (long)root.st_ino);
    }
    return KEEP_GOING;
}

static const char *kind_of(mode_t mode) {
    return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "dir" : S_ISCHR(mode) ? "char" : S_ISBLK(mode) ? "block" : S_ISFIFO(mode) ? "fifo" : S_ISSOCK(mode) ? "socket" : "other";
}

/* By trying every number, so that it also tells the truth where /proc is missing or masked. */
static int fds(int argc, char **argv) {
    (void)argc, (void)argv;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    /* A descriptor may have been opened before the limit was lowered. */
    long last = limit.rlim_max < 65536 ? 65536 : limit.rlim_max > (1 << 20) ? (1 << 20) : (long)limit.rlim_max;
    for (int fd = 0; fd < last; fd++) {
        int descriptor_flags = fcntl(fd, F_GETFD);
        if (descriptor_flags < 0)
            continue;
        char path[64], target[4096], key[32];
        struct stat st = {0};
        fstat(fd, &st);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        snprintf(key, sizeof key, "fd.%d", fd);
        say(key, "%.*s", n < 0 ? 0 : (int)n, target);
        snprintf(key, sizeof key, "fd.%d.kind", fd);
        say(key, "%s %lx:%lu", kind_of(st.st_mode), (long)st.st_dev, (long)st.st_ino);
        snprintf(key, sizeof key, "fd.%d.flags", fd);
        say(key, "0%o%s", fcntl(fd, F_GETFL), descriptor_flags & FD_CLOEXEC ? " cloexec" : "");
    }
    return KEEP_GOING;
}

static int host(int argc, char **argv) {
    (void)argc, (void)argv;
    struct utsname uts;
    uname(&uts);
    say("hostname", "%s", uts.nodename);
    say("domainname", "%s", uts.domainname);
    say("kernel", "%s", uts.release);
    say("machine", "%s", uts.machine);
    return KEEP_GOING;
}

static int terminal(int argc, char **argv) {
    (void)argc, (void)argv;
    struct winsize size = {0};
    for (int fd = 0; fd < 3; fd++) {
        char key[16];
        snprintf(key, sizeof key, "tty.%d", fd);
        say(key, "%s", isatty(fd) ? ttyname(fd) ? ttyname(fd) : "yes" : "no");
    }
    if (!ioctl(0, TIOCGWINSZ, &size))
        say("window", "%dx%d", size.ws_row, size.ws_col);
    int controlling = open("/dev/tty", O_RDWR | O_CLOEXEC);
    attempt("controlling", controlling);
    if (controlling >= 0)
        close(controlling);
    return KEEP_GOING;
}

const struct command identity_commands[] = {
    {"ids", "real, effective and saved ids, groups, pid, session, umask", 0, ids},
    {"caps", "the five capability sets and the securebits", 0, caps},
    {"confinement", "seccomp mode, no_new_privs, dumpable, signal masks, threads, nice", 0, confinement},
    {"inherited", "oom score, scheduler, affinity, priorities, owner in /proc, id maps, session keyring", 0, inherited},
    {"namespaces", "inode of each namespace", 0, namespaces},
    {"limits", "each rlimit as soft:hard", 0, limits},
    {"env", "the environment", 0, environment},
    {"args", "[ARG...]: the operands as received", 0, arguments},
    {"cwd", "raw getcwd(2); inodes of . and /", 0, cwd},
    {"fds", "every open descriptor: target, kind, flags", 0, fds},
    {"host", "uname(2)", 0, host},
    {"terminal", "which of 0-2 is a terminal, its window, is there a controlling one", 0, terminal},
    {0},
};
