package dev.caisson;

import org.jspecify.annotations.Nullable;

/** A network could not be made, attached or found. */
public final class NetworkProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    /**
     * For engines and drivers.
     *
     * @param stage where it happened
     * @param what what was tried, on what, and why it failed
     * @param remedy what would help; "" for nothing
     * @param cause null for none
     */
    public NetworkProblem(Stage stage, String what, String remedy, @Nullable Throwable cause) {
        super(stage, what, remedy, cause);
    }

    /**
     * For engines and drivers, without a cause.
     *
     * @param stage where it happened
     * @param what what was tried, on what, and why it failed
     * @param remedy what would help; "" for nothing
     */
    public NetworkProblem(Stage stage, String what, String remedy) {
        this(stage, what, remedy, null);
    }
}
