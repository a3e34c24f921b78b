package dev.caisson.core.content;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/** A file as a stream, in pieces: by a close-on-exec descriptor, which the JDK's own streams do not have. */
abstract class FileInput extends InputStream implements ReadableByteChannel {
    private static final int BUFFER = 128 * 1024;

    private final Fd file;
    /** Made by the first who reads to an array. */
    private @Nullable ByteBuffer buffer;
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
        ByteBuffer here = ahead();
        return here.hasRemaining() ? here.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        ByteBuffer here = ahead();
        int n = Math.min(length, here.remaining());
        here.get(into, at, n);
        return n > 0 ? n : -1;
    }

    @Override
    public int available() {
        return buffer == null ? 0 : buffer.remaining();
    }

    /** Without a copy, if the buffer is direct and nothing was read ahead. */
    @Override
    public int read(ByteBuffer into) throws IOException {
        ByteBuffer ahead = buffer;
        if (ahead != null && ahead.hasRemaining()) {
            int n = Math.min(into.remaining(), ahead.remaining());
            into.put(into.position(), ahead, ahead.position(), n).position(into.position() + n);
            ahead.position(ahead.position() + n);
            return n;
        }
        return into.hasRemaining() ? fetch(into) : 0;
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    /** What is read ahead: something, unless the file ends here. */
    private ByteBuffer ahead() throws IOException {
        ByteBuffer here = buffer == null ? ByteBuffer.allocateDirect(BUFFER).limit(0) : buffer;
        buffer = here;
        if (!here.hasRemaining()) {
            here.clear();
            try {
                fetch(here);
            } finally {
                here.flip();
            }
        }
        return here;
    }

    /** What there is by now, as much as there is room; -1 at the end. */
    private int fetch(ByteBuffer into) throws IOException {
        long here = end(offset) - offset;
        if (here <= 0) {
            return -1;
        }
        int limit = into.limit();
        into.limit((int) Math.min(limit, into.position() + here));
        try {
            int n = FileCalls.pread(file, into, offset);
            offset += n;
            return n > 0 ? n : -1;
        } catch (SyscallException e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            into.limit(limit);
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
