package dev.caisson.linux;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Processes by pidfd wherever the kernel allows: a pid can be given out again, a pidfd cannot. */
public final class Processes {
    public static final int WNOHANG = 1;
    public static final int WSTOPPED = 2;
    public static final int WEXITED = 4;
    /** Leave the child in a waitable state. */
    public static final int WNOWAIT = 0x01000000;

    public static final int CLD_EXITED = 1;
    public static final int CLD_KILLED = 2;
    public static final int CLD_DUMPED = 3;

    public static final int MFD_ALLOW_SEALING = 2;
    public static final int MFD_NOEXEC_SEAL = 8;
    public static final int MFD_EXEC = 0x10;

    public static final int RLIMIT_CPU = 0;
    public static final int RLIMIT_FSIZE = 1;
    public static final int RLIMIT_DATA = 2;
    public static final int RLIMIT_STACK = 3;
    public static final int RLIMIT_CORE = 4;
    public static final int RLIMIT_RSS = 5;
    public static final int RLIMIT_NPROC = 6;
    public static final int RLIMIT_NOFILE = 7;
    public static final int RLIMIT_MEMLOCK = 8;
    public static final int RLIMIT_AS = 9;
    /** For {@link Rlimit}: no limit. */
    public static final long RLIM_INFINITY = -1;

    private static final int P_PGID = 2;
    private static final int P_PIDFD = 3;
    private static final int MFD_CLOEXEC = 1;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    /** F_SEAL_SEAL, SHRINK, GROW, WRITE. */
    private static final int ALL_SEALS = 0xf;
    private static final int PIDFD_GET_INFO = 0xC040FF0B;
    private static final long PIDFD_INFO_EXIT = 1 << 3;

    /** How a child changed: {@code code} is {@code CLD_…}, {@code status} its exit code or signal. */
    public record ChildStatus(int pid, int uid, int code, int status) {}

    /** A resource limit; {@link #RLIM_INFINITY} for none. */
    public record Rlimit(long soft, long hard) {}

    private Processes() {}

    /** ESRCH if there is no such process. */
    public static Fd pidfdOpen(int pid) {
        long result = Kernel.raw(Nr.PIDFD_OPEN, pid, 0, 0, 0, 0, 0);
        return Fd.adopt((int) pidCheck(result, "pidfd_open", pid));
    }

    /** ESRCH once the process was waited for. */
    public static void pidfdSendSignal(Fd pidfd, int signal) {
        Kernel.fd("pidfd_send_signal", Nr.PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0, 0, 0);
    }

    /** A copy of another process's descriptor; needs the rights of ptrace(2) on it. */
    public static Fd pidfdGetfd(Fd pidfd, int number) {
        return Fd.adopt((int) Kernel.fd("pidfd_getfd", Nr.PIDFD_GETFD, pidfd, number, 0, 0, 0, 0));
    }

    /**
     * waitid(2) on a child by its pidfd.
     *
     * @param options {@link #WEXITED} and others, or-ed
     * @return empty with {@link #WNOHANG} when there is nothing to report
     */
    public static Optional<ChildStatus> waitid(Fd pidfd, int options) {
        return waitid(P_PIDFD, pidfd.value(), options, "P_PIDFD");
    }

    /** The same on any child of a process group; ESRCH or ECHILD when there is none. */
    public static Optional<ChildStatus> waitidGroup(int group, int options) {
        return waitid(P_PGID, group, options, "P_PGID");
    }

    private static Optional<ChildStatus> waitid(int type, int id, int options, String shown) {
        Arena arena = Arena.begin();
        int info = arena.alloc(Abi.SIGINFO_SIZE);
        Kernel.check(Kernel.raw(Nr.WAITID, type, id, arena.base + info, options, 0, 0), "waitid", shown);
        int pid = arena.memory.getInt(info + Abi.SIGINFO_PID);
        return pid == 0 ? Optional.empty() : Optional.of(new ChildStatus(
                pid, arena.memory.getInt(info + Abi.SIGINFO_UID), arena.memory.getInt(info + Abi.SIGINFO_CODE),
                arena.memory.getInt(info + Abi.SIGINFO_STATUS)));
    }

    /**
     * The wait status of a process that is not our child and has been reaped by its parent (ioctl PIDFD_GET_INFO, Linux
     * 6.15): exit code in bits 8–15, signal in bits 0–6. Empty while it runs, and on older kernels.
     */
    public static OptionalInt pidfdExitStatus(Fd pidfd) {
        Arena arena = Arena.begin();
        int info = arena.alloc(Abi.PIDFD_INFO_SIZE);
        arena.memory.putLong(info, PIDFD_INFO_EXIT);
        long result = Kernel.raw(Nr.IOCTL, pidfd.value(), PIDFD_GET_INFO & 0xffffffffL, arena.base + info, 0, 0, 0);
        if (result == -Errno.ENOTTY || result == -Errno.EINVAL || result == -Errno.ESRCH) {
            return OptionalInt.empty();
        }
        Kernel.check(result, "ioctl PIDFD_GET_INFO", "pidfd");
        boolean exited = (arena.memory.getLong(info) & PIDFD_INFO_EXIT) != 0;
        return exited ? OptionalInt.of(arena.memory.getInt(info + Abi.PIDFD_INFO_EXIT_CODE)) : OptionalInt.empty();
    }

