package dev.caisson.spi.logging;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One line of a container's output, without its newline. The object and its buffer are reused: a driver that keeps anything copies it.
 *
 * @param line the bytes, position to limit
 * @param stream where it was written
 * @param epochSecond when it was read, seconds since 1970 (UTC)
 * @param nano and nanoseconds
 * @param partial set when a longer line was cut into pieces
 */
public record LogEntry(ByteBuffer line, Stream stream, long epochSecond, int nano, @Nullable Partial partial) {
    /** The container's output streams. */
    public enum Stream {
        /** Standard output, and all of a terminal. */
        STDOUT,
        /** Standard error. */
        STDERR;

        /**
         * As docker writes it.
         *
         * @return {@code stdout} or {@code stderr}
         */
        public String text() {
            return this == STDOUT ? "stdout" : "stderr";
        }
    }

    /**
     * One piece of a line longer than 16 KiB.
     *
     * @param id the same for all pieces of a line
     * @param ordinal from 1
     * @param last whether the line ends with this piece
     */
    public record Partial(String id, int ordinal, boolean last) {}
}
