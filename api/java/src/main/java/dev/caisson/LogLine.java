package dev.caisson;

import java.time.Instant;

/**
 * A line of a container's output, without its end.
 *
 * @param time when it was read
 * @param stream where it was printed; all of a terminal is standard output
 * @param text as UTF-8
 * @param partial whether it goes on in the next one of its stream: a line longer than 16 KiB comes in pieces
 */
public record LogLine(Instant time, Stream stream, String text, boolean partial) {
    /** The streams of a container. */
    public enum Stream {
        /** Standard output, and all of a terminal. */
        STDOUT,
        /** Standard error. */
        STDERR
    }
}
