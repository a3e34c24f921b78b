package dev.caisson.core.layer;

import dev.caisson.ContainerException;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.ZipException;

/** The archive's bytes in blocks, counted against the limit. I/O errors of the source become the engine's own here. */
final class BlockInput {
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private final Pieces in;
    private final LayerLimits limits;
    private final Fault fault;
    private ByteBuffer piece = NONE;
    private long consumed;

    BlockInput(Pieces in, LayerLimits limits, Fault fault) {
        this.in = in;
        this.limits = limits;
        this.fault = fault;
    }

    long position() {
        return consumed;
    }

    /** A whole block; false at the end of the stream, an error in the middle of a block. */
    boolean readBlock(byte[] block) {
        if (!more()) {
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
        int n = here(length);
        piece.get(into, offset, n);
        return n;
    }

    /** At least one byte to a file, from where it lies. */
    int writeTo(Fd file, long most) {
        int n = here(most);
        int end = piece.limit();
        piece.limit(piece.position() + n);
        FileCalls.writeAll(file, piece);
        piece.limit(end);
        return n;
    }

    void skip(long bytes) {
        for (long left = bytes; left > 0; ) {
            int n = here(left);
            piece.position(piece.position() + n);
            left -= n;
        }
    }

    /** Padding is zero in what every archiver writes; anything else is hidden cargo. */
    void expectPadding(int bytes) {
        for (int left = bytes; left > 0; ) {
            int n = here(left);
            if (!zeros(n)) {
                throw fault.malformed("the padding after the content is not zero");
            }
            left -= n;
        }
    }

    void expectZerosToTheEnd() {
        while (more()) {
            if (!zeros(here(Integer.MAX_VALUE))) {
                throw fault.malformed("bytes follow the end of the archive");
            }
        }
    }

    private boolean zeros(int bytes) {
        int left = bytes;
        for (; left >= Long.BYTES; left -= Long.BYTES) {
            if (piece.getLong() != 0) {
                return false;
            }
        }
        for (; left > 0; left--) {
            if (piece.get() != 0) {
                return false;
            }
        }
        return true;
    }

    /** How many of so many bytes are in this piece, at least one: they are counted as read. */
    private int here(long most) {
        if (!more()) {
            throw fault.malformed("the archive ends in the middle of an entry");
        }
        int n = (int) Math.min(most, piece.remaining());
        consumed += n;
        if (consumed > limits.totalBytes()) {
            throw fault.excess("it unpacks to more than " + limits.totalBytes() + " bytes");
        }
        return n;
    }

    /** False at the end of the stream. */
    private boolean more() {
        if (piece.hasRemaining()) {
            return true;
        }
        try {
            ByteBuffer next = in.next();
            piece = next == null ? NONE : next;
            return next != null;
        } catch (EOFException | ZipException e) {
            throw fault.malformed(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            if (e.getCause() instanceof ContainerException known) {
                throw known;
            }
            throw new StorageProblem(Stage.UNPACK, "reading " + fault.archive() + ": " + e.getMessage(), "look whether the archive is whole and readable", e);
        }
    }
}
