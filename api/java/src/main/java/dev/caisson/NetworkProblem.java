package dev.caisson;

import org.jspecify.annotations.Nullable;

/** A network could not be made, attached or found. */
public final class NetworkProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    /** See {@link ContainerException#ContainerException}. */
    public NetworkProblem(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /** As the other constructor, without a cause. */
    public NetworkProblem(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
