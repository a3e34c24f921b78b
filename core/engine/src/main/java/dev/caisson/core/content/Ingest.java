package dev.caisson.core.content;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One blob being written. {@link #commit()} makes it durable and visible, if digest and size are as expected; {@link #close()} without it leaves nothing, unless it is
 * part of a blob that is to be gone on with: then a killed JVM leaves what there is, and so does {@link #keep()}. For one thread.
 */
public final class Ingest implements AutoCloseable {
    private static final int BUFFER = 128 * 1024;
    /** So much is handed to the disk at once, while more comes: else all of it is left for the end, where somebody waits. */
    private static final long PORTION = 8 << 20;

    private final ContentStore store;
    private final Fd directory;
    private final @Nullable Digest expected;
    private final long expectedSize;
    private final String name;
    private final Fd file;
    private final MessageDigest hasher;
    private final ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER);
    private final boolean part;
    private long size;
    private long handedOver;
    private boolean done;
    private @Nullable Digest digest;

    private Ingest(ContentStore store, Unfinished begun, @Nullable Digest expected, long expectedSize, boolean part) {
        this.store = store;
        this.directory = begun.directory();
        this.expected = expected;
        this.expectedSize = expectedSize;
        this.hasher = Digest.hasher(expected == null ? "sha256" : expected.algorithm());
        this.name = begun.name();
        this.file = begun.file();
        this.part = part;
    }

    static Ingest begin(ContentStore store, Fd directory, @Nullable Digest expected, long expectedSize) {
        return new Ingest(store, StoreDirectory.doing("beginning a blob", () -> Unfinished.begin(directory)), expected, expectedSize, false);
    }

    /** Goes on with what is in the file; if that cannot be the beginning of the blob, it is empty afterwards, or another. */
    static @Nullable Ingest resume(ContentStore store, Unfinished begun, Digest expected, long expectedSize) {
        Ingest ingest = new Ingest(store, begun, expected, expectedSize, true);
        try {
            return StoreDirectory.doing("going on with blob " + expected, () -> {
                dev.caisson.linux.Stat there = FileCalls.fstat(begun.file());
                // One with a second name is a blob, which must never be written to.
                if (!there.isRegular() || there.size() > expectedSize || there.nlink() > 1 && there.size() != expectedSize) {
                    ingest.close();
                    return null;
                }
                ingest.hashUpTo(there.size());
                return ingest;
            });
        } catch (RuntimeException e) {
            ingest.close();
            throw e;
        }
    }

    private void hashUpTo(long end) {
        while (size < end) {
            direct.clear().limit((int) Math.min(BUFFER, end - size));
            if (FileCalls.pread(file, direct, size) == 0) {
                throw new IllegalStateException("a locked part of a blob has become shorter");
            }
            size += direct.flip().remaining();
            hasher.update(direct);
        }
        FileCalls.lseek(file, size, Fcntl.SEEK_SET);
        handedOver = size;
    }

    /** Bytes so far. */
    public long size() {
        return size;
    }

    /** Appends; see the other form. */
    public void write(byte[] data, int offset, int length) {
        write(List.of(ByteBuffer.wrap(data, offset, length)));
    }

    /**
     * Appends what is left in each of some buffers.
     *
     * @throws ImageProblem as soon as there are more bytes than expected
     */
    public void write(List<ByteBuffer> data) {
        long length = 0;
        for (ByteBuffer buffer : data) {
            length += buffer.remaining();
        }
        if (expectedSize >= 0 && length > expectedSize - size) {
            throw wrong("has more than the " + expectedSize + " bytes its descriptor says");
        }
        size += length;
        StoreDirectory.doing("writing a blob", () -> {
            direct.clear();
            data.forEach(this::gather);
            write();
            if (size - handedOver >= PORTION) {
                FileCalls.beginWriteback(file, handedOver, size - handedOver);
                handedOver = size;
            }
            return size;
        });
    }

    /** Writes only what is full: small buffers would cost a system call each. */
    private void gather(ByteBuffer data) {
        int end = data.limit();
        while (data.hasRemaining()) {
            data.limit(Math.min(end, data.position() + direct.remaining()));
            direct.put(data);
            data.limit(end);
            if (!direct.hasRemaining()) {
                write();
            }
        }
    }

    private void write() {
        hasher.update(direct.flip().duplicate());
        FileCalls.writeAll(file, direct);
        direct.clear();
    }

    /**
     * Verifies, makes durable, and shows the blob to everyone.
     *
     * @return its digest
     * @throws ImageProblem if digest or size are not as expected
     */
    public Digest commit() {
        if (done) {
            throw new IllegalStateException("the blob is committed or dropped already");
        }
        if (expectedSize >= 0 && size != expectedSize) {
            throw wrong("has " + size + " bytes, its descriptor says " + expectedSize);
        }
        Digest actual = digest();
        if (expected != null && !actual.equals(expected)) {
            throw wrong("has the digest " + actual);
        }
        StoreDirectory.doing("committing blob " + actual, () -> {
            FileCalls.fchmodat2(file, "", 0400, Fcntl.AT_EMPTY_PATH);
            // The bytes before the name, the name before anyone is told.
            FileCalls.fsync(file);
            FileCalls.renameat2(directory, name, store.blobs(actual), actual.hex(), 0);
            FileCalls.fsync(store.blobs(actual));
            if (part) {
                linkBack(actual);
            }
            return actual;
        });
        done = true;
        shut();
        return actual;
    }

    /** Until the operation has ended it is swept if its JVM dies; as a part it is not. */
    private void linkBack(Digest blob) {
        try {
            FileCalls.linkat(store.blobs(blob), blob.hex(), directory, name, 0);
        } catch (SyscallException e) {
            // A file system without hard links: it is fetched again then.
        }
    }

    /** Whether size and digest are as expected by now. Nothing may be written after it. */
    public boolean asExpected() {
        return (expectedSize < 0 || size == expectedSize) && (expected == null || expected.equals(digest()));
    }

    private Digest digest() {
        Digest known = digest;
        if (known == null) {
            known = Digest.of(expected == null ? "sha256" : expected.algorithm(), hasher.digest());
            digest = known;
        }
        return known;
    }

    /** Ends it so that a part can be gone on with; what is no part is dropped. */
    public void keep() {
        if (part && size > 0 && !done) {
            done = true;
            shut();
        } else {
            close();
        }
    }

    /** Gives up the name and keeps the file: scratch space that ends with its descriptor, which is the caller's now. */
    public Fd detach() {
        if (done) {
            throw new IllegalStateException("the blob is committed or dropped already");
        }
        done = true;
        FileCalls.unlinkatIfPresent(directory, name, 0);
        return file;
    }

    /** What is being written, for somebody who reads along: a descriptor that is the caller's, and outlives this. @throws IllegalStateException if it has ended */
    synchronized Fd follow() {
        return file.dup();
    }

    private synchronized void shut() {
        file.close();
    }

    private ImageProblem wrong(String how) {
        return new ImageProblem(Stage.PULL, "blob " + (expected == null ? "" : expected + " ") + how,
                "the source is damaged or lies; get the image from somewhere else");
    }

    @Override
    public void close() {
        if (!done) {
            done = true;
            try {
                FileCalls.unlinkatIfPresent(directory, name, 0);
            } finally {
                shut();
            }
        }
    }
}
