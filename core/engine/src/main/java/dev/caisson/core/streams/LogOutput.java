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
    public synchronized void flush() throws InterruptedException {
        long target = added;
        while (done < target && !closed.isDone()) {
            wait(100);
        }
    }

    private synchronized boolean add(Chunk chunk) {
        queue.add(chunk);
        added++;
        waiting += chunk.bytes().length + CHUNK_COST;
        if (!working) {
            working = true;
            workers.execute(this::work);
        }
        if (waiting > HIGH) {
            pausedReaders = true;
            return false;
        }
        return true;
    }

    private synchronized void endOne() {
        if (--open == 0) {
            add(new Chunk(null, new byte[0], Instant.now()));
        }
    }

    private void work() {
        while (true) {
            Chunk chunk;
            synchronized (this) {
                chunk = queue.poll();
                if (chunk == null) {
                    working = false;
                    return;
                }
            }
            if (chunk.stream() == null) {
                end(chunk.when());
            } else {
                assemblers[chunk.stream().ordinal()].add(chunk.bytes(), chunk.when().getEpochSecond(), chunk.when().getNano());
            }
            boolean resumeNow;
            synchronized (this) {
                waiting -= chunk.bytes().length + CHUNK_COST;
                done++;
                notifyAll();
                resumeNow = pausedReaders && waiting < HIGH / 2;
                pausedReaders &= !resumeNow;
            }
            if (resumeNow) {
                resume.run();
            }
        }
    }

    private void end(Instant when) {
        for (LineAssembler assembler : assemblers) {
            assembler.end(when.getEpochSecond(), when.getNano());
        }
        try {
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
