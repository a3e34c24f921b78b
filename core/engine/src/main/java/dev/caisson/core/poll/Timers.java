package dev.caisson.core.poll;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Time-outs of the poller, by monotonic time. */
public final class Timers {
    /** Something to be run later; may be called off. */
    public static final class Timer implements Comparable<Timer> {
        private final long due;
        /** Null when it is over: one that was called off stays in the queue until it would have been due, and what it would have done may hold much. */
        private final AtomicReference<@Nullable Runnable> task;

        private Timer(long due, Runnable task) {
            this.due = due;
            this.task = new AtomicReference<>(task);
        }

        /** Calls it off; false if it ran already. */
        public boolean cancel() {
            return task.getAndSet(null) != null;
        }

        @Override
        public int compareTo(Timer other) {
            return Long.compare(due - other.due, 0);
        }
    }

    private final PriorityQueue<Timer> queue = new PriorityQueue<>();
    /** Until when the poller sleeps, by what it was told last; nobody has to wake it for what is due later. */
    private @Nullable Long told;
    /** When the one that was called off last would have been due. */
    private @Nullable Long calledOff;

    Timer add(Duration delay, Runnable task) {
        long nanos;
        try {
            nanos = Math.max(0, delay.toNanos());
        } catch (ArithmeticException e) {
            nanos = Long.MAX_VALUE / 2; // longer than any JVM lives
        }
        Timer timer = new Timer(System.nanoTime() + Math.min(nanos, Long.MAX_VALUE / 2), task);
        synchronized (queue) {
            queue.add(timer);
        }
        return timer;
    }

    /** Whether the poller, asleep, would miss it. */
    boolean wakes(Timer timer) {
        synchronized (queue) {
            return told == null || timer.due - told < 0;
        }
    }

    /**
     * As epoll_wait(2) takes it: -1 for never, rounded up so that a timer is due when it returns. It is asked for again whenever the poller wakes. What was called off counts once more, the last of
     * it: most time-outs are called off, and the next is as long, so that it is due later, and its start need not wake the poller.
     */
    int millisToNext() {
        synchronized (queue) {
            while (!queue.isEmpty() && queue.peek().task.get() == null) {
                calledOff = queue.poll().due;
            }
            long now = System.nanoTime();
            if (calledOff != null && calledOff - now <= 0) {
                calledOff = null;
            }
            told = queue.isEmpty() ? null : (Long) queue.peek().due;
            if (told == null || calledOff != null && calledOff - told < 0) {
                told = calledOff;
            }
            if (told == null) {
                return -1;
            }
            long nanos = told - now;
            return nanos <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (nanos + 999_999) / 1_000_000);
        }
    }

    void runDue(Consumer<Runnable> runner) {
        while (true) {
            Timer timer;
            synchronized (queue) {
                timer = queue.peek();
                if (timer == null || timer.due - System.nanoTime() > 0) {
                    return;
                }
                queue.poll();
            }
            Runnable task = timer.task.getAndSet(null);
            if (task != null) {
                runner.accept(task);
            }
        }
    }
}
