package dev.caisson.logging.file;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPOutputStream;

/** Compresses one open file into another. */
final class Gzip {
    private static final int BUFFER = 64 * 1024;

    private Gzip() {}

    static void compress(Fd from, Fd to) throws IOException {
        try (FdInputStream in = new FdInputStream(from, 0, FileCalls.fstat(from).size());
                GZIPOutputStream out = new GZIPOutputStream(new Sink(to), BUFFER)) {
            in.transferTo(out);
        }
    }

    private static final class Sink extends OutputStream {
        private final Fd file;

        Sink(Fd file) {
            this.file = file;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                FileCalls.writeAll(file, ByteBuffer.wrap(bytes, offset, length));
            } catch (SyscallException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
