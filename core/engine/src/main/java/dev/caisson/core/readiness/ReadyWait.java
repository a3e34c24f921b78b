package dev.caisson.core.readiness;

import dev.caisson.ExitStatus;
import dev.caisson.Readiness;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Waits for a container to be ready. Made before the container starts, so that no line of its output is missed. Looks often at first: most things are ready
 * within milliseconds, and who waits for minutes does not mind 25 ms.
 */
public final class ReadyWait implements AutoCloseable {
    private static final long FIRST_PAUSE_NANOS = 500_000;
    private static final long LONGEST_PAUSE_NANOS = 25_000_000;

    /** @param pending "" if it is ready */
    public record Outcome(String pending, Duration after, Optional<ExitStatus> exit) {
        public boolean ready() {
            return pending.isEmpty();
        }
    }

    /** Sleeps until the container ends or so many nanoseconds have passed. */
    public interface Pause {
        void nanos(long nanos);
    }

    private final AllProbe probe;
    private final Watched watched;

    public ReadyWait(List<Readiness> wanted, Watched watched) {
        this.probe = new AllProbe(Probes.each(wanted, watched));
        this.watched = watched;
    }

    public Outcome await(Duration timeout, Pause pause) {
        long from = System.nanoTime();
        for (long wait = FIRST_PAUSE_NANOS; ; wait = Math.min(wait * 3 / 2, LONGEST_PAUSE_NANOS)) {
            Optional<ExitStatus> exit = watched.exit(); // before the look: what it did last counts
            String pending = probe.pending();
            long passed = System.nanoTime() - from;
            if (pending.isEmpty() || exit.isPresent() || timeout.minusNanos(passed).isNegative()) {
                return new Outcome(pending, Duration.ofNanos(passed), exit);
            }
            pause.nanos(wait);
        }
    }

    @Override
    public void close() {
        probe.close();
    }
}
