package dev.caisson.logging.file;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A range of an open file. The file stays open, its offset where it is. */
final class FdInputStream extends InputStream {
    private final Fd file;
    private final long end;
    private long at;

    FdInputStream(Fd file, long start, long end) {
        this.file = file;
        this.at = start;
        this.end = end;
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
        int wanted = (int) Math.min(length, end - at);
        if (wanted <= 0) {
            return -1;
        }
        try {
            int done = FileCalls.pread(file, ByteBuffer.wrap(into, offset, wanted), at);
            at += done;
            return done == 0 ? -1 : done;
        } catch (SyscallException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, end - at);
    }
}
