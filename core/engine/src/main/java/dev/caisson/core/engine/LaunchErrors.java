package dev.caisson.core.engine;

import dev.caisson.LaunchFailed;
import dev.caisson.Stage;
import dev.caisson.core.guard.GuardFailure;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Errno;

/** Turns the guard's record of a failed operation into a sentence with a remedy. */
final class LaunchErrors {
    private LaunchErrors() {}

    /** @param who the container, or the exec, for the message */
    static LaunchFailed of(String who, LaunchPlan plan, GuardFailure failure, String program) {
        Op op = failure.op(plan).orElse(null);
        OpCode code = op == null ? null : op.code();
        int errno = failure.errno();
        Stage stage = code == OpCode.EXEC ? Stage.EXEC : Stage.SPAWN;
        String reason = Errno.describe(errno);
        int size = plan.ops(failure.phase()).size();
        String where = failure.index() < size ? " (" + failure.phase() + " op " + (failure.index() + 1) + " of " + size + ")" : " (after " + failure.phase() + ")";
        if (code == OpCode.EXEC) {
            return exec(who, failure, program, reason);
        }
        String about = op == null || op.about().isEmpty() ? "" : op.about() + ": ";
        // An index behind the list is the clone itself: the path names the call.
        String action = code != null ? code.text() : failure.code() == 0 ? "clone a process:" : "do operation " + failure.code();
        String path = failure.path().isEmpty() ? "" : " " + failure.path();
        String remedy = about.startsWith("security label ") ? "load the profile (apparmor_parser -r FILE; aa-status lists those there are), or give a label that the policy knows"
                : remedy(code, errno);
        return new LaunchFailed(stage, "could not start " + who + ": " + about + "could not " + action + path + ": " + reason + where,
                remedy, errno, 125, null);
    }

    private static LaunchFailed exec(String who, GuardFailure failure, String program, String reason) {
        int errno = failure.errno();
        if (errno == Errno.ENOENT || errno == Errno.ENOTDIR) {
            return new LaunchFailed(Stage.EXEC, "could not start " + who + ": program '" + program + "' was not found: " + failure.path() + ": " + reason,
                    "check the spelling and the container's PATH; for a script or a dynamic program, that its interpreter exists in the root file system",
                    errno, 127, null);
        }
        String remedy = switch (errno) {
            case Errno.EACCES -> "make it executable for the container's user (chmod +x), and its file system not noexec";
            case Errno.ENOEXEC -> "it is no program for this machine; a script needs a first line such as #!/bin/sh";
            case Errno.EPERM -> "the system call policy or the capability bounding set forbids it";
            case Errno.E2BIG -> "arguments and environment are too large together";
            default -> "";
        };
        return new LaunchFailed(Stage.EXEC, "could not start " + who + ": program '" + program + "' cannot be executed: " + failure.path() + ": " + reason,
                remedy, errno, 126, null);
    }

    private static String remedy(@org.jspecify.annotations.Nullable OpCode code, int errno) {
        return switch (code == null ? OpCode.UNSHARE : code) { // a clone fails for the reasons an unshare does
            case CHDIR -> errno == Errno.ENOTDIR ? "the working directory, or a part of its path, is no directory" : "give another workdir(…)";
            case ATTACH, OPEN_TREE, MKDIR -> errno == Errno.ELOOP || errno == Errno.ENOENT || errno == Errno.ENOTDIR || errno == Errno.EXDEV
                    ? "the target leads through a symbolic link that goes nowhere or leaves the root file system; give the real path"
                    : errno == Errno.EPERM ? "a symbolic link of the image leads the target below /proc, which nothing may cover; give another target" : "";
            case WRITE -> errno == Errno.ENOENT ? "this kernel does not have it; leave it out" : "the kernel does not take that value here";
            case RLIMIT -> errno == Errno.EPERM ? "raising a hard limit needs CAP_SYS_RESOURCE; ask for at most the engine's own hard limit" : "";
            case FSMOUNT -> errno == Errno.ENODEV ? "this kernel lacks that file system" : errno == Errno.EINVAL ? "an option is not one the file system takes" : "";
            case SECCOMP -> "the filter is not one the kernel takes; try seccompUnconfined() to see whether it is the cause";
            case CGROUP_MAKE -> errno == Errno.EEXIST ? "a cgroup of that name is left over; remove it" : "give the engine a writable Engine.builder().cgroupParent(…)";
            default -> errno == Errno.ENOSYS ? "a newer kernel, or a seccomp profile that allows the call; Containers.check() says which" : errno == Errno.EPERM ? "the engine needs root, or of an ordinary user's host what Containers.check() says is missing"
                    : errno == Errno.ENOSPC ? "a kernel limit is reached: see /proc/sys/user/max_*_namespaces and /proc/sys/fs/mount-max"
                    : errno == Errno.EAGAIN ? "the limit of processes is reached (ulimit -u, pids cgroup)" : "";
        };
    }
}
