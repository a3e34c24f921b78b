package dev.caisson;

import org.jspecify.annotations.Nullable;

/** A log driver could not be opened, written or read. */
public final class LoggingProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    /**
     * For engines and drivers.
     *
     * @param stage where it happened
     * @param what what was tried, on what, and why it failed
     * @param remedy what would help; "" for nothing
     * @param cause null for none
     */
    public LoggingProblem(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /**
     * For engines and drivers, without a cause.
     *
     * @param stage where it happened
     * @param what what was tried, on what, and why it failed
     * @param remedy what would help; "" for nothing
     */
    public LoggingProblem(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
