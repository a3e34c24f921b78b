package dev.caisson.core.streams;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Keeps a stream in memory up to a limit. Filled on the poller thread; read by others only after the end, or as a snapshot. */
public final class MemoryOutput implements Sink {
    private static final byte[] EMPTY = {};

    private final long limit;
    private final Runnable exceeded;
    private byte[] bytes = EMPTY;
    private int size;
    private boolean over;

    /** @param exceeded called once, when the limit is passed; what comes after it is dropped */
    public MemoryOutput(long limit, Runnable exceeded) {
        this.limit = Math.min(limit, Integer.MAX_VALUE - 64);
        this.exceeded = exceeded;
    }

    @Override
    public synchronized boolean accept(ByteBuffer chunk) {
        int count = (int) Math.min(chunk.remaining(), limit - size);
        if (size + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(limit, Math.max(size + count, bytes.length * 2L)));
        }
        boolean tooMuch = count < chunk.remaining();
        chunk.get(bytes, size, count);
        size += count;
        if (tooMuch && !over) {
            over = true;
            exceeded.run();
        }
        return true;
    }

    @Override
    public void end() {
        // what was kept stays
    }

    /** Whether the limit was passed. */
    public synchronized boolean over() {
        return over;
    }

    /** A copy of what came so far. */
    public synchronized byte[] toBytes() {
        return size == 0 ? EMPTY : size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }
}
