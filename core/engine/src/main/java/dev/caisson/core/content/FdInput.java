package dev.caisson.core.content;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A file as a stream, from any offset: by a close-on-exec descriptor, which the JDK's own streams do not have. */
public final class FdInput extends InputStream {
    private static final int BUFFER = 128 * 1024;
    private final Fd fd;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER).limit(0);
    private long offset;
    private long left;

    /** Takes ownership of the descriptor; reads {@code length} bytes from {@code offset} on, or less where the file ends. */
    public FdInput(Fd fd, long offset, long length) {
        this.fd = fd;
        this.offset = offset;
        this.left = length;
    }

    @Override
    public int read() throws IOException {
        return fill() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int n = Math.min(length, buffer.remaining());
        buffer.get(into, at, n);
        return n;
    }

    @Override
    public int available() {
        return buffer.remaining();
    }

    private boolean fill() throws IOException {
        if (buffer.hasRemaining()) {
            return true;
        }
        buffer.clear().limit((int) Math.min(left, BUFFER));
        int n = 0;
        try {
            n = left == 0 ? 0 : FileCalls.pread(fd, buffer, offset);
        } catch (SyscallException e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            buffer.flip();
        }
        offset += n;
        left -= n;
        return n > 0;
    }

    @Override
    public void close() {
        fd.close();
    }
}
