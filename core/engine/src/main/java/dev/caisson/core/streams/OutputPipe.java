package dev.caisson.core.streams;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Between a stream and somebody who reads it when he likes: so many bytes wait for him, then the stream does, or he loses it. */
public final class OutputPipe implements Sink {
    private final long capacity;
    private final @Nullable Runnable overflow;
    private final Deque<byte[]> chunks = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Runnable room = () -> { };
    private int taken;
    private long size;
    private boolean full;
    private boolean finishing;
    private boolean ended;
    private boolean lost;

    /**
     * @param capacity bytes
     * @param overflow null if the stream waits for the reader; else called once when he is too slow, who gets what was kept, then an error
     */
    public OutputPipe(long capacity, @Nullable Runnable overflow) {
        this.capacity = capacity;
        this.overflow = overflow;
    }

    /** What is to be called when more can be taken again; before anything comes. */
    public void onRoom(Runnable action) {
        room = action;
    }

    @Override
    public boolean accept(ByteBuffer chunk) {
        lock.lock();
        try {
            if (ended) {
                return true;
            }
            if (overflow == null || finishing || size + chunk.remaining() <= capacity) {
                byte[] bytes = new byte[chunk.remaining()];
                chunk.get(bytes);
                chunks.add(bytes);
                size += bytes.length;
                changed.signalAll();
                full = overflow == null && !finishing && size >= capacity;
                return !full;
            }
            lost = true;
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        Objects.requireNonNull(overflow).run();
        return true;
    }

    /** What still comes is little, and waits for nobody. */
    void finishing() {
        lock.lock();
        try {
            finishing = true;
            full = false;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void end() {
        lock.lock();
        try {
            ended = true;
            full = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The reader's side. Closing it is to read no more, as when nobody were there. */
    public InputStream stream() {
        return new Reading();
    }

    private int read(byte[] into, int from, int length) throws IOException {
        boolean roomAgain;
        int count;
        lockOrInterrupted();
        try {
            while (size == 0 && !ended) {
                changed.await();
            }
            if (size == 0) {
                if (lost) {
                    throw new IOException("detached: more than " + capacity + " bytes waited to be read");
                }
                return -1;
            }
            byte[] chunk = chunks.element();
            count = Math.min(length, chunk.length - taken);
            System.arraycopy(chunk, taken, into, from, count);
            taken += count;
            size -= count;
            if (taken == chunk.length) {
                chunks.remove();
                taken = 0;
            }
            roomAgain = full && size <= capacity / 2;
            full &= !roomAgain;
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            lock.unlock();
        }
        if (roomAgain) {
            room.run();
        }
        return count;
    }

    private void lockOrInterrupted() throws InterruptedIOException {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** The interrupt status is kept. */
    static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted");
    }

    private final class Reading extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            Objects.checkFromIndexSize(from, length, into.length);
            return length == 0 ? 0 : OutputPipe.this.read(into, from, length);
        }

        @Override
        public int available() {
            lock.lock();
            try {
                return (int) Math.min(Integer.MAX_VALUE, size);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                ended = true;
                full = false;
                chunks.clear();
                size = 0;
                taken = 0;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            room.run();
        }
    }
}
