package dev.caisson.core.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response, which gives up when nothing, or next to nothing, comes for a while: the client's own time-outs end with the headers. A small one is read as a stream, a
 * large one {@linkplain #drain drained}. Some batches of buffers are asked for ahead, for each one by itself would wake the client's thread. Closing it before its end ends the connection.
 */
final class TimedBody extends InputStream implements Flow.Subscriber<List<ByteBuffer>> {
    private static final List<ByteBuffer> END = List.of(ByteBuffer.allocate(0));

    /** Batches that may wait; the JDK's have at most 16 KiB. */
    private static final int AHEAD = 32;

    /** Fewer bytes within one patience are as good as none. */
    static final int FLOOR = 16 << 10;

    private final Duration patience;
    /** What nobody has read. Its lock is that of {@link #drain}, too. */
    private final BlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
    private @Nullable Drain drain;
    private final Deque<ByteBuffer> here = new ArrayDeque<>();
    private volatile Flow.@Nullable Subscription subscription;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;
    private boolean ended;
    private int read;
    private long window;
    private long inWindow;
    private long waited;
    private long end = Long.MAX_VALUE;

    /** @param patience the longest wait for a byte, and for the first 16 KiB of those that follow */
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
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted");
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

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            ByteBuffer next = here.peek();
            if (next == null) {
                take();
            } else if (next.hasRemaining()) {
                int n = Math.min(length, next.remaining());
                next.get(into, offset, n);
                return n;
            } else {
                here.poll();
                if (here.isEmpty()) {
                    taken();
                }
            }
        }
        return -1;
    }

    /** All of it, which must be here within one patience from now: for what is small. */
    byte[] document(int limit) throws IOException {
        end = patience.toNanos();
        return readNBytes(limit);
    }

    private void take() throws IOException {
        try {
            long before = System.nanoTime();
            List<ByteBuffer> batch = arrived.poll(Math.max(0, Math.min(patience.toNanos(), end - waited)), TimeUnit.NANOSECONDS);
            long took = System.nanoTime() - before; // waiting alone counts, not what the reader does in between
            waited += took;
            window += took;
            if (batch == null) {
                close();
                throw new HttpTimeoutException((end == Long.MAX_VALUE ? "nothing came for " : "not all came within ") + patience.toSeconds() + " s");
            }
            for (ByteBuffer buffer : batch) {
                inWindow += buffer.remaining();
            }
            if (batch != END && window > patience.toNanos()) {
                if (inWindow < FLOOR) {
                    close();
                    throw new HttpTimeoutException("only " + inWindow + " bytes came within " + patience.toSeconds() + " s");
                }
                window = 0;
                inWindow = 0;
            }
            if (batch == END) {
                ended = true;
                if (failure != null) {
                    throw new IOException(failure.getMessage(), failure);
                }
            } else {
                here.addAll(batch);
                if (here.isEmpty()) {
                    taken();
                }
            }
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted");
        }
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
