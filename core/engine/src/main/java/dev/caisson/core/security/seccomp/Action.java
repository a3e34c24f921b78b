package dev.caisson.core.security.seccomp;

/**
 * What the kernel does with a system call: a {@code SECCOMP_RET_*} value.
 *
 * @param kind the upper half of the value
 * @param data the lower half: the errno of {@link Kind#ERRNO}, the tracer's message of {@link Kind#TRACE}, else 0
 */
public record Action(Kind kind, int data) {
    public static final Action ALLOW = new Action(Kind.ALLOW, 0);
    public static final Action EPERM = new Action(Kind.ERRNO, 1);
    public static final Action ENOSYS = new Action(Kind.ERRNO, 38);
    public static final Action KILL_THREAD = new Action(Kind.KILL_THREAD, 0);

    /** The largest errno that a system call can answer (MAX_ERRNO, linux/err.h); the kernel would silently lower a larger one. */
    static final int MAX_ERRNO = 4095;

    /** In the kernel's order: the earlier takes precedence when several filters answer (seccomp(2)). */
    public enum Kind {
        KILL_PROCESS(0x80000000), KILL_THREAD(0), TRAP(0x00030000), ERRNO(0x00050000), TRACE(0x7ff00000), LOG(0x7ffc0000), ALLOW(0x7fff0000);

        private final int value;

        Kind(int value) {
            this.value = value;
        }

        /** Whether an errno may be given with it. */
        boolean takesErrno() {
            return this == ERRNO || this == TRACE;
        }
    }

    public Action {
        if (data < 0 || data > (kind == Kind.TRACE ? 0xffff : kind == Kind.ERRNO ? MAX_ERRNO : 0)) {
            throw new IllegalArgumentException(kind + " cannot carry " + data);
        }
    }

    /** The value that a filter returns. */
    public int value() {
        return kind.value | data;
    }

    boolean stricterThan(Action other) {
        return kind.compareTo(other.kind) < 0;
    }

    // equals and hashCode are written out here and in the other values of a compilation: a container's start waits for it, and the generated
    // ones of a record cost a cold JVM tens of milliseconds to link.
    @Override
    public boolean equals(Object other) {
        return other instanceof Action that && value() == that.value();
    }

    @Override
    public int hashCode() {
        return value();
    }

    @Override
    public String toString() {
        return kind.takesErrno() ? kind + "(" + data + ")" : kind.toString();
    }
}
