package dev.caisson.spi.logging;

import java.io.IOException;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Implemented by log drivers that can be read back ({@code docker logs}). Safe to use beside {@link LogDriver#log}, and after {@link LogDriver#close()}. */
public interface LogReader {
    /** What was kept at one instant, held open to be read later. */
    interface Snapshot extends AutoCloseable {
        /**
         * Reads it, oldest first.
         *
         * @param tail only the last so many lines; -1 for all
         * @param since only entries at or after it; null for all
         * @param until only entries before it; null for all
         * @param sink gets each entry; its buffer is the sink's only during the call
         * @throws IOException if it cannot be read; entries before that were given
         */
        void read(int tail, @Nullable Instant since, @Nullable Instant until, Consumer<LogEntry> sink) throws IOException;

        @Override
        void close();
    }

    /**
     * What is kept now: every entry that was logged, and none that will be. Quick.
     *
     * @return closed by whoever asked
     * @throws IOException if it cannot be opened
     */
    Snapshot snapshot() throws IOException;

    /**
     * Reads what is kept now, as {@link Snapshot#read}.
     *
     * @param tail only the last so many lines; -1 for all
     * @param since only entries at or after it; null for all
     * @param until only entries before it; null for all
     * @param sink gets each entry; its buffer is the sink's only during the call
     * @throws IOException if it cannot be read
     */
    default void read(int tail, @Nullable Instant since, @Nullable Instant until, Consumer<LogEntry> sink) throws IOException {
        try (Snapshot now = snapshot()) {
            now.read(tail, since, until, sink);
        }
    }
}
