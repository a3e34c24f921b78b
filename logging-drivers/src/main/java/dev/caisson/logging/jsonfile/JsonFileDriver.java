package dev.caisson.logging.jsonfile;

import dev.caisson.linux.SyscallException;
import dev.caisson.logging.file.LogFiles;
import dev.caisson.logging.file.LogLines;
import dev.caisson.logging.file.RotatingFile;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogReader;
import java.io.IOException;
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
    public void read(int tail, @Nullable Instant since, @Nullable Instant until, Consumer<LogEntry> sink) throws IOException {
        JsonSelection selection = new JsonSelection(since, until);
        try (LogLines lines = lines()) {
            LogLines.Taker taker = line -> selection.pass(line, sink);
            if (tail < 0) {
                lines.all(taker);
            } else {
                lines.last(tail, selection, taker);
            }
        } catch (SyscallException e) {
            throw new IOException("reading the log " + files.path() + ": " + e.getMessage(), e);
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
