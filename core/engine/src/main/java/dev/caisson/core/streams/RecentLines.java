package dev.caisson.core.streams;

import dev.caisson.spi.logging.LogEntry;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The last 1,000 lines of a container, at most 4 MiB: readable from handle and exception after everything else is gone. */
public final class RecentLines {
    private static final int MAX_LINES = 1000;
    private static final int MAX_BYTES = 4 << 20;

    private final Deque<byte[]> lines = new ArrayDeque<>();
    private final List<LineTap> taps = new ArrayList<>();
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
        if (!taps.isEmpty()) {
            String text = text(copy);
            taps.forEach(tap -> tap.line(text));
        }
    }

    /** The lines kept so far go to the tap at once, the following ones as they come; none is missed between. */
    public synchronized LineTap.Registration tap(LineTap tap) {
        lines.forEach(line -> tap.line(text(line)));
        taps.add(tap);
        return () -> {
            synchronized (this) {
                taps.remove(tap);
            }
        };
    }

    private static String text(byte[] line) {
        int length = line.length > 0 && line[line.length - 1] == '\n' ? line.length - 1 : line.length;
        return new String(line, 0, length, StandardCharsets.UTF_8);
    }

    /** As text, UTF-8. */
    public synchronized String text() {
        ByteArrayOutputStream all = new ByteArrayOutputStream(bytes);
        lines.forEach(all::writeBytes);
        return all.toString(StandardCharsets.UTF_8);
    }
}
