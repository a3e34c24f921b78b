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
import org.jspecify.annotations.Nullable;

/**
 * The body of a response as a stream that gives up when nothing, or next to nothing, comes for a while: the client's own time-outs end with the headers. Some batches of
 * buffers may wait, for each one that is asked for by itself wakes the client's thread, and its coming the reader's. Closing it before its end ends the connection.
 */
final class TimedBody extends InputStream implements Flow.Subscriber<List<ByteBuffer>> {
    private static final List<ByteBuffer> END = List.of(ByteBuffer.allocate(0));

    /** Batches that may wait; the JDK's have at most 16 KiB. */
    private static final int AHEAD = 32;

    /** Fewer bytes within one patience are as good as none. */
    private static final int FLOOR = 16 << 10;

    private final Duration patience;
    private final BlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
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
        arrived.add(buffers);
    }

    @Override
    public void onError(Throwable e) {
        failure = e;
        arrived.add(END);
    }

    @Override
    public void onComplete() {
        arrived.add(END);
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

    /** What is here, or at least a byte; 0 at the end. The client hands out small pieces, and each one by itself would cost its reader a system call. */
    int readSome(byte[] into) throws IOException {
        int filled = Math.max(0, read(into, 0, into.length));
        while (filled > 0 && filled < into.length && more()) {
            filled += read(into, filled, into.length - filled);
        }
        return filled;
    }

    /** Whether bytes are here. The end is for a call of its own: it may be a failure, and what came before is not to be lost for it. */
    private boolean more() {
        ByteBuffer next = here.peek();
        List<ByteBuffer> waiting = arrived.peek();
        return next != null && (next.hasRemaining() || here.size() > 1) || waiting != null && waiting != END;
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
