package dev.caisson.registry;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that answer, a bounded number, and the one that watches over their clients. What waits for a thread is one request of each open connection. */
final class Workers implements Executor, AutoCloseable {
    private static final int IDLE_SECONDS = 10;
    private static final int END_SECONDS = 5;
    private static final long LONGEST_TICK = 1000;

    private final Duration patience;
    private final ThreadPoolExecutor pool;
    private final ScheduledThreadPoolExecutor watch;
    private final Set<Pace> active = ConcurrentHashMap.newKeySet();
    private final ThreadLocal<Pace> current = new ThreadLocal<>();

    Workers(int threads, Duration patience) {
        this.patience = patience;
        pool = new ThreadPoolExecutor(threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named("caisson-registry-server-"));
        pool.allowCoreThreadTimeOut(true);
        watch = new ScheduledThreadPoolExecutor(1, named("caisson-registry-watch-"));
        every(Duration.ofMillis(Math.max(10, Math.min(LONGEST_TICK, patience.toMillis() / 10))), () -> active.forEach(Pace::check));
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Has the watching thread do something again and again; it must not throw. */
    void every(Duration period, Runnable task) {
        watch.scheduleWithFixedDelay(task, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Runs one request, from the first byte of its head to the last of its answer. */
    @Override
    public void execute(Runnable request) {
        pool.execute(() -> {
            Pace pace = new Pace(patience);
            active.add(pace);
            current.set(pace);
            pace.enter();
            try {
                request.run();
            } finally {
                current.remove();
                active.remove(pace);
                pace.end();
            }
        });
    }

    /** Of the request that this thread answers. */
    Pace pace() {
        return current.get();
    }

    @Override
    public void close() {
        watch.shutdownNow();
        pool.shutdown();
        try {
            if (!pool.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                pool.shutdownNow();
                pool.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
            }
            watch.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
