package dev.caisson.linux;

/**
 * Namespaces of the calling thread. A JVM has many threads, so {@code setns} and {@code unshare} move only one of them, and a
 * thread cannot enter a user namespace at all (EINVAL); see {@link NamespaceThread} for work elsewhere.
 */
public final class Namespaces {
    /** A kind of namespace: its {@code CLONE_NEW…} flag and its name in {@code /proc/<pid>/ns}. */
    public enum Kind {
        TIME(0x00000080, "time"),
        MNT(0x00020000, "mnt"),
        CGROUP(0x02000000, "cgroup"),
        UTS(0x04000000, "uts"),
        IPC(0x08000000, "ipc"),
        USER(0x10000000, "user"),
        PID(0x20000000, "pid"),
        NET(0x40000000, "net");

        private final int flag;
        private final String proc;

        Kind(int flag, String proc) {
            this.flag = flag;
            this.proc = proc;
        }

        /** {@code CLONE_NEWNET} and its relatives. */
        public int flag() {
            return flag;
        }

        /** The file name below {@code /proc/<pid>/ns}. */
        public String proc() {
            return proc;
        }
    }

    private Namespaces() {}

    /** The namespace a process is in. */
    public static Fd open(int pid, Kind kind) {
        return FileCalls.open("/proc/" + pid + "/ns/" + kind.proc(), Fcntl.O_RDONLY, 0);
    }

    /** The namespace the calling thread is in. */
    public static Fd current(Kind kind) {
        return FileCalls.open("/proc/thread-self/ns/" + kind.proc(), Fcntl.O_RDONLY, 0);
    }

    /** Moves the calling thread; EINVAL if the descriptor is of another kind. */
    public static void setns(Fd namespace, Kind kind) {
        Kernel.fd("setns", Nr.SETNS, namespace, kind.flag(), 0, 0, 0, 0);
    }

    /** Moves the calling thread into new namespaces; {@code flags} are those of {@link Kind}, or-ed. */
    public static void unshare(int flags) {
        long result = Kernel.raw(Nr.UNSHARE, flags, 0, 0, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("unshare", "0x" + Integer.toHexString(flags), (int) -result);
        }
    }
}
