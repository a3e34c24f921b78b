package dev.caisson.logging.jsonfile;

import dev.caisson.logging.file.LogLines;
import dev.caisson.logging.file.LogLines.Verdict;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogEntry.Partial;
import dev.caisson.spi.logging.LogEntry.Stream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a span of time. The file does not say which pieces make a line, only where a line ends, so pieces are counted
 * again for each stream.
 */
final class JsonSelection implements LogLines.Judge {
    private final @Nullable Instant since;
    private final @Nullable Instant until;
    private final JsonDecoder decoder = new JsonDecoder();
    private final Map<Stream, Partial> open = new EnumMap<>(Stream.class);
    private int longLines;

    JsonSelection(@Nullable Instant since, @Nullable Instant until) {
        this.since = since;
        this.until = until;
    }

    /** For the search from the end: torn lines and those after the span do not count. */
    @Override
    public Verdict judge(ByteBuffer line) {
        return decoder.decode(line) && !after() && !before() ? Verdict.COUNTS : Verdict.SKIP;
    }

    void pass(ByteBuffer line, Consumer<LogEntry> sink) {
        if (decoder.decode(line) && !after() && !before()) {
            Stream stream = decoder.stream();
            sink.accept(new LogEntry(decoder.log(), stream, decoder.epochSecond(), decoder.nano(), partial(stream, decoder.ends())));
        }
    }

    private @Nullable Partial partial(Stream stream, boolean ends) {
        Partial previous = open.get(stream);
        if (previous == null && ends) {
            return null;
        }
        Partial piece = previous == null
                ? new Partial(Integer.toString(++longLines), 1, false)
                : new Partial(previous.id(), previous.ordinal() + 1, ends);
        if (ends) {
            open.remove(stream);
        } else {
            open.put(stream, piece);
        }
        return piece;
    }

    private boolean before() {
        return since != null && compare(since) < 0;
    }

    private boolean after() {
        return until != null && compare(until) >= 0;
    }

    private int compare(Instant instant) {
        int seconds = Long.compare(decoder.epochSecond(), instant.getEpochSecond());
        return seconds != 0 ? seconds : Integer.compare(decoder.nano(), instant.getNano());
    }
}
