/*
 * alone HOME PID   what a process can do to a user's files and to another of his processes, each attempt with the errno it gave (0: it worked).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static char path[4096];

static const char *in(const char *directory, const char *name) {
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void say(const char *what, long result) {
    int error = errno;
    printf("%s=%d\n", what, result < 0 ? error : 0);
}

static void file(const char *what, const char *name, int flags) {
    int fd = open(name, flags | O_CLOEXEC, 0600);
    say(what, fd);
    if (fd >= 0)
        close(fd);
}

static void files(const char *home) {
    file("read", in(home, "secret"), O_RDONLY);
    file("write", in(home, "secret"), O_WRONLY);
    file("readTruncate", in(home, "victim"), O_RDONLY | O_TRUNC);
    say("truncate", truncate(in(home, "victim"), 1));
    file("create", in(home, "made"), O_WRONLY | O_CREAT);
    file("list", home, O_RDONLY | O_DIRECTORY);
    say("mkdir", mkdir(in(home, "directory"), 0700));
    say("chmod", chmod(in(home, "victim"), 0666));
    say("fchmodat2", syscall(452, AT_FDCWD, in(home, "victim"), 0666, 0));
    say("utimes", utimes(in(home, "victim"), NULL));
    say("setxattr", setxattr(in(home, "victim"), "user.x", "y", 1, 0));
    say("symlink", symlink("/", in(home, "link")));
    char old[4096];
    strcpy(old, in(home, "victim"));
    say("rename", rename(old, in(home, "renamed")));
    say("unlink", unlink(in(home, "other")));
    const char *scratch = getenv("TMPDIR") ? getenv("TMPDIR") : home;
    strcpy(old, in(home, "secret"));
    say("link", link(old, in(scratch, "linked")));
    symlink(old, in(scratch, "led"));
    file("readByLink", in(scratch, "led"), O_RDONLY);
    say("inotify", inotify_add_watch(inotify_init(), home, IN_CREATE));
}

static void others(pid_t pid) {
    char name[64], byte;
    struct rlimit limit;
    cpu_set_t cpus;
    say("kill", kill(pid, SIGWINCH));
    say("sigqueue", sigqueue(pid, SIGWINCH, (union sigval){0}));
    say("pidfd", syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, pid, 0), SIGWINCH, NULL, 0));
    say("ptrace", ptrace(PTRACE_SEIZE, pid, 0, 0));
    snprintf(name, sizeof name, "/proc/%d/environ", pid);
    file("environ", name, O_RDONLY);
    snprintf(name, sizeof name, "/proc/%d/mem", pid);
    file("mem", name, O_RDWR);
    struct iovec local = {&byte, 1}, remote = {NULL, 1}; /* nothing is there: EFAULT is who may look */
    long seen = process_vm_readv(pid, &local, 1, &remote, 1, 0);
    say("vmRead", seen < 0 && errno == EFAULT ? 0 : seen);
    say("prlimit", prlimit(pid, RLIMIT_CORE, NULL, &limit));
    say("setpriority", setpriority(PRIO_PROCESS, pid, 5));
    sched_getaffinity(0, sizeof cpus, &cpus);
    say("affinity", sched_setaffinity(pid, sizeof cpus, &cpus));
}

static void kernel(void) {
    int pair[2];
    say("unixSocket", socket(AF_UNIX, SOCK_STREAM, 0));
    say("inetSocket", socket(AF_INET, SOCK_STREAM, 0));
    say("udpSocket", socket(AF_INET, SOCK_DGRAM, 0));
    say("netlinkSocket", socket(AF_NETLINK, SOCK_RAW, 0));
    say("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    int shm = shmget(IPC_PRIVATE, 4096, 0600);
    say("shm", shm);
    if (shm >= 0)
        shmctl(shm, IPC_RMID, NULL);
    file("devShm", "/dev/shm/caisson-alone", O_RDWR | O_CREAT);
    unlink("/dev/shm/caisson-alone");
    file("tmp", "/tmp", O_RDONLY | O_DIRECTORY);
    file("run", "/run", O_RDONLY | O_DIRECTORY);
    file("null", "/dev/null", O_RDWR);
    file("usr", "/usr/bin/env", O_RDONLY);
    file("passwd", "/etc/passwd", O_RDONLY);
    file("sshd", "/etc/caisson-hidden/file", O_RDONLY);
    file("cpuinfo", "/proc/cpuinfo", O_RDONLY);
    say("unshare", unshare(CLONE_NEWUSER));
    say("prlimitSelf", prlimit(0, RLIMIT_CORE, NULL, &(struct rlimit){0}));
    int child = fork();
    if (child == 0)
        pause();
    say("killChild", kill(child, SIGKILL));
    waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
    (void)argc;
    others(atoi(argv[2]));
    kernel();
    files(argv[1]);
    return 0;
}
