package dev.caisson.core.poll;

import dev.caisson.linux.Epoll;
import dev.caisson.linux.EventFd;
import dev.caisson.linux.Fd;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One epoll thread for an engine. Handlers run on it, one at a time, and must not block. Descriptors may be added and removed from any thread; a handler
 * that was removed is not called again once {@link Watch#close} was called on the poller thread.
 */
public final class Poller implements AutoCloseable {
    /** Called when the descriptor is ready. */
    @FunctionalInterface
    public interface Handler {
        /** @param events EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR */
        void ready(int events);
    }

    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final long WAKE = 0;

    private final Epoll epoll = Epoll.create(64);
    private final EventFd wake = EventFd.create();
    private final Map<Long, Handler> handlers = new ConcurrentHashMap<>();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final AtomicLong nextKey = new AtomicLong(WAKE + 1);
    private final Timers timers = new Timers();
    private final Thread thread;
    private volatile boolean closing;
    private boolean ended;

    public Poller(String name) {
        epoll.add(wake.fd(), Epoll.EPOLLIN, WAKE);
        thread = new Thread(this::loop, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether the caller is the poller thread. */
    public boolean isPollerThread() {
        return Thread.currentThread() == thread;
    }

    /**
     * Watches a descriptor, which stays the caller's.
     *
     * @param events EPOLLIN, EPOLLOUT …; level triggered
     */
    public Watch watch(Fd fd, int events, Handler handler) {
        Watch watch = unwatched(fd, handler);
        watch.begin(events);
        return watch;
    }

    /** The same for a handler that uses its own watch: nothing comes before {@link Watch#begin}, when whoever called has put it where the handler looks. */
    public Watch unwatched(Fd fd, Handler handler) {
        return new Watch(fd, nextKey.getAndIncrement(), handler);
    }

    /** Runs something on the poller thread, soon. */
    public void execute(Runnable task) {
        tasks.add(task);
        wake();
    }

    /** Runs something on the poller thread, later. */
    public Timers.Timer schedule(Duration delay, Runnable task) {
        Timers.Timer timer = timers.add(delay, task);
        if (!isPollerThread()) {
            wake();
        }
        return timer;
    }

    private void wake() {
        if (woken.compareAndSet(false, true)) {
            synchronized (wake) {
                if (!ended) {
                    wake.signal();
                }
            }
        }
    }

    private void loop() {
        while (!closing) {
            int ready = epoll.await(timers.millisToNext());
            for (int i = 0; i < ready; i++) {
                long key = epoll.data(i);
                if (key == WAKE) {
                    wake.drain();
                    woken.set(false);
                    continue;
                }
                Handler handler = handlers.get(key);
                if (handler != null) {
                    int events = epoll.events(i);
                    guarded(() -> handler.ready(events));
                }
            }
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                guarded(task);
            }
            timers.runDue(Poller::guarded);
        }
        epoll.close();
        synchronized (wake) {
            ended = true; // a worker may still hand in something, which is dropped
            wake.close();
        }
    }

    /** A failing handler must not end the one thread everything depends on. */
    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a handler on the poller thread failed", e);
        }
    }

    /** Ends the thread. Handlers are not called any more; tasks not yet run are dropped. */
    @Override
    public void close() {
        if (closing) {
            return;
        }
        execute(() -> closing = true);
        if (!isPollerThread()) {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A watched descriptor. */
    public final class Watch implements AutoCloseable {
        private final Fd fd;
        private final long key;
        private final Handler handler;
        private int events = -1;

        private Watch(Fd fd, long key, Handler handler) {
            this.fd = fd;
            this.key = key;
            this.handler = handler;
        }

        /** Once. The handler may be called before this returns. */
        public void begin(int wanted) {
            events = wanted;
            handlers.put(key, handler);
            epoll.add(fd, wanted, key);
        }

        /** Changes what is waited for; 0 for nothing (back-pressure). */
        public void events(int wanted) {
            if (wanted != events && handlers.containsKey(key)) {
                events = wanted;
                epoll.modify(fd, wanted, key);
            }
        }

        /** Stops watching. Before the descriptor is closed. Idempotent. */
        @Override
        public void close() {
            if (handlers.remove(key) != null && !closing) {
                epoll.remove(fd);
            }
        }
    }
}
