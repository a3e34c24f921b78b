package dev.caisson.core.poll;

import dev.caisson.linux.Epoll;
import dev.caisson.linux.EventFd;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Poll;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One epoll thread for an engine. Handlers run on it, or on a thread that takes its place for one descriptor ({@link Watch#attend}), one at a time in any case, and must not
 * block. Descriptors may be added and removed from any thread; a handler that was removed is not called again once {@link Watch#close} was called by a handler or task.
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
    /** Held by whoever runs handlers and tasks. */
    private final ReentrantLock turn = new ReentrantLock();
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
        if (!isPollerThread() && timers.wakes(timer)) {
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
            turn.lock();
            try {
                dispatch(ready);
            } finally {
                turn.unlock();
            }
        }
        turn.lock(); // who attends to a descriptor gives it back before, or not at all
        try {
            epoll.close();
        } finally {
            turn.unlock();
        }
        synchronized (wake) {
            ended = true; // a worker may still hand in something, which is dropped
            wake.close();
        }
    }

    private void dispatch(int ready) {
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
        /** Somebody waits for it in the thread's place. */
        private boolean attended;

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

        /**
         * The caller takes the thread's place for this descriptor: waits for it and runs its handler, until what he waits for has come, or for a while at most. Then he need not be woken by the
         * thread, which had to be woken first. One at a time: for the next this does nothing. The handler must not block if there is nothing after all, as both may have seen the same event.
         *
         * @param over whether he needs no more; asked after each call of the handler
         * @param nanos at most
         */
        public void attend(BooleanSupplier over, long nanos) {
            if (over.getAsBoolean() || !take()) {
                return;
            }
            try {
                long end = System.nanoTime() + nanos;
                for (long left = nanos; left > 0 && handlers.containsKey(key) && !over.getAsBoolean(); left = end - System.nanoTime()) {
                    if (Poll.readable(fd, left)) {
                        once();
                    }
                }
            } catch (IllegalStateException closedMeanwhile) {
                return; // with its watch, before
            } finally {
                giveBack();
            }
        }

        private boolean take() {
            turn.lock();
            try {
                if (attended || closing || !handlers.containsKey(key)) {
                    return false;
                }
                epoll.remove(fd);
                attended = true;
                return true;
            } finally {
                turn.unlock();
            }
        }

        private void once() {
            turn.lock();
            try {
                if (handlers.containsKey(key)) {
                    guarded(() -> handler.ready(Epoll.EPOLLIN));
                }
            } finally {
                turn.unlock();
            }
        }

        private void giveBack() {
            turn.lock();
            try {
                attended = false;
                if (!closing && handlers.containsKey(key)) {
                    epoll.add(fd, events, key);
                }
            } finally {
                turn.unlock();
            }
        }

        /** Stops watching. Before the descriptor is closed. Idempotent. */
        @Override
        public void close() {
            if (handlers.remove(key) != null && !closing && !attended) {
                epoll.remove(fd);
            }
        }
    }
}
