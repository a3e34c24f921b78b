package dev.caisson.core.content;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A small file that is replaced at once: a reader, another JVM and a power cut see the old or the new one. Changes are made under a lock that lies beside it, shared with
 * all files of the directory.
 */
public final class DurableFile {
    private final Path directory;
    private final String name;

    /** @param directory is made, 0700, if it is missing */
    public DurableFile(Path directory, String name) {
        this.directory = directory;
        this.name = name;
    }

    /** Where it is, for errors. */
    public Path path() {
        return directory.resolve(name);
    }

    /**
     * Its content; empty if there is no such file.
     *
     * @throws dev.caisson.StorageProblem if it cannot be read
     */
    public Optional<byte[]> read(int limit) {
        StoreDirectory.make(directory).close();
        try (SafeRoot root = SafeRoot.open(directory)) {
            return Optional.of(root.readRegular(name, limit));
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw StoreDirectory.problem("reading " + path(), e);
        }
    }

    /**
     * Replaces it by what the function makes of it, while nobody else does; what is the same array is not written.
     *
     * @throws dev.caisson.StorageProblem if it cannot be written; it is as before then
     */
    @SuppressWarnings("try")
    public void change(int limit, UnaryOperator<Optional<byte[]>> change) {
        StoreDirectory.make(directory).close();
        try (StoreLock lock = StoreLock.exclusive(directory.resolve("change.lock"))) {
            Optional<byte[]> before = read(limit);
            Optional<byte[]> after = change.apply(before);
            if (after.isPresent() && (before.isEmpty() || before.get() != after.get())) {
                write(after.get());
            }
        }
    }

    private void write(byte[] content) {
        String temporary = name + ".new";
        try (Fd dir = FileCalls.open(directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            // Under the lock, so one name is enough; a crash leaves it for the next writer to truncate.
            try (Fd file = FileCalls.openat(dir, temporary, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_NOFOLLOW, 0600)) {
                FileCalls.writeAll(file, ByteBuffer.wrap(content));
                FileCalls.fsync(file);
            }
            FileCalls.renameat2(dir, temporary, dir, name, 0);
            FileCalls.fsync(dir);
        } catch (SyscallException e) {
            throw StoreDirectory.problem("writing " + path(), e);
        }
    }
}
