package dev.caisson.core.streams;

import dev.caisson.spi.logging.LogEntry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Who follows the lines of one container, through all its runs. A line is kept and told as one: who joins has it among those kept, or is told of it. */
public final class LogFollowers {
    /** Is told of each line. */
    @FunctionalInterface
    public interface Follower {
        /** Must be quick. @param entry its buffer is the follower's only during the call */
        void line(LogEntry entry);
    }

    private final ReentrantLock joint = new ReentrantLock();
    private final List<Follower> followers = new CopyOnWriteArrayList<>();

    /** @param keep keeps the line; does not fail */
    void tell(LogEntry entry, Runnable keep) {
        LogEntry told = new LogEntry(entry.line().duplicate(), entry.stream(), entry.epochSecond(), entry.nano(), entry.partial());
        joint.lock();
        try {
            keep.run();
            followers.forEach(f -> f.line(told));
        } finally {
            joint.unlock();
        }
    }

    /**
     * Joins.
     *
     * @param kept looks at what is kept; quick
     * @return what it saw: every line that the follower is not told of
     */
    public <T> T join(Follower follower, Supplier<T> kept) throws InterruptedException {
        joint.lockInterruptibly();
        try {
            T seen = kept.get();
            followers.add(follower);
            return seen;
        } finally {
            joint.unlock();
        }
    }

    /** Is told no more. Idempotent. */
    public void leave(Follower follower) {
        followers.remove(follower);
    }
}
