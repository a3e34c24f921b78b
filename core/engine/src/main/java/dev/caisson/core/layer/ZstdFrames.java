package dev.caisson.core.layer;

import java.io.IOException;
import java.io.InputStream;

/**
 * Follows the frames of a zstd stream (RFC 8878, section 3.1) on their way to the decoder: drops skippable ones (zstd:chunked keeps its index there), refuses
 * a window above the limit before the decoder allocates it, refuses dictionaries, garbage and truncation. It reads only headers; blocks pass through.
 */
final class ZstdFrames extends InputStream {
    private static final long MAGIC = 0xfd2fb528L;
    private static final long SKIPPABLE = 0x184d2a50L;
    private static final int RLE = 1;
    private static final int RESERVED = 3;
    private static final long BLOCK_MAX = 128 * 1024;

    private final InputStream in;
    private final LayerLimits limits;
    private final Fault fault;
    /** Header bytes that were read here and are to be passed on. */
    private final byte[] pending = new byte[18];
    private int pendingAt;
    private int pendingEnd;
    private long blockLeft;
    private boolean inFrame;
    private boolean lastBlock;
    private boolean checksum;

    ZstdFrames(InputStream in, LayerLimits limits, Fault fault) {
        this.in = in;
        this.limits = limits;
        this.fault = fault;
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
        while (pendingAt == pendingEnd && blockLeft == 0) {
            pendingAt = 0;
            pendingEnd = 0;
            if (!advance()) {
                return -1;
            }
        }
        if (pendingAt < pendingEnd) {
            int n = Math.min(length, pendingEnd - pendingAt);
            System.arraycopy(pending, pendingAt, into, offset, n);
            pendingAt += n;
            return n;
        }
        int n = in.read(into, offset, (int) Math.min(length, blockLeft));
        if (n < 0) {
            throw truncated();
        }
        blockLeft -= n;
        return n;
    }

    private boolean advance() throws IOException {
        if (!inFrame) {
            return frame();
        }
        if (lastBlock) {
            inFrame = false;
            blockLeft = checksum ? 4 : 0;
            return true;
        }
        long header = take(3);
        lastBlock = (header & 1) != 0;
        int type = (int) (header >> 1 & 3);
        long size = header >> 3;
        if (type == RESERVED || size > BLOCK_MAX) {
            throw fault.malformed("its zstd stream has an impossible block");
        }
        blockLeft = type == RLE ? 1 : size;
        return true;
    }

    private boolean frame() throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        pending[pendingEnd++] = (byte) first;
        long magic = first | take(3) << 8;
        if ((magic & ~0xfL) == SKIPPABLE) {
            long size = take(4);
            pendingEnd = 0;
            skipExactly(size);
            return true;
        }
        if (magic != MAGIC) {
            throw fault.malformed("garbage follows its zstd frames");
        }
        int descriptor = (int) take(1);
        boolean single = (descriptor & 0x20) != 0;
        checksum = (descriptor & 4) != 0;
        if ((descriptor & 8) != 0) {
            throw fault.malformed("its zstd frame header has a reserved bit");
        }
        long window = single ? 0 : window((int) take(1));
        int dictionary = new int[] {0, 1, 2, 4}[descriptor & 3];
        if (dictionary > 0 && take(dictionary) != 0) {
            throw fault.unsupported("its zstd frame needs a dictionary", "compress the layer without one");
        }
        int field = descriptor >> 6;
        int bytes = field == 0 ? (single ? 1 : 0) : 1 << field;
        long content = bytes == 0 ? 0 : take(bytes) + (bytes == 2 ? 256 : 0);
        long needed = single ? content : window;
        if (needed > limits.zstdWindow() || needed < 0) {
            throw fault.excess("its zstd frame needs a window of " + Long.toUnsignedString(needed) + " bytes, more than " + limits.zstdWindow());
        }
        inFrame = true;
        lastBlock = false;
        return true;
    }

    private static long window(int descriptor) {
        long base = 1L << 10 + (descriptor >> 3);
        return base + base / 8 * (descriptor & 7);
    }

    /** A little-endian number, which is passed on as well. */
    private long take(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            int b = in.read();
            if (b < 0) {
                throw truncated();
            }
            pending[pendingEnd++] = (byte) b;
            value |= (long) b << 8 * i;
        }
        return value;
    }

    private void skipExactly(long bytes) throws IOException {
        byte[] scrap = new byte[8192];
        for (long left = bytes; left > 0; ) {
            int n = in.read(scrap, 0, (int) Math.min(left, scrap.length));
            if (n < 0) {
                throw truncated();
            }
            left -= n;
        }
    }

    private RuntimeException truncated() {
        return fault.malformed("its zstd stream is truncated");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
