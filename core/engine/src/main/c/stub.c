/*
 * The stub: what posix_spawn starts. It clones the guard as pid 1 of a PID namespace (but for one outside) and as a child of the JVM, says so, and is done.
 */
#include <string.h>

#include "guard.h"

/* within: in a user namespace, whose mounts of procfs and sysfs have to be made while the host's are in sight. outside: in the JVM's PID namespace, for containers that are */
void stub_main(bool within, bool outside) {
    int pidfd = -1, done[2];
    sys_close_range(FD_LOCK + 1, ~0u); /* JDK 17 opens nearly every descriptor without CLOEXEC */
    sys_signals_reset();
    signals_default = true;
    setpgid(0, 0); /* should this die before it has named the guard, the JVM finds the guard by this group */
    control = FD_CONTROL;
    if (pipe2(done, O_CLOEXEC) < 0)
        start_failed(0, "pipe2");
    /* With CLONE_PARENT the exit signal is the caller's own and must be given as 0. */
    pid_t pid = sys_clone((outside ? 0 : CLONE_NEWPID) | CLONE_NEWNS | CLONE_PARENT, 0, &pidfd, -1, NULL);
    if (pid < 0)
        start_failed(0, "clone3(CLONE_NEWPID | CLONE_NEWNS)");
    if (pid == 0) {
        close(done[1]);
        guard_main(done[0], within);
    }
    send_message(MSG_GUARD, 0, (uint64_t)pid, 0, NULL, 0, pidfd);
    _exit(write(done[1], "", 1) == 1 ? 0 : 1);
}
