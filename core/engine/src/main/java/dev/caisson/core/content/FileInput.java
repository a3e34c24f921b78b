package dev.caisson.core.content;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A file as a stream, in pieces: by a close-on-exec descriptor, which the JDK's own streams do not have. */
abstract class FileInput extends InputStream {
    private static final int BUFFER = 128 * 1024;

    private final Fd file;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER).limit(0);
    private long offset;

    /** Takes ownership of the descriptor. @param offset of the first byte */
    FileInput(Fd file, long offset) {
        this.file = file;
        this.offset = offset;
    }

    /** How far the file may be read: more than the offset, unless it ends there. May wait. */
    abstract long end(long from) throws IOException;

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
        long here = end(offset) - offset;
        if (here <= 0) {
            return false;
        }
        buffer.clear().limit((int) Math.min(here, BUFFER));
        try {
            int n = FileCalls.pread(file, buffer, offset);
            offset += n;
            return n > 0;
        } catch (SyscallException e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            buffer.flip();
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
