package dev.caisson.core.landlock;

import dev.caisson.core.security.seccomp.Arch;
import dev.caisson.core.security.seccomp.ProfileReader;
import dev.caisson.core.security.seccomp.SeccompProgram;
import dev.caisson.core.security.seccomp.Target;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A second system call filter, on top of docker's: what namespaces keep apart elsewhere and Landlock says nothing of. Modes, owners, times and attributes of files;
 * all sockets but pairs; System V and POSIX objects that the user's other processes have; limits, priorities and processors of these; watching directories.
 */
public final class Leftovers {
    private static final List<String> NEVER = List.of(
            "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "chown32", "fchown32", "lchown32",
            "utime", "utimes", "futimesat", "utimensat", "utimensat_time64", "setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr", "fremovexattr",
            "removexattrat", "file_setattr", "socket", "socketcall", "ipc", "shmget", "shmat", "shmctl", "semget", "semop", "semtimedop", "semtimedop_time64", "semctl", "msgget", "msgsnd",
            "msgrcv", "msgctl", "mq_open", "mq_unlink", "inotify_add_watch", "fanotify_init", "fanotify_mark", "ioprio_set", "sched_setattr", "process_madvise",
            "process_mrelease", "io_uring_setup");
    /** By the number of the argument that says whom it is about: 0 is who calls. */
    private static final List<String> OTHERS = List.of("prlimit64 0", "sched_setaffinity 0", "sched_setscheduler 0", "sched_setparam 0", "setpriority 1", "migrate_pages 0",
            "move_pages 0");
    /** Before Landlock knew signals (ABI 6): those to others cannot be told from those within, so there are none but to the caller's own process group. */
    private static final List<String> SIGNALS = List.of("tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal");
    private static final int EACCES = 13;
    private static final int EPERM = 1;
    private static final int F_SETOWN = 8;
    private static final int F_SETOWN_EX = 15;

    private Leftovers() {}

    /** The filter. @param signals whether Landlock keeps signals within */
    public static SeccompProgram program(Arch arch, boolean signals) {
        return ProfileReader.compile(json(signals).getBytes(StandardCharsets.UTF_8), new Target(arch, 0, Integer.MAX_VALUE, 0));
    }

    /** In OCI's words. The 32-bit architecture is named, so that its calls are denied and not its programs killed. */
    static String json(boolean signals) {
        List<String> rules = new ArrayList<>();
        rules.add(rule(NEVER.stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(",")), EACCES, ""));
        for (String other : OTHERS) {
            String[] word = other.split(" ");
            rules.add(rule("\"" + word[0] + "\"", EPERM, argument(Integer.parseInt(word[1]), 0, "SCMP_CMP_NE")));
        }
        if (!signals) {
            rules.add(rule(SIGNALS.stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(",")), EPERM, ""));
            rules.add(rule("\"kill\"", EPERM, argument(0, 0, "SCMP_CMP_NE")));
            for (int command : new int[] {F_SETOWN, F_SETOWN_EX}) {
                rules.add(rule("\"fcntl\",\"fcntl64\"", EPERM, argument(1, command, "SCMP_CMP_EQ")));
            }
        }
        return "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_ARM\"],\"syscalls\":["
                + String.join(",", rules) + "]}";
    }

    private static String rule(String names, int errno, String arguments) {
        return "{\"names\":[" + names + "],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":" + errno + (arguments.isEmpty() ? "" : ",\"args\":[" + arguments + "]") + "}";
    }

    private static String argument(int index, int value, String comparison) {
        return "{\"index\":" + index + ",\"value\":" + value + ",\"op\":\"" + comparison + "\"}";
    }
}
