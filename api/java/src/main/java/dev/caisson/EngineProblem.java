package dev.caisson;

import org.jspecify.annotations.Nullable;

/**
 * The engine cannot do what was asked now: the container does not run, or has no terminal or open input; a follower is too far behind; the caller was interrupted (his interrupt
 * status stays set); or the engine itself is closed, its guard died, its root directory is in use by another version or damaged.
 */
public final class EngineProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    /**
     * For engines and drivers.
     *
     * @param stage where it happened
     * @param what what was tried, on what, and why it failed
     * @param remedy what would help; "" for nothing
     * @param cause null for none
     */
    public EngineProblem(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /**
     * For engines and drivers, without a cause.
     *
     * @param stage where it happened
     * @param what what was tried, on what, and why it failed
     * @param remedy what would help; "" for nothing
     */
    public EngineProblem(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
