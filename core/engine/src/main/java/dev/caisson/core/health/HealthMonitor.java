package dev.caisson.core.health;

import dev.caisson.Health;
import dev.caisson.core.poll.Poller;
import dev.caisson.core.poll.Timers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks one container again and again while it runs. It has no thread: a timer of the poller begins a check, the check's end sets the next timer. What a check
 * says that began before a pause or an end counts no more.
 */
public final class HealthMonitor {
    private final Poller poller;
    private final Supplier<CompletableFuture<Health.Result>> check;
    private final Consumer<Health.Result> changed;
    private final HealthState state;
    private Timers.@Nullable Timer timer;
    /** Of the beginning or resumption that counts; 0 while nothing is checked. */
    private long turn;
    private long turns;
    private long startedAt;

    /**
     * @param check makes one check; called on the poller thread, must not block; the future never fails
     * @param changed told of every change of the status, and by which result
     */
    public HealthMonitor(CheckPlan plan, Poller poller, Supplier<CompletableFuture<Health.Result>> check, Consumer<Health.Result> changed) {
        this.poller = poller;
        this.check = check;
        this.changed = changed;
        this.state = new HealthState(plan);
    }

    /** The container has been started. */
    public synchronized void begin() {
        state.begin();
        startedAt = System.nanoTime();
        resume();
    }

    /** It has ended. */
    public synchronized void end() {
        pause();
        state.end();
    }

    /** Nothing is checked from now on; what was found stays. */
    public synchronized void pause() {
        turn = 0;
        Timers.Timer pending = timer;
        if (pending != null) {
            pending.cancel();
        }
    }

    /** Checks go on. */
    public synchronized void resume() {
        turn = ++turns;
        schedule();
    }

    private void schedule() {
        long mine = turn;
        timer = poller.schedule(state.next(sinceStart()), () -> due(mine));
    }

    private Duration sinceStart() {
        return Duration.ofNanos(System.nanoTime() - startedAt);
    }

    private void due(long mine) {
        Duration when;
        synchronized (this) {
            if (mine != turn) {
                return;
            }
            when = sinceStart();
        }
        check.get().thenAccept(result -> {
            boolean other;
            synchronized (this) {
                if (mine != turn) {
                    return;
                }
                other = state.result(result, when);
                schedule();
            }
            if (other) {
                changed.accept(result);
            }
        });
    }

    /** What was found until now. */
    public synchronized Health now() {
        return state.now();
    }
}
