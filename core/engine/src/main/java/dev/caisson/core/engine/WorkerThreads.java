package dev.caisson.core.engine;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Daemons named after their engine. */
final class WorkerThreads implements ThreadFactory {
    private final String engine;
    private final AtomicInteger made = new AtomicInteger();

    WorkerThreads(String engine) {
        this.engine = engine;
    }

    @Override
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "caisson-worker-" + engine + "-" + made.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }
}
