package dev.caisson.core.content;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Large blobs that are being fetched, by the digest they must turn out to have: {@code DIR/parts/ALGORITHM-HEX}. Each is locked by its one writer. What a dead JVM or a
 * broken connection leaves is where the next fetch of that blob goes on, whoever does it; nothing is believed of it, as the digest is computed over the whole. A blob that is
 * complete keeps its name here, as a second link, until the image that needs it is recorded: what was fetched before a crash is swept with the rest of the operation, and
 * need not be fetched again.
 */
final class Parts implements AutoCloseable {
    /** Smaller blobs are sooner fetched again. */
    static final long SMALLEST = 1 << 20;

    /** So long nobody has gone on with one until it is rubbish. */
    static final Duration KEPT = Duration.ofDays(7);

    private static final int BLOB_MODE = 0400;

    private final Fd directory;

    Parts(Fd directory) {
        this.directory = directory;
    }

    static String name(Digest digest) {
        return digest.algorithm() + "-" + digest.hex();
    }

    /** The part of a blob, perhaps empty, locked; empty while somebody else fetches it. */
    Optional<Unfinished> take(Digest digest) {
        String name = name(digest);
        while (true) {
            Fd file = open(name, Fcntl.O_CREAT);
            try {
                if (!StoreLock.tryExclusive(file)) {
                    file.close();
                    return Optional.empty();
                }
                // Between open and lock it may have become a blob, or been swept.
                if (named(name, file)) {
                    return Optional.of(new Unfinished(directory, name, file));
                }
                file.close();
            } catch (RuntimeException e) {
                file.close();
                throw e;
            }
        }
    }

    /** Removes the part of a blob, unless somebody is busy with it. */
    void forget(Digest digest) {
        remove(name(digest), part -> true);
    }

    /** Removes those that nobody is busy with. @param age how old they must be @return how many */
    int reclaim(Duration age) {
        long before = System.currentTimeMillis() / 1000 - age.toSeconds();
        int removed = 0;
        try (Fd listed = FileCalls.openat(directory, ".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            for (Directory.Entry entry : Directory.list(listed)) {
                removed += remove(entry.name(), part -> part.mtimeSec() <= before) ? 1 : 0;
            }
        }
        return removed;
    }

    private boolean remove(String name, Predicate<Stat> wanted) {
        try {
            if (!FileCalls.fstatatIfPresent(directory, name, Fcntl.AT_SYMLINK_NOFOLLOW).filter(wanted).isPresent()) {
                return false;
            }
            try (Fd file = open(name, 0)) {
                boolean removed = StoreLock.tryExclusive(file) && named(name, file) && FileCalls.unlinkatIfPresent(directory, name, 0);
                if (removed && FileCalls.fstat(file).nlink() > 0) {
                    FileCalls.fchmodat2(file, "", BLOB_MODE, Fcntl.AT_EMPTY_PATH); // a blob, which an ordinary user may just have made writable
                }
                return removed;
            }
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT)) {
                return false;
            }
            throw StoreDirectory.problem("removing part of a blob", e);
        }
    }

    /** A complete one is read-only, as the blob is: an ordinary user makes it writable again to lock it. */
    private Fd open(String name, int flags) {
        int how = Fcntl.O_RDWR | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK | flags;
        try {
            return FileCalls.openat(directory, name, how, 0600);
        } catch (SyscallException e) {
            if (!e.is(Errno.EACCES)) {
                throw e;
            }
            FileCalls.fchmodat2(directory, name, 0600, 0);
            return FileCalls.openat(directory, name, how, 0600);
        }
    }

    private boolean named(String name, Fd file) {
        return FileCalls.fstatatIfPresent(directory, name, Fcntl.AT_SYMLINK_NOFOLLOW).filter(FileCalls.fstat(file)::isSameFile).isPresent();
    }

    @Override
    public void close() {
        directory.close();
    }
}
