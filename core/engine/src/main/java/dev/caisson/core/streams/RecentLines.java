package dev.caisson.core.streams;

import dev.caisson.LogLine;
import dev.caisson.spi.logging.LogEntry;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The last 1,000 lines of a container, at most 4 MiB: readable from handle and exception after everything else is gone. */
public final class RecentLines {
    private static final int MAX_LINES = 1000;
    private static final int MAX_BYTES = 4 << 20;

    private final Deque<Line> lines = new ArrayDeque<>();
    private final List<LineTap> taps = new ArrayList<>();
    private int bytes;

    /** @param whole whether the line ends with it */
    private record Line(byte[] bytes, LogEntry.Stream stream, long epochSecond, int nano, boolean whole) {
        int size() {
            return bytes.length + (whole ? 1 : 0);
        }

        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    synchronized void add(LogEntry entry) {
        ByteBuffer line = entry.line();
        boolean whole = entry.partial() == null || entry.partial().last();
        byte[] copy = new byte[line.remaining()];
        line.get(line.position(), copy, 0, copy.length);
        Line kept = new Line(copy, entry.stream(), entry.epochSecond(), entry.nano(), whole);
        lines.addLast(kept);
        bytes += kept.size();
        while (lines.size() > MAX_LINES || bytes > MAX_BYTES) {
            bytes -= lines.removeFirst().size();
        }
        if (!taps.isEmpty()) {
            String text = kept.text();
            taps.forEach(tap -> tap.line(text));
        }
    }

    /** The lines kept so far go to the tap at once, the following ones as they come; none is missed between. */
    public synchronized LineTap.Registration tap(LineTap tap) {
        lines.forEach(line -> tap.line(line.text()));
        taps.add(tap);
        return () -> {
            synchronized (this) {
                taps.remove(tap);
            }
        };
    }

    /** As text, UTF-8. */
    public synchronized String text() {
        ByteArrayOutputStream all = new ByteArrayOutputStream(bytes);
        lines.forEach(line -> {
            all.writeBytes(line.bytes());
            if (line.whole()) {
                all.write('\n');
            }
        });
        return all.toString(StandardCharsets.UTF_8);
    }

    /** Those kept, oldest first. */
    public synchronized List<LogLine> lines() {
        return lines.stream().map(l -> new LogLine(Instant.ofEpochSecond(l.epochSecond(), l.nano()), LogLine.Stream.valueOf(l.stream().name()), l.text(), !l.whole())).toList();
    }
}
