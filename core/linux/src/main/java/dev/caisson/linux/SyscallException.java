package dev.caisson.linux;

/**
 * A system call that failed: what was called, on what, and the kernel's error number.
 *
 * <p>The message reads {@code openat2(/x, RESOLVE_IN_ROOT): ELOOP (40) Too many levels of symbolic links}.
 */
public final class SyscallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final String arguments;
    private final int errno;
    private final String detail;

    public SyscallException(String call, String arguments, int errno) {
        this(call, arguments, errno, "");
    }

    /** @param detail what the kernel said beyond the number, such as the log of an fsopen(2) descriptor; may be empty */
    public SyscallException(String call, String arguments, int errno, String detail) {
        super(call + "(" + arguments + "): " + Errno.describe(errno) + (detail.isEmpty() ? "" : ": " + detail));
        this.call = call;
        this.arguments = arguments;
        this.errno = errno;
        this.detail = detail;
    }

    /** The call's name as in section 2 of the manual, such as {@code openat2}. */
    public String call() {
        return call;
    }

    /** The arguments that tell the failure apart, as they stand in the message: mostly the path. */
    public String arguments() {
        return arguments;
    }

    /** The error number; compare with the constants of {@link Errno}. */
    public int errno() {
        return errno;
    }

    /** What the kernel said beyond the number; empty for most calls. */
    public String detail() {
        return detail;
    }

    /** Whether the call failed with one of these error numbers. */
    public boolean is(int... errnos) {
        for (int candidate : errnos) {
            if (candidate == errno) {
                return true;
            }
        }
        return false;
    }
}
