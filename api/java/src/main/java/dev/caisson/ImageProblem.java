package dev.caisson;

import org.jspecify.annotations.Nullable;

/** An image, archive or registry is not as it should be: missing, malformed, hostile, or its digests do not agree. */
public final class ImageProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    /**
     * For engines and drivers.
     *
     * @param stage where it happened
     * @param what what was tried, on what, and why it failed
     * @param remedy what would help; "" for nothing
     * @param cause null for none
     */
    public ImageProblem(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /**
     * For engines and drivers, without a cause.
     *
     * @param stage where it happened
     * @param what what was tried, on what, and why it failed
     * @param remedy what would help; "" for nothing
     */
    public ImageProblem(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
