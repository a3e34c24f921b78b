package dev.caisson;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A container that is started again and again; each run is a new one, removed at its end. {@link #close()} ends it, and so does the engine's end. All methods may be called from any thread. */
public interface ScheduledContainer extends AutoCloseable {
    /** {@return when it is due next; empty when it is closed} */
    Optional<Instant> next();

    /** {@return the run that is under way, if one is} */
    Optional<Container> running();

    /** {@return what became of those due, the newest last; the last 1,000} */
    List<Run> history();

    /** Starts one now, besides those that are due; the overlap policy holds. */
    void runNow();

    /** Takes no further ones, kills the one under way and waits for its end. Idempotent. */
    @Override
    void close();

    /** What became of one that was due. */
    enum Outcome {
        /** It runs. */
        RUNNING,
        /** It ran to its end; {@link Run#exit} says how that was. */
        ENDED,
        /** It was killed because the next one was due ({@link Schedule.Overlap#REPLACE}), or by {@link #close()}. */
        KILLED,
        /** It could not be started; {@link Run#failure} says why. */
        FAILED,
        /** It was left out because the last one still ran, or because too many waited. */
        SKIPPED,
        /** It was left out because nobody looked when it was due. */
        MISSED
    }

    /**
     * One that was due.
     *
     * @param due when
     * @param outcome what became of it
     * @param started when its program ran; null if it never did
     * @param ended when it had ended; null if it has not
     * @param exit how it ended; null unless it did
     * @param failure why it could not be started; "" if it could
     * @param output the last lines of its output, at most 64 KiB; "" while it runs
     */
    record Run(Instant due, Outcome outcome, @Nullable Instant started, @Nullable Instant ended, @Nullable ExitStatus exit, String failure, String output) {}
}
