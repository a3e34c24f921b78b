package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** What an engine does while nobody waits for it, on workers that come and go. Who closes the engine waits for all of it. */
final class BackgroundWork {
    private static final int LAST_SECONDS = 5;

    private final Powers powers;
    private final StartGate starts;
    private final ExecutorService workers;
    private final Removals removals;

    /** @param engine its id */
    BackgroundWork(String engine, Powers powers, StartGate starts) {
        this.powers = powers;
        this.starts = starts;
        this.workers = Executors.newCachedThreadPool(new WorkerThreads(engine));
        this.removals = new Removals(workers);
    }

    ExecutorService workers() {
        return workers;
    }

    Removals removals() {
        return removals;
    }

    /** Runs something once a future is complete. */
    void later(CompletableFuture<?> after, Runnable action) {
        removals.later(after, () -> powers.with(action));
    }

    /** Runs something now, unless the engine closes. */
    void begin(Runnable action) {
        try {
            starts.enter();
        } catch (EngineProblem closing) {
            return;
        }
        workers.execute(() -> {
            try {
                powers.with(action);
            } finally {
                starts.leave();
            }
        });
    }

    void close() {
        workers.shutdown();
        try {
            workers.awaitTermination(LAST_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.shutdownNow();
    }
}
