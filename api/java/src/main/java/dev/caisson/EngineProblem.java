package dev.caisson;

import org.jspecify.annotations.Nullable;

/** The engine itself is unusable: its guard died, its root directory is locked or damaged, or it is closed. */
public final class EngineProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    /** See {@link ContainerException#ContainerException}. */
    public EngineProblem(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /** As the other constructor, without a cause. */
    public EngineProblem(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