    /**
     * An anonymous file in memory, close-on-exec.
     *
     * @param flags {@code MFD_…}; MFD_EXEC and MFD_NOEXEC_SEAL are left out on kernels before 6.3, which lack them
     */
    public static Fd memfdCreate(String name, int flags) {
        long result = Kernel.raw(Nr.MEMFD_CREATE, Arena.begin().string(name), flags | MFD_CLOEXEC, 0, 0, 0, 0);
        int newer = MFD_EXEC | MFD_NOEXEC_SEAL;
        if (result == -Errno.EINVAL && (flags & newer) != 0) {
            result = Kernel.raw(Nr.MEMFD_CREATE, Arena.begin().string(name), flags & ~newer | MFD_CLOEXEC, 0, 0, 0, 0);
        }
        return Fd.adopt((int) Kernel.check(result, "memfd_create", name));
    }

    /** Makes a memfd immutable for good: its size, its content, its seals. EBUSY while it is mapped writable. */
    public static void seal(Fd memfd) {
        Kernel.fd("fcntl F_ADD_SEALS", Nr.FCNTL, memfd, F_ADD_SEALS, ALL_SEALS, 0, 0, 0);
    }

    /** The seals of a memfd: F_SEAL_SEAL 1, SHRINK 2, GROW 4, WRITE 8, FUTURE_WRITE 16, EXEC 32. */
    public static int seals(Fd memfd) {
        return (int) Kernel.fd("fcntl F_GET_SEALS", Nr.FCNTL, memfd, F_GET_SEALS, 0, 0, 0, 0);
    }

    /**
     * Starts a program: no search in PATH, no environment but the given, an empty signal mask and all 64 signals at their
     * default. The child inherits {@code descriptors} and what the JVM holds without close-on-exec (nearly all the JDK
     * opens): its first act must be close_range(2).
     *
     * @param descriptors number in the child → our descriptor, which stays ours
     * @return the pid of a child that the caller must wait for
     */
    public static int posixSpawn(Path program, List<String> argv, List<String> env, Map<Integer, Fd> descriptors) {
        return Spawn.spawn(PathBytes.of(program), argv, env, descriptors);
    }

    /** As above; a path such as {@code /proc/self/fd/7} starts a memfd. */
    public static int posixSpawn(String program, List<String> argv, List<String> env, Map<Integer, Fd> descriptors) {
        return Spawn.spawn(program, argv, env, descriptors);
    }

    /** kill(2), by number: for processes that cannot be reused, and for the signal 0 that only asks. */
    public static void kill(int pid, int signal) {
        pidCheck(Kernel.raw(Nr.KILL, pid, signal, 0, 0, 0, 0), "kill", pid);
    }

    /** prctl(2) on the calling thread, or the process, as the option says. */
    public static long prctl(int option, long a, long b, long c, long d) {
        long result = Kernel.raw(Nr.PRCTL, option, a, b, c, d, 0);
        if (result < 0) {
            throw new SyscallException("prctl", Integer.toString(option), (int) -result);
        }
        return result;
    }

    public static int getpid() {
        return (int) Libc.syscall(Nr.GETPID, 0, 0, 0, 0, 0, 0);
    }

    public static int gettid() {
        return (int) Libc.syscall(Nr.GETTID, 0, 0, 0, 0, 0, 0);
    }

    public static int getuid() {
        return (int) Libc.syscall(Nr.GETUID, 0, 0, 0, 0, 0, 0);
    }

    public static int geteuid() {
        return (int) Libc.syscall(Nr.GETEUID, 0, 0, 0, 0, 0, 0);
    }

    public static int getgid() {
        return (int) Libc.syscall(Nr.GETGID, 0, 0, 0, 0, 0, 0);
    }

    public static int getegid() {
        return (int) Libc.syscall(Nr.GETEGID, 0, 0, 0, 0, 0, 0);
    }

    /** Whether this process has a capability in its effective set ({@code /proc/self/status}); false where that cannot be read. */
    public static boolean effective(int capability) {
        try {
            return java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/self/status"), java.nio.charset.StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> line.startsWith("CapEff:")).anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> capability & 1) != 0);
        } catch (java.io.IOException e) {
            return false;
        }
    }

    /** @param pid 0 for the JVM itself; @param resource one of {@code RLIMIT_…} */
    public static Rlimit getRlimit(int pid, int resource) {
        Arena arena = Arena.begin();
        int old = arena.alloc(16);
        pidCheck(Kernel.raw(Nr.PRLIMIT64, pid, resource, 0, arena.base + old, 0, 0), "prlimit64", pid);
        return new Rlimit(arena.memory.getLong(old), arena.memory.getLong(old + 8));
    }

    /** Raising the hard limit needs CAP_SYS_RESOURCE (EPERM). */
    public static void setRlimit(int pid, int resource, Rlimit limit) {
        Arena arena = Arena.begin();
        int wanted = arena.alloc(16);
        arena.memory.putLong(wanted, limit.soft()).putLong(wanted + 8, limit.hard());
        pidCheck(Kernel.raw(Nr.PRLIMIT64, pid, resource, arena.base + wanted, 0, 0, 0), "prlimit64", pid);
    }

    private static long pidCheck(long result, String call, int pid) {
        if (result < 0) {
            throw new SyscallException(call, "pid " + pid, (int) -result);
        }
        return result;
    }

    /** The pid of a pidfd's process as this process sees it; 0 when it is over (pidfd_open(2), /proc/self/fdinfo). */
    public static int pidOf(Fd pidfd) {
        try {
            for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/self/fdinfo/" + pidfd.value()), java.nio.charset.StandardCharsets.US_ASCII)) {
                if (line.startsWith("Pid:")) {
                    return Math.max(0, Integer.parseInt(line.substring(4).strip()));
                }
            }
            return 0;
        } catch (java.io.IOException e) {
            return 0;
        }
    }
}
