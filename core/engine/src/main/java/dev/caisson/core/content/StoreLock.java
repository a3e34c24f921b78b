package dev.caisson.core.content;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.PathBytes;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A lock between threads and JVMs, on a file that is never removed. It is an open-file-description lock: it ends with its descriptor, so with its process too,
 * and two engines in one JVM exclude each other (locks of {@code FileChannel} do neither).
 */
final class StoreLock implements AutoCloseable {
    private static final long LONGEST_PAUSE = 10;

    private final Fd file;

    private StoreLock(Fd file) {
        this.file = file;
    }

    /** Waits until nobody else has it. */
    static StoreLock exclusive(Path file) {
        return wait(file, OfdLock.Mode.EXCLUSIVE);
    }

    /** Waits until nobody has it exclusively. */
    static StoreLock shared(Path file) {
        return wait(file, OfdLock.Mode.SHARED);
    }

    /**
     * Waits until nobody else has it. Those may be long: a pull from a slow registry. The kernel's own waiting ends with no interrupt of Java's, so it is asked again and again.
     *
     * @throws InterruptedException if the thread is interrupted before
     */
    static StoreLock exclusiveInterruptibly(Path path) throws InterruptedException {
        for (long pause = 1;; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
            Optional<StoreLock> lock = tryExclusive(path);
            if (lock.isPresent()) {
                return lock.get();
            }
            Thread.sleep(pause);
        }
    }

    /** Locks if nobody else has it. */
    static Optional<StoreLock> tryExclusive(Path path) {
        return StoreDirectory.doing("locking " + path, () -> {
            Fd file = open(path);
            try {
                if (tryExclusive(file)) {
                    return Optional.of(new StoreLock(file));
                }
                file.close();
                return Optional.empty();
            } catch (RuntimeException e) {
                file.close();
                throw e;
            }
        });
    }

    private static StoreLock wait(Path path, OfdLock.Mode mode) {
        return StoreDirectory.doing("locking " + path, () -> {
            Fd file = open(path);
            try {
                OfdLock.lock(file, mode);
                return new StoreLock(file);
            } catch (RuntimeException e) {
                file.close();
                throw e;
            }
        });
    }

    private static Fd open(Path path) {
        return FileCalls.openat(Fd.CWD, PathBytes.of(path), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW, 0600);
    }

    /** Locks an open file, unless someone else has; held until the descriptor is closed. */
    static boolean tryExclusive(Fd file) {
        return OfdLock.tryLock(file, OfdLock.Mode.EXCLUSIVE).isPresent();
    }

    @Override
    public void close() {
        file.close();
    }
}
