package dev.caisson.core.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/** A blob's bytes as they are stored, by way of one buffer, which decoders read where it lies; counted. */
final class BlobInput extends InputStream {
    private static final int BUFFER = 128 * 1024;

    private final InputStream source;
    private final @Nullable ReadableByteChannel channel;
    private final ByteBuffer buffer;
    private long fetched;

    /** @param source taken over; one that is a channel, too, is read without copies */
    BlobInput(InputStream source) {
        this.source = source;
        this.channel = source instanceof ReadableByteChannel direct ? direct : null;
        this.buffer = (channel == null ? ByteBuffer.allocate(BUFFER) : ByteBuffer.allocateDirect(BUFFER)).limit(0);
    }

    /** What was fetched and not taken: whoever takes of it moves the position. The bytes stay where they are until {@link #more} fetches others. */
    ByteBuffer here() {
        return buffer;
    }

    /** Fetches more if all was taken; false at the end. */
    boolean more() throws IOException {
        if (buffer.hasRemaining()) {
            return true;
        }
        buffer.position(0).limit(0);
        return append();
    }

    /** The first bytes, which are not taken by that; fewer than asked for where the blob ends before. */
    byte[] head(int length) throws IOException {
        while (buffer.remaining() < length && append()) {
            continue;
        }
        byte[] head = new byte[Math.min(length, buffer.remaining())];
        buffer.get(buffer.position(), head);
        return head;
    }

    private boolean append() throws IOException {
        int at = buffer.position();
        int end = buffer.limit();
        buffer.limit(buffer.capacity()).position(end);
        int n;
        try {
            n = channel == null ? source.read(buffer.array(), end, buffer.remaining()) : channel.read(buffer);
        } finally {
            buffer.position(at).limit(end);
        }
        if (n <= 0) {
            return false;
        }
        buffer.limit(end + n);
        fetched += n;
        return true;
    }

    /** How many bytes were taken. */
    long count() {
        return fetched - buffer.remaining();
    }

    @Override
    public int read() throws IOException {
        return more() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!more()) {
            return -1;
        }
        int n = Math.min(length, buffer.remaining());
        buffer.get(into, offset, n);
        return n;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
