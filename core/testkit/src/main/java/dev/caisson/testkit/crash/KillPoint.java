package dev.caisson.testkit.crash;

/**
 * SIGKILL on entry to the {@code ordinal}-th {@code syscall} (from 1) of whichever thread of the tree gets there first: of the JVM, the guard or one of
 * its children. strace counts per thread, so there is one point for several threads that go equally far.
 */
public record KillPoint(String syscall, int ordinal) {
    public KillPoint {
        if (!syscall.matches("\\w+") || ordinal < 1) {
            throw new IllegalArgumentException("no kill point: " + syscall + " " + ordinal);
        }
    }

    /** The expression for {@code strace -e}. Not to be combined with {@code --seccomp-bpf}. */
    String injection() {
        return "inject=" + syscall + ":signal=KILL:when=" + ordinal;
    }

    @Override
    public String toString() {
        return syscall + "#" + ordinal;
    }
}
