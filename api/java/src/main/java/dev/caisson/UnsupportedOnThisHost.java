package dev.caisson;

import org.jspecify.annotations.Nullable;

/** The host lacks something that was asked for, or that the engine needs. */
public final class UnsupportedOnThisHost extends ContainerException {
    private static final long serialVersionUID = 1L;

    /** See {@link ContainerException#ContainerException}. */
    public UnsupportedOnThisHost(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /** As the other constructor, without a cause. */
    public UnsupportedOnThisHost(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
