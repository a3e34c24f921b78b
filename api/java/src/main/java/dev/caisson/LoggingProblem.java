package dev.caisson;

import org.jspecify.annotations.Nullable;

/** A log driver could not be opened, written or read. */
public final class LoggingProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    /** See {@link ContainerException#ContainerException}. */
    public LoggingProblem(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /** As the other constructor, without a cause. */
    public LoggingProblem(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
