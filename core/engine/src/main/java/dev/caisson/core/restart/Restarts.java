package dev.caisson.core.restart;

import dev.caisson.RestartPolicy;
import java.time.Duration;
import java.util.Optional;

/** Counts the ends of one container and says what follows each, as docker does (moby, restartmanager). For one thread at a time. */
public final class Restarts {
    /** The first pause. */
    public static final Duration FIRST = Duration.ofMillis(100);
    /** The longest pause. */
    public static final Duration LONGEST = Duration.ofMinutes(1);
    /** A run of this length makes the next pause the first again. */
    public static final Duration STEADY = Duration.ofSeconds(10);

    /**
     * Where it has come to.
     *
     * @param count how often it was started again
     * @param pause before the last start; zero if there was none
     */
    public record State(int count, Duration pause) {
        /** Before the first end. */
        public static final State NONE = new State(0, Duration.ZERO);
    }

    private final RestartPolicy policy;
    private Duration pause;
    private int count;

    public Restarts(RestartPolicy policy) {
        this(policy, State.NONE);
    }

    /** Goes on where another has come to. */
    public Restarts(RestartPolicy policy, State state) {
        this.policy = policy;
        this.count = state.count();
        this.pause = state.pause();
    }

    /** Where it has come to. */
    public State state() {
        return new State(count, pause);
    }

    /**
     * It has ended by itself.
     *
     * @return how long to wait before it is started again; empty if it is not
     */
    public Optional<Duration> ended(int exitCode, Duration ranFor) {
        boolean again = switch (policy.when()) {
            case NO -> false;
            case ON_FAILURE -> exitCode != 0 && (policy.retries() == 0 || count < policy.retries());
            case ALWAYS, UNLESS_STOPPED -> true;
        };
        if (!again) {
            return Optional.empty();
        }
        count++;
        Duration doubled = pause.multipliedBy(2);
        pause = pause.isZero() || ranFor.compareTo(STEADY) >= 0 ? FIRST : doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
        return Optional.of(pause);
    }

    /** How often it was started again. */
    public int count() {
        return count;
    }

    /** Somebody starts it: all begins anew. */
    public void reset() {
        count = 0;
        pause = Duration.ZERO;
    }
}
