package dev.caisson.core.content;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * A file that is locked for as long as somebody works on something: a blob being written, or an operation that adds several. When its JVM dies the lock goes and the
 * file stays, which tells the next one that there is something to clean up.
 *
 * @param directory where it lies
 */
record Unfinished(Fd directory, String name, Fd file) implements AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Between open and lock, {@link #reclaim} may take the file for a dead writer's; it may still unlink that name then, so the next try has another. */
    static Unfinished begin(Fd directory) {
        while (true) {
            byte[] random = new byte[16];
            RANDOM.nextBytes(random);
            String name = HexFormat.of().formatHex(random);
            Fd file = FileCalls.openat(directory, name, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL, 0600);
            if (StoreLock.tryExclusive(file) && FileCalls.fstat(file).nlink() == 1) {
                return new Unfinished(directory, name, file);
            }
            file.close();
            FileCalls.unlinkatIfPresent(directory, name, 0);
        }
    }

    /** Removes all files of a directory that nobody works on. @return how many */
    static int reclaim(Fd directory) {
        int removed = 0;
        try (Fd listed = FileCalls.openat(directory, ".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            for (Directory.Entry entry : Directory.list(listed)) {
                removed += reclaim(directory, entry.name()) ? 1 : 0;
            }
        }
        return removed;
    }

    /** Removes the file if nobody works on it. */
    static boolean reclaim(Fd directory, String name) {
        try (Fd file = FileCalls.openat(directory, name, Fcntl.O_RDWR | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK, 0)) {
            return StoreLock.tryExclusive(file) && FileCalls.unlinkatIfPresent(directory, name, 0);
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT)) {
                return false;
            }
            throw StoreDirectory.problem("reclaiming an unfinished blob", e);
        }
    }

    /** Nobody works on it any more, and the file stays. */
    void abandon() {
        file.close();
    }

    @Override
    public void close() {
        try (file) {
            FileCalls.unlinkatIfPresent(directory, name, 0);
        }
    }
}
