package dev.caisson.spi.logging;

import java.io.IOException;

/** Takes the output of one container. Never called concurrently for one container. Partial lines, non-blocking mode, tee and cache are decorators it never sees. */
public interface LogDriver extends AutoCloseable {
    /**
     * The provider's name.
     *
     * @return as {@link dev.caisson.spi.DriverProvider#name()}
     */
    String name();

    /**
     * Takes one line. May block only as long as the container may be held up (blocking mode).
     *
     * @param entry its buffer is the driver's only during the call
     * @throws IOException if it could not be kept; the engine reports it once and goes on
     */
    void log(LogEntry entry) throws IOException;

    /** Flushes and closes. Idempotent. */
    @Override
    void close() throws IOException;
}
