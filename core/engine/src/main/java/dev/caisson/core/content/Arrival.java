package dev.caisson.core.content;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fd;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A blob on its way, for those who read it while it arrives. What they read is not verified yet; the end of the stream comes only when it is, so whoever has read to
 * the end has read the blob of that digest. Who makes something of it throws that away when the blob fails.
 */
public final class Arrival {
    private final Digest digest;
    private @Nullable Ingest ingest;
    private @Nullable RuntimeException failure;
    private long here;
    private boolean stored;

    public Arrival(Digest digest) {
        this.digest = digest;
    }

    public Digest digest() {
        return digest;
    }

    /** The writer begins; until it ends by {@link #stored} or {@link #failed} it tells what it has written. */
    public synchronized void begun(Ingest writer) {
        ingest = writer;
        notifyAll();
    }

    /** So many bytes are written now. */
    public synchronized void grown(long bytes) {
        here = bytes;
        notifyAll();
    }

    /** The blob is verified and in the store. */
    public synchronized void stored() {
        stored = true;
        notifyAll();
    }

    /** It will not come; the first reason stays. What has come is not taken back by this. */
    public synchronized void failed(RuntimeException why) {
        if (failure == null && !stored) {
            failure = why;
            notifyAll();
        }
    }

    /**
     * Waits until it is stored.
     *
     * @throws RuntimeException what it failed by
     */
    public synchronized void await() {
        while (!stored) {
            check();
            try {
                wait();
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    private void check() {
        if (failure != null) {
            throw failure;
        }
    }

    /** Bytes from the first on, as they come; what the blob fails by is thrown by reading. */
    public InputStream open(ContentStore store) {
        try {
            Fd file = file();
            return file == null ? store.open(digest) : new Follower(file);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private ImageProblem interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ImageProblem(Stage.PULL, "interrupted while waiting for blob " + digest, "", e);
    }

    /** The file being written; null if it is in the store by now. */
    private synchronized @Nullable Fd file() throws InterruptedException {
        while (true) {
            if (stored) {
                return null;
            }
            check();
            Ingest writer = ingest;
            if (writer != null) {
                try {
                    return writer.follow();
                } catch (IllegalStateException ended) {
                    ingest = null; // how is told in a moment
                    continue;
                }
            }
            wait();
        }
    }

    /** How many bytes there are, once there are more than those; the same number at the end. */
    private synchronized long moreThan(long bytes) throws InterruptedException {
        while (here <= bytes && !stored) {
            check();
            wait();
        }
        return here;
    }

    private final class Follower extends FileInput {
        Follower(Fd file) {
            super(file, 0);
        }

        @Override
        long end(long from) {
            try {
                return moreThan(from);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }
}
