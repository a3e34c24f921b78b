package dev.caisson;

import org.jspecify.annotations.Nullable;

/** An image, archive or registry is not as it should be: missing, malformed, hostile, or its digests do not agree. */
public final class ImageProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    /** See {@link ContainerException#ContainerException}. */
    public ImageProblem(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /** As the other constructor, without a cause. */
    public ImageProblem(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
