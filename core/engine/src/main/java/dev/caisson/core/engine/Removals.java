package dev.caisson.core.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is removed without anybody waiting for it, until somebody does. */
final class Removals {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final Executor workers;
    private final AtomicInteger pending = new AtomicInteger();

    Removals(Executor workers) {
        this.workers = workers;
    }

    /** Runs something on a worker once a future is complete. */
    void later(CompletableFuture<?> after, Runnable action) {
        pending.incrementAndGet();
        after.whenComplete((v, e) -> workers.execute(() -> {
            try {
                action.run();
            } catch (RuntimeException failure) {
                LOG.warn("removing a container: {}", failure.toString());
            } finally {
                if (pending.decrementAndGet() == 0) {
                    synchronized (pending) {
                        pending.notifyAll();
                    }
                }
            }
        }));
    }

    /** Waits until nothing is being removed; ten seconds at most, or until the thread is interrupted. */
    void await() {
        long deadline = System.nanoTime() + PATIENCE;
        synchronized (pending) {
            while (pending.get() > 0 && System.nanoTime() < deadline) {
                try {
                    pending.wait(50);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }
}
