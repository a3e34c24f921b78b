package dev.caisson;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A container did not become ready: it ended before, or the time for it passed. Carries what is needed to see why, and stays readable after the container's
 * removal.
 */
public final class NotReady extends ContainerException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN_LINES = 20;

    private final String pending;
    private final transient @Nullable ExitStatus exit;
    private final String logs;
    private final transient Map<Stage, Duration> timings;

    /**
     * For engines.
     *
     * @param container who, for the message
     * @param pending what had not come true
     * @param after how long it was waited
     * @param exit how it ended, null if it still ran
     * @param logs its last lines, at most 1,000
     * @param timings how long each stage took
     */
    public NotReady(String container, String pending, Duration after, @Nullable ExitStatus exit, String logs, Map<Stage, Duration> timings) {
        super(Stage.READY, container + (exit == null ? " was not ready after " + seconds(after) : " ended (" + exit + ") after " + seconds(after) + " without being ready")
                + ": still waiting for " + pending + lastLines(logs), exit == null ? "give a longer waitTimeout(Duration), or see in its output what it waits for"
                        : "see in its output why it ended", null);
        this.pending = pending;
        this.exit = exit;
        this.logs = logs;
        this.timings = Map.copyOf(timings);
    }

    /** {@return what had not come true, with how far it had come} */
    public String pending() {
        return pending;
    }

    /** {@return how it ended (exit code, signal, out of memory), if it did} */
    public Optional<ExitStatus> exit() {
        return Optional.ofNullable(exit);
    }

    /** {@return its last lines of output, at most 1,000} */
    public String logs() {
        return logs;
    }

    /** {@return how long each stage of its start took} */
    public Map<Stage, Duration> timings() {
        return timings;
    }

    private static String seconds(Duration time) {
        return time.toMillis() / 100 / 10.0 + " s";
    }

    private static String lastLines(String logs) {
        if (logs.isBlank()) {
            return ". It printed nothing";
        }
        String[] lines = logs.stripTrailing().split("\n", -1);
        int from = Math.max(0, lines.length - SHOWN_LINES);
        return ". Its last lines:\n" + String.join("\n", java.util.Arrays.asList(lines).subList(from, lines.length)) + "\n";
    }
}
