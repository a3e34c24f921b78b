package dev.caisson.core.layer;

import dev.caisson.ContainerException;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipException;

/** The archive's bytes in blocks, counted against the limit. I/O errors of the source become the engine's own here. */
final class BlockInput {
    private static final int BUFFER = 128 * 1024;
    private final InputStream in;
    private final LayerLimits limits;
    private final Fault fault;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int limit;
    private long consumed;

    BlockInput(InputStream in, LayerLimits limits, Fault fault) {
        this.in = in;
        this.limits = limits;
        this.fault = fault;
    }

    long position() {
        return consumed;
    }

    /** A whole block; false at the end of the stream, an error in the middle of a block. */
    boolean readBlock(byte[] block) {
        if (at == limit && !fill()) {
            return false;
        }
        fillBlock(block);
        return true;
    }

    void fillBlock(byte[] block) {
        int done = 0;
        while (done < block.length) {
            done += read(block, done, block.length - done);
        }
    }

    byte[] readFully(int length) {
        byte[] data = new byte[length];
        fillBlock(data);
        return data;
    }

    /** At least one byte; the end of the stream is an error here. */
    int read(byte[] into, int offset, int length) {
        if (at == limit) {
            // Large reads go past the buffer.
            if (length >= BUFFER) {
                return count(readSource(into, offset, length));
            }
            if (!fill()) {
                throw truncated();
            }
        }
        int n = Math.min(length, limit - at);
        System.arraycopy(buffer, at, into, offset, n);
        at += n;
        return count(n);
    }

    void skip(long bytes) {
        for (long left = bytes; left > 0; ) {
            if (at == limit && !fill()) {
                throw truncated();
            }
            int n = (int) Math.min(left, limit - at);
            at += n;
            left -= count(n);
        }
    }

    /** Padding is zero in what every archiver writes; anything else is hidden cargo. */
    void expectPadding(int bytes) {
        for (int i = 0; i < bytes; i++) {
            if (at == limit && !fill()) {
                throw truncated();
            }
            if (buffer[at++] != 0) {
                throw fault.malformed("the padding after the content is not zero");
            }
        }
        count(bytes);
    }

    void expectZerosToTheEnd() {
        while (at < limit || fill()) {
            count(limit - at);
            while (at < limit) {
                if (buffer[at++] != 0) {
                    throw fault.malformed("bytes follow the end of the archive");
                }
            }
        }
    }

    private int count(int n) {
        if (n < 0) {
            throw truncated();
        }
        consumed += n;
        if (consumed > limits.totalBytes()) {
            throw fault.excess("it unpacks to more than " + limits.totalBytes() + " bytes");
        }
        return n;
    }

    private boolean fill() {
        at = 0;
        limit = Math.max(0, readSource(buffer, 0, BUFFER));
        return limit > 0;
    }

    private int readSource(byte[] into, int offset, int length) {
        try {
            return in.read(into, offset, length);
        } catch (EOFException | ZipException e) {
            throw fault.malformed(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            if (e.getCause() instanceof ContainerException known) {
                throw known;
            }
            throw new StorageProblem(Stage.UNPACK, "reading " + fault.archive() + ": " + e.getMessage(), "look whether the archive is whole and readable", e);
        }
    }

    private ContainerException truncated() {
        return fault.malformed("the archive ends in the middle of an entry");
    }
}
