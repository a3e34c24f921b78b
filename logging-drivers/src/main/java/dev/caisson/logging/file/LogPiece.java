package dev.caisson.logging.file;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** One file of a log, open for reading up to the size it had then. */
record LogPiece(String name, Fd file, long size, boolean compressed) implements AutoCloseable {
    private static final int BUFFER = 64 * 1024;

    static LogPiece plain(String name, Fd file) {
        return new LogPiece(name, file, FileCalls.fstat(file).size(), false);
    }

    static LogPiece gzip(String name, Fd file) {
        return new LogPiece(name, file, FileCalls.fstat(file).size(), true);
    }

    /** Its bytes from an offset on; an offset in a compressed one counts uncompressed bytes. */
    InputStream stream(long offset) throws IOException {
        if (!compressed) {
            return new FdInputStream(file, offset, size);
        }
        try {
            InputStream in = new GZIPInputStream(new FdInputStream(file, 0, size), BUFFER);
            in.skipNBytes(offset);
            return in;
        } catch (IOException e) {
            throw new IOException("reading the compressed log " + name + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
