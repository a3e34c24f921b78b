package dev.caisson.core.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response, which is given up when too little comes: the client's own time-outs end with the headers. A small one is a {@link #document}, a large one
 * {@linkplain #drain drained}. Some batches of buffers are asked for ahead, for each one by itself would wake the client's thread. Closing it before its end ends the connection.
 */
final class TimedBody implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {
    private static final List<ByteBuffer> END = List.of(ByteBuffer.allocate(0));

    /** Batches that may wait; the JDK's have at most 16 KiB. */
    private static final int AHEAD = 32;

    private final Duration patience;
    /** What nobody has read. Its lock is that of {@link #drain}, too. */
    private final BlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
    private @Nullable Drain drain;
    private volatile Flow.@Nullable Subscription subscription;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;
    private int read;

    TimedBody(Flow.Publisher<List<ByteBuffer>> body, Duration patience) {
        this.patience = patience;
        body.subscribe(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (closed) {
            given.cancel();
        } else {
            given.request(AHEAD);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        Drain to;
        synchronized (arrived) {
            to = drain;
            if (to == null) {
                arrived.add(buffers);
            }
        }
        if (to != null) {
            give(buffers, to);
        }
    }

    @Override
    public void onError(Throwable e) {
        failure = e;
        end(e);
    }

    @Override
    public void onComplete() {
        end(null);
    }

    private void end(@Nullable Throwable why) {
        synchronized (arrived) {
            if (drain == null) {
                arrived.add(END);
            } else {
                drain.end(why);
            }
        }
    }

    /**
     * Gives all of it to a reader as it comes, mostly by threads of the client's, one batch after the other; instead of reading it.
     *
     * @throws IOException if the connection broke, or too little came; what came before has been given
     * @throws RuntimeException what the reader threw, to whom nothing more is given then
     */
    void drain(Consumer<List<ByteBuffer>> reader) throws IOException {
        Drain to = new Drain(reader, patience);
        synchronized (arrived) {
            for (List<ByteBuffer> here = arrived.poll(); here != null; here = arrived.poll()) {
                if (here == END) {
                    to.end(failure);
                } else {
                    give(here, to);
                }
            }
            drain = to;
        }
        try {
            to.await();
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            close();
        }
    }

    private void give(List<ByteBuffer> batch, Drain to) {
        if (to.next(batch)) {
            taken();
        } else {
            close();
        }
    }

    /**
     * All of it, or its beginning: for what is small.
     *
     * @param limit most bytes
     * @throws IOException if the connection broke, or not all came within one patience from now
     */
    byte[] document(int limit) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (all.size() < limit) {
                List<ByteBuffer> batch = arrived.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (batch == null) {
                    close();
                    throw new HttpTimeoutException("not all came within " + patience.toSeconds() + " s");
                }
                if (batch == END) {
                    if (failure != null) {
                        throw new IOException(failure.getMessage(), failure);
                    }
                    break;
                }
                for (ByteBuffer buffer : batch) {
                    byte[] bytes = new byte[Math.min(buffer.remaining(), limit - all.size())];
                    buffer.get(bytes);
                    all.write(bytes, 0, bytes.length);
                }
                taken();
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
        return all.toByteArray();
    }

    private IOException interrupted() {
        close();
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted");
    }

    /** A batch is read; half of what may wait is asked for at once. */
    private void taken() {
        if (++read == AHEAD / 2) {
            read = 0;
            java.util.Objects.requireNonNull(subscription).request(AHEAD / 2);
        }
    }

    @Override
    public void close() {
        closed = true;
        Flow.Subscription given = subscription;
        if (given != null) {
            given.cancel();
        }
    }
}
