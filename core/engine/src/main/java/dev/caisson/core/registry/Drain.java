package dev.caisson.core.registry;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A body that is given to its reader batch by batch, by the client's thread that brings it: none is handed from one thread to another. Who wants it waits for its end alone,
 * and gives up when nothing, or next to nothing, comes for a while. What the reader does is no waiting.
 */
final class Drain {
    /** Fewer bytes within one patience are as good as none. */
    static final int FLOOR = 16 << 10;

    private final Consumer<List<ByteBuffer>> reader;
    private final Duration patience;
    private @Nullable Throwable broken;
    private @Nullable Throwable thrown;
    /** It has ended, or nobody waits for it any more. */
    private boolean over;
    private boolean reading;
    private long quietSince = System.nanoTime();
    private long quiet;
    private long inWindow;

    /** @param patience the longest wait for a byte, and for each 16 KiB */
    Drain(Consumer<List<ByteBuffer>> reader, Duration patience) {
        this.reader = reader;
        this.patience = patience;
    }

    /** @return whether more is wanted */
    boolean next(List<ByteBuffer> batch) {
        synchronized (this) {
            if (over) {
                return false;
            }
            reading = true;
            quiet += System.nanoTime() - quietSince;
            for (ByteBuffer buffer : batch) {
                inWindow += buffer.remaining();
            }
        }
        Throwable failure = null;
        try {
            reader.accept(batch);
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        synchronized (this) {
            reading = false;
            quietSince = System.nanoTime();
            if (failure != null) {
                thrown = failure;
                over = true;
            }
            if (over) {
                notifyAll(); // who gave up waits for the reader
            }
            return !over;
        }
    }

    /** Nothing comes any more. @param why null for the body's proper end */
    synchronized void end(@Nullable Throwable why) {
        broken = why;
        over = true;
        notifyAll();
    }

    /**
     * Waits for the end. The reader is given nothing more once this returns, however it does.
     *
     * @throws IOException if the connection broke, or too little came
     * @throws RuntimeException what the reader threw
     */
    synchronized void await() throws IOException, InterruptedException {
        try {
            while (!over) {
                long now = reading ? 0 : System.nanoTime() - quietSince;
                if (now >= patience.toNanos()) {
                    throw new HttpTimeoutException("nothing came for " + patience.toSeconds() + " s");
                }
                long left = patience.toNanos() - Math.max(now, quiet + now);
                if (left <= 0) {
                    if (inWindow < FLOOR) {
                        throw new HttpTimeoutException("only " + inWindow + " bytes came within " + patience.toSeconds() + " s");
                    }
                    quiet = -now;
                    inWindow = 0;
                    continue;
                }
                TimeUnit.NANOSECONDS.timedWait(this, left + TimeUnit.MILLISECONDS.toNanos(1));
            }
        } finally {
            over = true;
            letGo();
        }
        if (thrown instanceof RuntimeException mine) {
            throw mine;
        }
        if (thrown instanceof Error mine) {
            throw mine;
        }
        if (broken != null) {
            throw new IOException(broken.getMessage(), broken);
        }
    }

    private void letGo() {
        boolean interrupted = false;
        while (reading) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
