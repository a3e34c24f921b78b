package dev.caisson.registry.store;

import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A blob on its way, hashed while it is written. One request at a time has it. What came before a connection broke is kept, so that the client can go on from there.
 */
public final class Upload {
    private static final int BUFFER = 128 << 10;

    private final String id;
    private final String repository;
    private final String user;
    private final Path file;
    private final long largest;
    private final MessageDigest hasher = Digest.hasher("sha256");
    private final ReentrantLock lock = new ReentrantLock();
    private volatile long size;
    private volatile long touched = System.nanoTime();
    private boolean dropped;

    Upload(String id, String repository, String user, Path file, long largest) {
        this.id = id;
        this.repository = repository;
        this.user = user;
        this.file = file;
        this.largest = largest;
    }

    public String id() {
        return id;
    }

    public String repository() {
        return repository;
    }

    String user() {
        return user;
    }

    /** Bytes received. */
    public long size() {
        return size;
    }

    Path file() {
        return file;
    }

    /** One request's turn. */
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /** Takes it for one request. @throws Fault if another one has it */
    public Turn take() {
        if (!lock.tryLock()) {
            throw new Fault(Code.BLOB_UPLOAD_INVALID, 409, "another request is sending to this upload");
        }
        if (dropped) {
            lock.unlock();
            throw new Fault(Code.BLOB_UPLOAD_UNKNOWN, "there is no such upload; begin anew");
        }
        touched = System.nanoTime();
        return lock::unlock;
    }

    /** Adds what comes. Not by a channel, which an interrupt of its thread would close. */
    public void append(InputStream in) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(size); // what a full disk cut off was not counted
            out.seek(size);
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (size + n > largest) {
                    throw new Fault(Code.SIZE_INVALID, 413, "a blob may have " + largest + " bytes here");
                }
                out.write(buffer, 0, n);
                hasher.update(buffer, 0, n);
                size += n;
                touched = System.nanoTime();
            }
        }
    }

    /** @throws Fault if what was received is not this */
    void verify(Digest expected) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(size);
            Digest actual = expected.algorithm().equals("sha256") ? Digest.finished("sha256", hasher) : hashed(out, expected.algorithm());
            if (!actual.equals(expected)) {
                throw new Fault(Code.DIGEST_INVALID, "the " + size + " bytes received have the digest " + actual);
            }
            out.getFD().sync();
        }
    }

    /** Another algorithm is known only at the end. */
    private static Digest hashed(RandomAccessFile in, String algorithm) throws IOException {
        MessageDigest other = Digest.hasher(algorithm);
        byte[] buffer = new byte[BUFFER];
        in.seek(0);
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            other.update(buffer, 0, n);
        }
        return Digest.finished(algorithm, other);
    }

    boolean expired(Duration idle) {
        return System.nanoTime() - touched > idle.toNanos() && !lock.isLocked();
    }

    void drop() throws IOException {
        lock.lock();
        try {
            dropped = true;
            Files.deleteIfExists(file);
        } finally {
            lock.unlock();
        }
    }
}
