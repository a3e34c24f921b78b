package dev.caisson;

import org.jspecify.annotations.Nullable;

/** A storage driver, the content store or a layer failed. */
public final class StorageProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    /** See {@link ContainerException#ContainerException}. */
    public StorageProblem(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /** As the other constructor, without a cause. */
    public StorageProblem(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
