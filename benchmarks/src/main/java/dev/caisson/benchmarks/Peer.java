package dev.caisson.benchmarks;

/** A way to run one program to its end. */
interface Peer extends AutoCloseable {
    String name();

    /**
     * Runs the program once.
     *
     * @return nanoseconds from the call to the known exit status
     * @throws Exception if it could not be run or did not exit with 0
     */
    long launch() throws Exception;

    /** What it noted of its launches until now. */
    default void forget() {}

    @Override
    default void close() throws Exception {}
}
