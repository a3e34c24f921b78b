package dev.caisson.core.streams;

import dev.caisson.spi.logging.LogEntry;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** The last 1,000 lines of a container, at most 4 MiB: readable from handle and exception after everything else is gone. */
public final class RecentLines {
    private static final int MAX_LINES = 1000;
    private static final int MAX_BYTES = 4 << 20;

    private final Deque<byte[]> lines = new ArrayDeque<>();
    private int bytes;

    synchronized void add(LogEntry entry) {
        ByteBuffer line = entry.line();
        boolean whole = entry.partial() == null || entry.partial().last();
        byte[] copy = new byte[line.remaining() + (whole ? 1 : 0)];
        line.get(line.position(), copy, 0, line.remaining());
        if (whole) {
            copy[copy.length - 1] = '\n';
        }
        lines.addLast(copy);
        bytes += copy.length;
        while (lines.size() > MAX_LINES || bytes > MAX_BYTES) {
            bytes -= lines.removeFirst().length;
        }
    }

    /** As text, UTF-8. */
    public synchronized String text() {
        ByteArrayOutputStream all = new ByteArrayOutputStream(bytes);
        lines.forEach(all::writeBytes);
        return all.toString(StandardCharsets.UTF_8);
    }
}
