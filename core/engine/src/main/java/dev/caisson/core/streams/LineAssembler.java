package dev.caisson.core.streams;

import dev.caisson.spi.logging.LogEntry;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Cuts one stream into lines; a line longer than 16 KiB into pieces marked partial, as docker does, but not within a character. What the pieces are depends on the bytes alone, not on the
 * chunks they came in: a line of exactly 16 KiB is whole.
 */
final class LineAssembler {
    /** Docker's {@code defaultBufSize}. */
    static final int MAX_LINE = 16 * 1024;

    /** Bytes of a character at most. */
    private static final int LONGEST = 4;

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
                goOn(chunk[from], epochSecond, nano); // only now is it known that the line does
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

    /** A piece that is full. A character of UTF-8 that it would cut in two begins the next: whoever reads pieces as text would lose it. */
    private void goOn(byte next, long epochSecond, int nano) {
        int begun = isContinuation(next) ? begun() : 0;
        emit(ByteBuffer.wrap(held, 0, MAX_LINE - begun), false, epochSecond, nano);
        System.arraycopy(held, MAX_LINE - begun, held, 0, begun);
        size = begun;
    }

    /** How many bytes there are at the end of a character that is not complete. */
    private int begun() {
        for (int back = 1; back < LONGEST; back++) {
            byte b = held[MAX_LINE - back];
            if (!isContinuation(b)) {
                int length = (b & 0xe0) == 0xc0 ? 2 : (b & 0xf0) == 0xe0 ? 3 : (b & 0xf8) == 0xf0 ? LONGEST : 1;
                return length > back ? back : 0;
            }
        }
        return 0;
    }

    private static boolean isContinuation(byte b) {
        return (b & 0xc0) == 0x80;
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
