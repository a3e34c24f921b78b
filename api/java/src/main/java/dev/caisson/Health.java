package dev.caisson;

import java.time.Instant;
import java.util.List;

/**
 * What the checks of a container's health have found.
 *
 * @param status what they come to
 * @param failingStreak how many have failed since the last that succeeded
 * @param log the last checks, at most 5, oldest first
 */
public record Health(Status status, int failingStreak, List<Result> log) {
    /** Of a container that has no health check. */
    public static final Health NONE = new Health(Status.NONE, 0, List.of());

    /** The list is copied. */
    public Health {
        log = List.copyOf(log);
    }

    /** As docker reports it. */
    public enum Status {
        /** It has no health check. */
        NONE,
        /** No check has succeeded, and fewer than {@code retries} have failed. */
        STARTING,
        /** The last one succeeded, or fewer than {@code retries} have failed since one did. */
        HEALTHY,
        /** So many failed in a row, or the container has ended. */
        UNHEALTHY
    }

    /**
     * One check.
     *
     * @param start when it began
     * @param end when it had ended
     * @param exitCode 0 if it succeeded; -1 if it could not be executed or was killed for its time-out
     * @param output stdout and stderr, at most 4096 bytes; {@code ...} follows if there was more
     */
    public record Result(Instant start, Instant end, int exitCode, String output) {
        /** {@return whether the container was well} */
        public boolean succeeded() {
            return exitCode == 0;
        }
    }
}
