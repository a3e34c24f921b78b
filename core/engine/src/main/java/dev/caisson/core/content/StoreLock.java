package dev.caisson.core.content;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.PathBytes;
import java.nio.file.Path;

/**
 * A lock between threads and JVMs, on a file that is never removed. It is an open-file-description lock: it ends with its descriptor, so with its process too,
 * and two engines in one JVM exclude each other (locks of {@code FileChannel} do neither).
 */
final class StoreLock implements AutoCloseable {
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

    private static StoreLock wait(Path path, OfdLock.Mode mode) {
        return StoreDirectory.doing("locking " + path, () -> {
            Fd file = FileCalls.openat(Fd.CWD, PathBytes.of(path), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW, 0600);
            try {
                OfdLock.lock(file, mode);
                return new StoreLock(file);
            } catch (RuntimeException e) {
                file.close();
                throw e;
            }
        });
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
