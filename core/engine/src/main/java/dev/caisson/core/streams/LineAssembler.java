package dev.caisson.core.streams;

import dev.caisson.spi.logging.LogEntry;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Cuts one stream into lines; a line longer than 16 KiB into pieces marked partial, as docker does. What the pieces are depends on the bytes alone, not on the
 * chunks they came in: a line of exactly 16 KiB is whole.
 */
final class LineAssembler {
    /** Docker's {@code defaultBufSize}. */
    static final int MAX_LINE = 16 * 1024;

    private final LogEntry.Stream stream;
    private final Consumer<LogEntry> out;
    private final byte[] held = new byte[MAX_LINE];
    private int size;
    private String partialId = "";
    private int ordinal;

    LineAssembler(LogEntry.Stream stream, Consumer<LogEntry> out) {
        this.stream = stream;
        this.out = out;
    }

    void add(byte[] chunk, long epochSecond, int nano) {
        int from = 0;
        while (from < chunk.length) {
            if (size == MAX_LINE && chunk[from] != '\n') {
                emit(ByteBuffer.wrap(held, 0, size), false, epochSecond, nano); // only now is it known that the line goes on
            }
            int stop = Math.min(chunk.length, from + MAX_LINE - size);
            int newline = from;
            while (newline < stop && chunk[newline] != '\n') {
                newline++;
            }
            if (newline == chunk.length || chunk[newline] != '\n') {
                hold(chunk, from, newline - from);
                from = newline;
            } else {
                if (size == 0) {
                    emit(ByteBuffer.wrap(chunk, from, newline - from).slice(), true, epochSecond, nano);
                } else {
                    hold(chunk, from, newline - from);
                    emit(ByteBuffer.wrap(held, 0, size), true, epochSecond, nano);
                }
                from = newline + 1;
            }
        }
    }

    private void hold(byte[] chunk, int from, int count) {
        System.arraycopy(chunk, from, held, size, count);
        size += count;
    }

    private void emit(ByteBuffer line, boolean last, long epochSecond, int nano) {
        LogEntry.Partial partial = null;
        if (!last && ordinal == 0) {
            byte[] id = new byte[32];
            new Random().nextBytes(id); // names the pieces of one line apart from others; no secret
            partialId = HexFormat.of().formatHex(id);
        }
        if (!last || ordinal > 0) {
            partial = new LogEntry.Partial(partialId, ++ordinal, last);
        }
        if (last) {
            ordinal = 0;
        }
        size = 0;
        out.accept(new LogEntry(line, stream, epochSecond, nano, partial));
    }

    /** What came after the last newline. */
    void end(long epochSecond, int nano) {
        if (size > 0 || ordinal > 0) {
            emit(ByteBuffer.wrap(held, 0, size), true, epochSecond, nano);
        }
    }
}
