package dev.caisson.core.layer;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A stream read by a thread of its own, some pieces ahead of its reader, so that inflating and what is done with the result go on at once. What the source throws is
 * thrown to the reader in its place. Closing it ends the thread, then closes the source.
 */
public final class ReadAhead extends InputStream {
    private static final int PIECE = 256 * 1024;
    private static final int PIECES = 8;

    /** @param length bytes of data; -1 for the end, for which there may be a reason */
    private record Piece(byte[] data, int length, @Nullable Throwable failure) {}

    private final InputStream source;
    private final BlockingQueue<Piece> ready = new ArrayBlockingQueue<>(PIECES + 1);
    private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(PIECES);
    private final Thread thread;
    private Piece current = new Piece(new byte[0], 0, null);
    private int at;
    private volatile boolean closed;

    /** Takes the source over. */
    public ReadAhead(InputStream source) {
        this.source = source;
        for (int i = 0; i < PIECES; i++) {
            free.add(new byte[0]); // grows at its first use: small layers need one
        }
        thread = new Thread(this::readAll, "caisson-inflate");
        thread.setDaemon(true);
        thread.start();
    }

    private void readAll() {
        Throwable failure = null;
        try {
            while (!closed) {
                byte[] data = free.take();
                data = data.length == 0 ? new byte[PIECE] : data;
                int length = fill(data);
                if (length == 0) {
                    break;
                }
                ready.put(new Piece(data, length, null));
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        } catch (InterruptedException e) {
            return; // closed: nobody reads any more
        }
        ready.add(new Piece(new byte[0], -1, failure)); // there is always room for this one
    }

    /** A decompressor hands out small pieces. */
    private int fill(byte[] data) throws IOException {
        int filled = 0;
        while (filled < data.length) {
            int n = source.read(data, filled, data.length - filled);
            if (n < 0) {
                break;
            }
            filled += n;
        }
        return filled;
    }

    @Override
    public int read() throws IOException {
        return next() ? current.data[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!next()) {
            return -1;
        }
        int n = Math.min(length, current.length - at);
        System.arraycopy(current.data, at, into, offset, n);
        at += n;
        return n;
    }

    private boolean next() throws IOException {
        while (at >= current.length) {
            if (current.length < 0) {
                return false;
            }
            if (current.length > 0) {
                free.add(current.data);
            }
            try {
                current = ready.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ImageProblem(Stage.UNPACK, "interrupted while a layer was unpacked", "", e);
            }
            at = 0;
            rethrow(current.failure);
        }
        return true;
    }

    private static void rethrow(@Nullable Throwable failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        source.close();
    }
}
