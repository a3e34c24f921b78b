package dev.caisson.linux;

import static dev.caisson.linux.Fcntl.AT_REMOVEDIR;
import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.RESOLVE_BENEATH;
import static dev.caisson.linux.Fcntl.RESOLVE_NO_SYMLINKS;
import static dev.caisson.linux.Fcntl.RESOLVE_NO_XDEV;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code rm -rf} by descriptors, while someone hostile may be renaming below. Every name is one component relative to an
 * open directory. At most {@link #OPEN} levels are open at once: one further up is reopened by ".." and must then be the
 * very inode that was left, or the removal stops.
 */
final class TreeRemoval {
    /** Levels held open; a tree can be deeper than RLIMIT_NOFILE. */
    static final int OPEN = 32;
    private static final int REFILLS = 64;
    private static final long ONE_STEP = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;

    private static final class Level {
        final String name;
        final Stat stat;
        Fd fd;
        int refills;

        Level(String name, Fd fd) {
            this.name = name;
            this.fd = fd;
            this.stat = FileCalls.fstat(fd);
        }
    }

    private final Fd top;
    private final List<Level> levels = new ArrayList<>();

    private TreeRemoval(Fd top) {
        this.top = top;
    }

    /** Removes the entry and what is below it; nothing happens if it does not exist. */
    static void remove(Fd directory, String name) {
        TreeRemoval removal = new TreeRemoval(directory);
        try {
            if (!removal.unlinked(directory, name)) {
                removal.descend(directory, name);
            }
            while (!removal.levels.isEmpty()) {
                removal.step();
            }
        } finally {
            removal.levels.forEach(level -> level.fd.close());
        }
    }

    /** Empties the deepest open directory until it meets a directory in it, which becomes the deepest, or is done. */
    private void step() {
        Level level = levels.get(levels.size() - 1);
        FileCalls.lseek(level.fd, 0, Fcntl.SEEK_SET);
        boolean any = false;
        for (Directory entries = Directory.entries(level.fd); entries.hasNext(); ) {
            Directory.Entry entry = entries.next();
            any = true;
            if (!unlinked(level.fd, entry.name()) && descend(level.fd, entry.name())) {
                return;
            }
        }
        if (!any) {
            ascend(level);
        }
    }

    /** False if it is a directory and so has to be emptied first. */
    private boolean unlinked(Fd directory, String name) {
        long result = FileCalls.rawUnlinkat(directory, name, 0);
        if (result == 0 || result == -Errno.ENOENT) {
            return true;
        }
        if (result == -Errno.EISDIR) {
            return false;
        }
        throw new SyscallException("unlinkat", Kernel.where(directory, name), (int) -result);
    }

    /** Opens the directory as the deepest level; false if it has become something else meanwhile. */
    private boolean descend(Fd directory, String name) {
        long fd = FileCalls.rawOpenat2(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, ONE_STEP);
        if (fd == -Errno.EACCES) {
            // Without root, a directory of mode 000 (overlay's "work") is the owner's to change.
            FileCalls.fchmodat2(directory, name, 0700, AT_SYMLINK_NOFOLLOW);
            fd = FileCalls.rawOpenat2(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, ONE_STEP);
        }
        if (fd == -Errno.ENOENT || fd == -Errno.ENOTDIR || fd == -Errno.ELOOP || fd == -Errno.EAGAIN) {
            return false;
        }
        if (fd < 0) {
            String remedy = fd == -Errno.EXDEV ? "a mount is below the tree; unmount it first" : "";
            throw new SyscallException("openat2", Kernel.where(directory, name), (int) -fd, remedy);
        }
        levels.add(new Level(name, Fd.adopt((int) fd)));
        if (levels.size() > OPEN) {
            levels.get(levels.size() - 1 - OPEN).fd.close();
        }
        return true;
    }

    private void ascend(Level level) {
        int above = levels.size() - 2;
        if (above >= 0 && !levels.get(above).fd.isOpen()) {
            reopen(levels.get(above), level);
        }
        Fd parent = above < 0 ? top : levels.get(above).fd;
        long result = FileCalls.rawUnlinkat(parent, level.name, AT_REMOVEDIR);
        if (result == -Errno.ENOTEMPTY && level.refills++ < REFILLS) {
            return;
        }
        if (result < 0 && result != -Errno.ENOENT && result != -Errno.ENOTDIR) {
            throw new SyscallException("unlinkat", Kernel.where(parent, level.name), (int) -result);
        }
        levels.remove(levels.size() - 1);
        level.fd.close();
    }

    private static void reopen(Level above, Level below) {
        Fd parent = FileCalls.openat(below.fd, "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
        if (!FileCalls.fstat(parent).isSameFile(above.stat)) {
            parent.close();
            throw new SyscallException("openat", below.fd + ", ..", Errno.EAGAIN,
                    "the directory \"" + PathBytes.printable(below.name) + "\" was moved while the tree was removed");
        }
        above.fd = parent;
    }
}
