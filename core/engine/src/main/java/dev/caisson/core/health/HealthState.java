package dev.caisson.core.health;

import dev.caisson.Health;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** What results come to, as docker counts them. Touches nothing, waits for nothing; for one thread at a time. */
final class HealthState {
    private static final int KEPT = 5;

    private final CheckPlan plan;
    private final Deque<Health.Result> log = new ArrayDeque<>();
    private Health.Status status = Health.Status.STARTING;
    private int streak;

    HealthState(CheckPlan plan) {
        this.plan = plan;
    }

    /** The container runs, for the first time or again. */
    void begin() {
        status = Health.Status.STARTING;
        streak = 0;
    }

    /**
     * A check has been made.
     *
     * @param sinceStart from the container's start to the check's
     * @return whether the status is another now
     */
    boolean result(Health.Result result, Duration sinceStart) {
        log.addLast(result);
        if (log.size() > KEPT) {
            log.removeFirst();
        }
        Health.Status before = status;
        if (result.succeeded()) {
            streak = 0;
            status = Health.Status.HEALTHY;
        } else if (!(status == Health.Status.STARTING && sinceStart.compareTo(plan.startPeriod()) < 0)) {
            streak = streak == Integer.MAX_VALUE ? streak : streak + 1;
            if (streak >= plan.retries()) {
                status = Health.Status.UNHEALTHY;
            }
        }
        return status != before;
    }

    /** The container has ended. */
    void end() {
        status = Health.Status.UNHEALTHY;
    }

    /** How long to wait for the next check. */
    Duration next(Duration sinceStart) {
        return status == Health.Status.STARTING && sinceStart.compareTo(plan.startPeriod()) < 0 ? plan.startInterval() : plan.interval();
    }

    Health now() {
        return new Health(status, streak, List.copyOf(log));
    }
}
