package dev.caisson.core.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** What a blob holds when it is uncompressed. Who reads it as a channel into a direct buffer gets it without a copy where the decoder can do that. */
public abstract class PlainInput extends InputStream implements ReadableByteChannel {
    private boolean closed;

    /** At least a byte, if there is room; -1 at the end. */
    @Override
    public abstract int read(ByteBuffer into) throws IOException;

    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public final int read(byte[] into, int offset, int length) throws IOException {
        return length == 0 ? 0 : read(ByteBuffer.wrap(into, offset, length));
    }

    @Override
    public final boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() throws IOException {
        closed = true;
    }
}
