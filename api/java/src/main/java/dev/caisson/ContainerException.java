package dev.caisson;

/**
 * The root of everything Caisson throws. The message says what was tried, on which object, with which errno, at which stage; the
 * {@linkplain #remedy() remedy} says what to do about it. Failures of the clean-up that follows are
 * {@linkplain Throwable#getSuppressed() suppressed exceptions}.
 */
public abstract sealed class ContainerException extends RuntimeException
        permits InvalidSpec, UnsupportedOnThisHost, ImageProblem, StorageProblem, NetworkProblem, LoggingProblem, LaunchFailed,
                ContainerTimeout, OutputLimitExceeded, NotReady, EngineProblem, TrustProblem {
    private static final long serialVersionUID = 1L;

    private final Stage stage;
    private final String what;
    private final String remedy;

    /**
     * For the members of the family.
     *
     * @param stage where it failed
     * @param what what was tried, on what object, and the kernel's reason
     * @param remedy what the reader can do about it; empty if there is nothing to do
     * @param cause null for none
     */
    protected ContainerException(Stage stage, String what, String remedy, @org.jspecify.annotations.Nullable Throwable cause) {
        super(what + " [stage " + stage + "]" + (remedy.isEmpty() ? "" : ". Remedy: " + remedy), cause);
        this.stage = stage;
        this.what = what;
        this.remedy = remedy;
    }

    /** {@return the stage that failed} */
    public Stage stage() {
        return stage;
    }

    /** {@return the message without stage and remedy} */
    public String what() {
        return what;
    }

    /** {@return what to do about it, or "" when nothing is known to help} */
    public String remedy() {
        return remedy;
    }
}
