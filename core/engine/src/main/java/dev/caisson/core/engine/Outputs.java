package dev.caisson.core.engine;

import dev.caisson.core.streams.LogOutput;
import dev.caisson.core.streams.MemoryOutput;
import dev.caisson.core.streams.RecentLines;
import dev.caisson.core.streams.Sink;
import dev.caisson.spi.logging.LogEntry;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where both streams of a process go: kept in memory ({@code execute()}), to a log driver ({@code run()}), or both when a log driver was asked for with
 * {@code execute()}.
 */
record Outputs(@Nullable MemoryOutput memoryOut, @Nullable MemoryOutput memoryErr, @Nullable LogOutput log, RecentLines recent) {
    private static final byte[] NOTHING = {};
    private static final Duration CLOSING = Duration.ofSeconds(5);

    Sink stdout() {
        return sink(memoryOut, LogEntry.Stream.STDOUT);
    }

    Sink stderr() {
        return sink(memoryErr, LogEntry.Stream.STDERR);
    }

    private Sink sink(@Nullable MemoryOutput memory, LogEntry.Stream stream) {
        Sink toLog = log == null ? null : log.sink(stream);
        if (memory == null) {
            return java.util.Objects.requireNonNull(toLog, "output goes somewhere");
        }
        if (toLog == null) {
            return memory;
        }
        return new Sink() {
            @Override
            public boolean accept(ByteBuffer chunk) {
                memory.accept(chunk.duplicate());
                return toLog.accept(chunk);
            }

            @Override
            public void end() {
                memory.end();
                toLog.end();
            }
        };
    }

    /** What is to be called when the log can take more. */
    void onResume(Runnable action) {
        if (log != null) {
            log.onResume(action);
        }
    }

    /** Nothing will be written: the log driver is closed. */
    void abandon() {
        if (log != null) {
            stdout().end();
            stderr().end();
            Waiting.within(log.closed(), CLOSING);
        }
    }

    byte[] out() {
        return memoryOut == null ? NOTHING : memoryOut.toBytes();
    }

    byte[] err() {
        return memoryErr == null ? NOTHING : memoryErr.toBytes();
    }

    /** Which stream passed its limit; "" if none did. */
    String exceeded() {
        return memoryOut != null && memoryOut.over() ? "stdout" : memoryErr != null && memoryErr.over() ? "stderr" : "";
    }
}
