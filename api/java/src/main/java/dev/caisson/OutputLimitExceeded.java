package dev.caisson;

/** {@code execute()} keeps output in memory up to a limit a stream; the program wrote more and was killed. */
public final class OutputLimitExceeded extends ContainerException {
    private static final long serialVersionUID = 1L;

    /**
     * For engines.
     *
     * @param stream {@code stdout} or {@code stderr}
     * @param limit bytes a stream
     */
    public OutputLimitExceeded(String stream, long limit) {
        super(Stage.SUPERVISE, stream + " exceeded the " + limit + " bytes that execute() keeps in memory",
                "raise outputLimit(bytes), redirect the output to a file, or use run() and read the logs as they come", null);
    }
}
