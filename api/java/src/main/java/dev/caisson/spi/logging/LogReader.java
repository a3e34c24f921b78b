package dev.caisson.spi.logging;

import java.io.IOException;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Implemented by log drivers that can be read back ({@code docker logs}). Safe to use beside {@link LogDriver#log}. */
public interface LogReader {
    /**
     * Reads what is kept, oldest first.
     *
     * @param tail only the last so many lines; -1 for all
     * @param since only entries at or after it; null for all
     * @param until only entries before it; null for all
     * @param sink gets each entry; its buffer is the sink's only during the call
     */
    void read(int tail, @Nullable Instant since, @Nullable Instant until, Consumer<LogEntry> sink) throws IOException;
}
