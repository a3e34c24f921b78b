package dev.caisson.core.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is removed without anybody waiting for it, until somebody does. */
final class Removals {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final Executor workers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition none = lock.newCondition();
    private int pending;

    Removals(Executor workers) {
        this.workers = workers;
    }

    /** Runs something on a worker once a future is complete. */
    void later(CompletableFuture<?> after, Runnable action) {
        count(1);
        after.whenComplete((v, e) -> workers.execute(() -> {
            try {
                action.run();
            } catch (RuntimeException failure) {
                LOG.warn("removing a container: {}", failure.toString());
            } finally {
                count(-1);
            }
        }));
    }

    /** Waits until nothing is being removed; ten seconds at most, or until the thread is interrupted. */
    void await() {
        long deadline = System.nanoTime() + PATIENCE;
        lock.lock();
        try {
            while (pending > 0 && System.nanoTime() < deadline) {
                none.awaitNanos(deadline - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void count(int more) {
        lock.lock();
        try {
            pending += more;
            if (pending == 0) {
                none.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
