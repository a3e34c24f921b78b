package dev.caisson.logging.jsonfile;

import dev.caisson.linux.SyscallException;
import dev.caisson.logging.file.LogFiles;
import dev.caisson.logging.file.LogLines;
import dev.caisson.logging.file.RotatingFile;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One container's log as {@code ID-json.log}, rotated. Reading needs no lock, also after {@link #close()} of the writing side. */
public final class JsonFileDriver implements LogDriver, LogReader {
    private final LogFiles files;
    private final RotatingFile file;
    private final JsonEncoder encoder;
    private boolean closed;

    JsonFileDriver(LogFiles files, RotatingFile file, SortedMap<String, String> attributes) {
        this.files = files;
        this.file = file;
        this.encoder = new JsonEncoder(attributes);
    }

    @Override
    public String name() {
        return JsonFileProvider.NAME;
    }

    @Override
    public void log(LogEntry entry) throws IOException {
        file.append(encoder.encode(entry));
    }

    @Override
    public Snapshot snapshot() throws IOException {
        try {
            return new Lines(files.path(), lines());
        } catch (SyscallException e) {
            throw unreadable(files.path(), e);
        }
    }

    private static IOException unreadable(Path path, SyscallException e) {
        return new IOException("reading the log " + path + ": " + e.getMessage(), e);
    }

    /** The files as they were, open. */
    private record Lines(Path path, LogLines lines) implements Snapshot {
        @Override
        public void read(int tail, @Nullable Instant since, @Nullable Instant until, Consumer<LogEntry> sink) throws IOException {
            JsonSelection selection = new JsonSelection(since, until);
            LogLines.Taker taker = line -> selection.pass(line, sink);
            try {
                if (tail < 0) {
                    lines.all(taker);
                } else {
                    lines.last(tail, selection, taker);
                }
            } catch (SyscallException e) {
                throw unreadable(path, e);
            }
        }

        @Override
        public void close() {
            lines.close();
        }
    }

    private synchronized LogLines lines() {
        if (!closed) {
            return LogLines.open(files);
        }
        try (LogFiles again = files.again()) {
            return LogLines.open(again);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (files) {
            file.close();
        } catch (SyscallException e) {
            throw new IOException("closing the log " + files.path() + ": " + e.getMessage(), e);
        }
    }
}
