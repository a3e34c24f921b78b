package dev.caisson;

import org.jspecify.annotations.Nullable;

/** The container's process could not be started: a setup operation failed in the guard or the child, or the program cannot be executed. */
public final class LaunchFailed extends ContainerException {
    private static final long serialVersionUID = 1L;

    private final int errno;
    private final int exitCode;

    /**
     * For engines.
     *
     * @param stage where it happened
     * @param what what was tried, on what, and why it failed
     * @param remedy what would help; "" for nothing
     * @param errno the kernel's reason (errno(3)), 0 if there is none
     * @param exitCode what a shell or docker would report: 127 program missing, 126 not executable, else 125
     * @param cause null for none
     */
    public LaunchFailed(Stage stage, String what, String remedy, int errno, int exitCode, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
        this.errno = errno;
        this.exitCode = exitCode;
    }

    /** {@return errno(3) of the call that failed, 0 if none} */
    public int errno() {
        return errno;
    }

    /** {@return 127 when the program was not found, 126 when it cannot be executed, 125 when the container could not be set up (as {@code docker run} exits)} */
    public int exitCode() {
        return exitCode;
    }
}
