package dev.caisson.storage.layers;

import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_EXCL;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_PATH;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.O_RDWR;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Directories that are nobody's unless a living engine holds their lock: layers being filled and layers being removed.
 *
 * <p>{@code NAME.lock} is made and locked before {@code NAME} and unlinked after it, so that whoever gets the lock of an
 * existing lock file may remove the directory. The locks are OFD locks: the kernel drops them with their process.
 */
final class Scratch implements AutoCloseable {
    private static final String LOCK = ".lock";

    private final Path path;
    private final Fd directory;

    /** @param path a directory; made with mode 0700 if missing */
    Scratch(Fd parent, Path path) {
        String name = path.getFileName().toString();
        FileCalls.mkdiratIfAbsent(parent, name, 0700);
        this.path = path;
        this.directory = FileCalls.openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    }

    Fd fd() {
        return directory;
    }

    /** A new, empty, locked directory of mode 0700. */
    Entry create() {
        while (true) {
            String name = UUID.randomUUID().toString();
            Optional<Held> held = hold(name, O_EXCL);
            if (held.isPresent()) {
                try {
                    FileCalls.mkdirat(directory, name, 0700);
                    Fd made = FileCalls.openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
                    return new Entry(this, name, made, held.get());
                } catch (RuntimeException e) {
                    remove(name, held.get());
                    throw e;
                }
            }
        }
    }

    /** Removes what dead engines left; what a living one holds stays. */
    void sweep() {
        for (String name : names()) {
            hold(name, 0).ifPresent(held -> remove(name, held));
        }
    }

    /** Names of the entries, also of those without a lock. */
    Set<String> names() {
        Set<String> names = new HashSet<>();
        try (Fd listing = FileCalls.openat(directory, ".", O_RDONLY | O_DIRECTORY, 0)) {
            for (Directory.Entry entry : Directory.list(listing)) {
                String name = entry.name();
                names.add(name.endsWith(LOCK) ? name.substring(0, name.length() - LOCK.length()) : name);
            }
        }
        return names;
    }

    /** The lock of a name; empty if another holds it. The flag O_EXCL asks for a name nobody has. */
    private Optional<Held> hold(String name, int exclusive) {
        Fd file;
        try {
            file = FileCalls.openat(directory, name + LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | exclusive, 0600);
        } catch (SyscallException e) {
            if (e.is(Errno.EEXIST)) {
                return Optional.empty();
            }
            throw e;
        }
        // A sweeper may have unlinked it between open and lock: then the name is free again, not ours.
        if (OfdLock.tryLock(file, OfdLock.Mode.EXCLUSIVE).isEmpty() || FileCalls.fstat(file).nlink() == 0) {
            file.close();
            return Optional.empty();
        }
        return Optional.of(new Held(file));
    }

    private void remove(String name, Held held) {
        try (held; SafeRoot here = SafeRoot.of(FileCalls.openat(directory, ".", O_PATH | O_DIRECTORY, 0))) {
            here.removeTree(name);
            FileCalls.unlinkatIfPresent(directory, name + LOCK, 0);
        }
    }

    @Override
    public void close() {
        directory.close();
    }

    /** Closing the descriptor gives back the lock: it is the only one of its open file description. */
    private record Held(Fd file) implements AutoCloseable {
        @Override
        public void close() {
            file.close();
        }
    }

    /** One directory, held until it is dropped or has moved away. */
    static final class Entry {
        private final Scratch scratch;
        private final String name;
        private final Fd directory;
        private final Held held;

        private Entry(Scratch scratch, String name, Fd directory, Held held) {
            this.scratch = scratch;
            this.name = name;
            this.directory = directory;
            this.held = held;
        }

        String name() {
            return name;
        }

        Path path() {
            return scratch.path.resolve(name);
        }

        Fd fd() {
            return directory;
        }

        /** Removes it, or what is left of it after it was renamed. */
        void drop() {
            directory.close();
            scratch.remove(name, held);
        }
    }
}
