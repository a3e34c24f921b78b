package dev.caisson.logging.jsonfile;

import dev.caisson.spi.logging.LogEntry.Stream;
import java.nio.ByteBuffer;

/**
 * Reads lines of json-file logs: ours, and those that docker or others wrote, with any order of keys and any escapes. What is no such
 * object is refused, never an exception. The object holds the last line read. Not for several threads.
 */
final class JsonDecoder {
    private static final int DEEPEST = 64;

    private final JsonScanner scanner = new JsonScanner();
    private final ByteText key = new ByteText(32);
    private final ByteText log = new ByteText(1024);
    private final ByteText other = new ByteText(64);
    private Stream stream = Stream.STDOUT;
    private long epochSecond;
    private int nano;
    private boolean timed;
    private boolean ends;

    /** False if the line is no log entry: it has not been read then. */
    boolean decode(ByteBuffer line) {
        log.clear();
        stream = Stream.STDOUT;
        timed = false;
        ends = false;
        scanner.start(line);
        if (!scanner.take('{')) {
            return false;
        }
        if (!scanner.take('}')) {
            do {
                if (!scanner.string(key) || !scanner.take(':') || !value()) {
                    return false;
                }
            } while (scanner.take(','));
            if (!scanner.take('}')) {
                return false;
            }
        }
        ends = log.endsWith('\n');
        return timed && scanner.atEnd();
    }

    private boolean value() {
        if (key.is("log")) {
            log.clear();
            return scanner.string(log);
        }
        if (key.is("stream")) {
            if (!scanner.string(other)) {
                return false;
            }
            stream = other.is("stderr") ? Stream.STDERR : Stream.STDOUT;
            return other.is("stderr") || other.is("stdout");
        }
        if (key.is("time")) {
            timed = scanner.string(other) && Rfc3339.parse(other.buffer(), this::at);
            return timed;
        }
        return scanner.skip(DEEPEST);
    }

    private void at(long second, int nanos) {
        epochSecond = second;
        nano = nanos;
    }

    /** The text without the newline at its end, valid until the next line. */
    ByteBuffer log() {
        ByteBuffer text = log.buffer();
        return ends ? text.limit(text.limit() - 1) : text;
    }

    /** Whether the container's line ends with this entry. */
    boolean ends() {
        return ends;
    }

    Stream stream() {
        return stream;
    }

    long epochSecond() {
        return epochSecond;
    }

    int nano() {
        return nano;
    }
}
