package dev.caisson.core.streams;

import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands both streams of one container to its log driver, in the order read. The driver may block, so it is called on a worker, one call at a time; when more
 * than {@value #HIGH} bytes wait for it, the pipes are not read until half of them are done. Nothing is dropped.
 */
public final class LogOutput {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.logs");
    private static final int HIGH = 1 << 20;

    /** What a chunk costs besides its bytes: a process may write them one by one. */
    private static final int CHUNK_COST = 96;

    private record Chunk(LogEntry.@Nullable Stream stream, byte[] bytes, Instant when) {}

    private final String container;
    private final LogDriver driver;
    private final Executor workers;
    private final RecentLines recent;
    private final LineAssembler[] assemblers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progress = lock.newCondition();
    private final Deque<Chunk> queue = new ArrayDeque<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private long waiting;
    private long added;
    private long done;
    private int open = 2;
    private boolean working;
    private boolean failed;
    private volatile LogFollowers followers = new LogFollowers();
    private Runnable resume = () -> {};
    private boolean pausedReaders;

    public LogOutput(String container, LogDriver driver, RecentLines recent, Executor workers) {
        this.container = container;
        this.driver = driver;
        this.workers = workers;
        this.recent = recent;
        assemblers = new LineAssembler[] {new LineAssembler(LogEntry.Stream.STDOUT, this::log), new LineAssembler(LogEntry.Stream.STDERR, this::log)};
    }

    /** The sink of one stream. */
    public Sink sink(LogEntry.Stream stream) {
        return new Sink() {
            @Override
            public boolean accept(ByteBuffer chunk) {
                byte[] bytes = new byte[chunk.remaining()];
                chunk.get(bytes);
                return add(new Chunk(stream, bytes, Instant.now()));
            }

            @Override
            public void end() {
                endOne();
            }
        };
    }

    /** Output of earlier, before anything is read. */
    public void replay(LogEntry.Stream stream, byte[] bytes, Instant when) {
        add(new Chunk(stream, bytes, when));
    }

    /** Who is told of each line when it is kept; before anything is read. */
    public void followedBy(LogFollowers value) {
        followers = value;
    }

    /** What is to be called when reading may go on. */
    public void onResume(Runnable action) {
        resume = action;
    }

    /** Completes when the last line is with the driver and the driver is closed. */
    public CompletableFuture<Void> closed() {
        return closed;
    }

    /** Waits until everything read so far is with the driver. */
    public void flush() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long target = added;
            while (done < target && !closed.isDone()) {
                progress.await(100, TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean add(Chunk chunk) {
        boolean start;
        boolean more;
        lock.lock();
        try {
            queue.add(chunk);
            added++;
            waiting += chunk.bytes().length + CHUNK_COST;
            start = !working;
            working = true;
            more = waiting <= HIGH;
            pausedReaders |= !more;
        } finally {
            lock.unlock();
        }
        if (start) {
            begin();
        }
        return more;
    }

    /** Where there is no thread to be had, whoever brings output works. */
    private void begin() {
        try {
            workers.execute(this::work);
        } catch (OutOfMemoryError | RejectedExecutionException e) {
            LOG.warn("no thread for the output of container {}: {}", container, e.toString());
            work();
        }
    }

    private void endOne() {
        boolean last;
        lock.lock();
        try {
            last = --open == 0;
        } finally {
            lock.unlock();
        }
        if (last) {
            add(new Chunk(null, new byte[0], Instant.now()));
        }
    }

    private void work() {
        while (true) {
            Chunk chunk;
            lock.lock();
            try {
                chunk = queue.poll();
                if (chunk == null) {
                    working = false;
                    return;
                }
            } finally {
                lock.unlock();
            }
            hand(chunk);
            boolean resumeNow;
            lock.lock();
            try {
                waiting -= chunk.bytes().length + CHUNK_COST;
                done++;
                progress.signalAll();
                resumeNow = pausedReaders && waiting < HIGH / 2;
                pausedReaders &= !resumeNow;
            } finally {
                lock.unlock();
            }
            if (resumeNow) {
                resume.run();
            }
        }
    }

    /** A JVM without memory loses what it cannot hold, not the rest. */
    private void hand(Chunk chunk) {
        try {
            if (chunk.stream() != null) {
                assemblers[chunk.stream().ordinal()].add(chunk.bytes(), chunk.when().getEpochSecond(), chunk.when().getNano());
            }
        } catch (OutOfMemoryError e) {
            LOG.error("{} bytes of output of container {} are lost: {}", chunk.bytes().length, container, e.toString());
        }
        if (chunk.stream() == null) {
            end(chunk.when());
        }
    }

    private void end(Instant when) {
        try {
            for (LineAssembler assembler : assemblers) {
                assembler.end(when.getEpochSecond(), when.getNano());
            }
            driver.close();
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("closing log driver {} of container {} failed: {}", driver.name(), container, e.toString());
        } finally {
            closed.complete(null);
        }
    }

    /** A driver that fails, whatever the way, must not hold up its container's end. */
    private void log(LogEntry entry) {
        followers.tell(entry, () -> keep(entry));
    }

    private void keep(LogEntry entry) {
        recent.add(entry);
        try {
            driver.log(entry);
        } catch (IOException | RuntimeException | Error e) {
            if (!failed) {
                failed = true;
                LOG.warn("log driver {} of container {} cannot keep a line (told once): {}", driver.name(), container, e.toString());
            }
        }
    }
}
