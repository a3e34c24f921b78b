package dev.caisson.core.streams;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Keeps a stream in memory up to a limit. Filled on the poller thread; read by others as it comes, after the end, or as a snapshot. */
public final class MemoryOutput implements Sink {
    private static final byte[] EMPTY = {};

    private final long limit;
    private final Runnable exceeded;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private byte[] bytes = EMPTY;
    private int size;
    private boolean over;
    private boolean ended;

    /** @param exceeded called once, when the limit is passed; what comes after it is dropped */
    public MemoryOutput(long limit, Runnable exceeded) {
        this.limit = Math.min(limit, Integer.MAX_VALUE - 64);
        this.exceeded = exceeded;
    }

    @Override
    public boolean accept(ByteBuffer chunk) {
        boolean first;
        lock.lock();
        try {
            int count = (int) Math.min(chunk.remaining(), limit - size);
            if (size + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(limit, Math.max(size + count, bytes.length * 2L)));
            }
            first = count < chunk.remaining() && !over;
            over |= first;
            chunk.get(bytes, size, count);
            size += count;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (first) {
            exceeded.run();
        }
        return true;
    }

    /** What was kept stays; who reads it comes to its end. */
    @Override
    public void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the limit was passed. */
    public boolean over() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }

    /** A copy of what came so far. */
    public byte[] toBytes() {
        lock.lock();
        try {
            return size == 0 ? EMPTY : size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
        } finally {
            lock.unlock();
        }
    }

    /** All of it from the beginning, as it comes, to the end. */
    public InputStream stream() {
        return new Reading();
    }

    private final class Reading extends InputStream {
        private int at;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            Objects.checkFromIndexSize(from, length, into.length);
            if (length == 0) {
                return 0;
            }
            try {
                lock.lockInterruptibly();
                try {
                    while (at == size && !ended) {
                        changed.await();
                    }
                    int count = Math.min(length, size - at);
                    System.arraycopy(bytes, at, into, from, count);
                    at += count;
                    return count == 0 ? -1 : count;
                } finally {
                    lock.unlock();
                }
            } catch (InterruptedException e) {
                throw OutputPipe.interrupted();
            }
        }

        @Override
        public int available() {
            lock.lock();
            try {
                return size - at;
            } finally {
                lock.unlock();
            }
        }
    }
}
