package dev.caisson.logging.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Whole lines of a stream, in order. What follows the last newline is not a line: it is being written, or a crash tore it. */
final class LineReader {
    /** Longer than any line that was written: garbage. */
    static final int LONGEST = 64 * 1024 * 1024;
    private static final int FIRST = 64 * 1024;

    private final InputStream in;
    private byte[] buffer = new byte[FIRST];
    private int start;
    private int scanned;
    private int end;
    private boolean skipping;

    LineReader(InputStream in) {
        this.in = in;
    }

    /** The next line without its newline, valid until the next call; null at the end. Lines that are too long are left out. */
    @Nullable ByteBuffer next() throws IOException {
        while (true) {
            for (; scanned < end; scanned++) {
                if (buffer[scanned] == '\n') {
                    int from = start;
                    int length = scanned - start;
                    start = ++scanned;
                    if (!skipping) {
                        return ByteBuffer.wrap(buffer, from, length);
                    }
                    skipping = false;
                    scanned--;
                }
            }
            if (!fill()) {
                return null;
            }
        }
    }

    private boolean fill() throws IOException {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        scanned -= start;
        start = 0;
        if (end >= LONGEST) {
            skipping = true;
            end = 0;
            scanned = 0;
        } else if (end == buffer.length) {
            buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
        int read = in.read(buffer, end, buffer.length - end);
        end += Math.max(0, read);
        return read > 0;
    }
}
