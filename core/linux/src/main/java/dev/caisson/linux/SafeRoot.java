package dev.caisson.linux;

import static dev.caisson.linux.Fcntl.AT_EMPTY_PATH;
import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOCTTY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_NONBLOCK;
import static dev.caisson.linux.Fcntl.O_PATH;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.O_TMPFILE;
import static dev.caisson.linux.Fcntl.RESOLVE_IN_ROOT;
import static dev.caisson.linux.Fcntl.RESOLVE_NO_MAGICLINKS;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * A directory whose content is hostile, and everything confined below it. Each path is resolved once, by the kernel, with
 * {@code openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)}: absolute paths, absolute symbolic links and {@code ..} end at
 * this directory, and links of {@code /proc} are ELOOP. A path is never joined to a host path.
 */
public final class SafeRoot implements AutoCloseable {
    private static final long CONFINED = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    /** A rename anywhere while ".." is walked makes openat2 answer EAGAIN; an attacker can do that, but not for ever. */
    private static final int ATTEMPTS = 128;

    private final Fd root;

    private SafeRoot(Fd root) {
        this.root = root;
    }

    /** The directory at a path that the host controls; the last component may not be a symbolic link (ENOTDIR). */
    public static SafeRoot open(Path directory) {
        return of(FileCalls.open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0));
    }

    /** Takes ownership of the descriptor, which may be an O_PATH one or that of a detached mount. */
    public static SafeRoot of(Fd directory) {
        return new SafeRoot(directory);
    }

    /** The directory itself; it stays this object's. */
    public Fd fd() {
        return root;
    }

    /**
     * Opens a path in the root, following symbolic links inside it unless O_NOFOLLOW is given. No terminal becomes the
     * controlling one.
     *
     * @param mode permissions of a new file before the umask; without O_CREAT it is ignored
     */
    public Fd open(String path, int flags, int mode) {
        return open(path, flags, mode, 0);
    }

    /** @param resolve further {@code RESOLVE_…}, such as {@code RESOLVE_NO_XDEV} */
    public Fd open(String path, int flags, int mode, long resolve) {
        long result = raw(path, flags, mode, resolve);
        if (result < 0) {
            throw failure(path, resolve, result);
        }
        return Fd.adopt((int) result);
    }

    private long raw(String path, int flags, int mode, long resolve) {
        boolean creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
        long effective = (flags & O_PATH) != 0 ? flags : flags | O_NOCTTY;
        String name = path.isEmpty() ? "." : path;
        long result = -Errno.EAGAIN;
        for (int i = 0; i < ATTEMPTS && result == -Errno.EAGAIN; i++) {
            result = FileCalls.rawOpenat2(root, name, effective, creates ? mode : 0, CONFINED | resolve);
        }
        return result;
    }

    private SyscallException failure(String path, long resolve, long result) {
        String names = FileCalls.resolveNames(CONFINED | resolve);
        return new SyscallException("openat2", root + ", " + PathBytes.printable(path) + names, (int) -result);
    }

    /** The directory that holds the last component of the path, as an O_PATH descriptor; see {@link #lastName}. */
    public Fd openParent(String path) {
        int end = endOfName(path);
        int slash = path.lastIndexOf('/', end - 1);
        return open(slash < 0 ? "." : path.substring(0, slash + 1), O_PATH | O_DIRECTORY, 0);
    }

    /** The last component of a path, for a call on {@link #openParent}; "", "/", "." and ".." have none: refused. */
    public static String lastName(String path) {
        int end = endOfName(path);
        return path.substring(path.lastIndexOf('/', end - 1) + 1, end);
    }

    private static int endOfName(String path) {
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        String name = path.substring(path.lastIndexOf('/', end - 1) + 1, end);
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException("path \"" + PathBytes.printable(path) + "\" names no entry of a directory");
        }
        return end;
    }

    /**
     * Makes the directory and those above it that are missing; existing ones keep their mode. Symbolic links to directories
     * inside the root are followed, a dangling one is refused (ENOTDIR), and so is ".." after a missing component (ENOENT).
     *
     * @param mode of new directories, before the umask
     * @return the directory, as an O_PATH descriptor
     */
    public Fd mkdirs(String path, int mode) {
        int existing = path.length();
        long found = raw(path, O_PATH | O_DIRECTORY, 0, 0);
        while (found == -Errno.ENOENT && existing > 0) {
            existing = Math.max(0, path.lastIndexOf('/', existing - 1));
            found = raw(path.substring(0, existing), O_PATH | O_DIRECTORY, 0, 0);
        }
        if (found < 0) {
            throw failure(path, 0, found);
        }
        Fd current = Fd.adopt((int) found);
        String[] missing = path.substring(existing).split("/");
        if (Arrays.asList(missing).contains("..")) {
            current.close();
            throw failure(path, 0, -Errno.ENOENT);
        }
        for (String name : missing) {
            if (!name.isEmpty() && !name.equals(".")) {
                try (Fd parent = current) {
                    FileCalls.mkdiratIfAbsent(parent, name, mode);
                    current = FileCalls.openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
                }
            }
        }
        return current;
    }

    /** The file at the path, or empty if there is none. */
    public Optional<Stat> stat(String path, boolean nofollow) {
        long result = raw(path, O_PATH | (nofollow ? O_NOFOLLOW : 0), 0, 0);
        if (result == -Errno.ENOENT || result == -Errno.ENOTDIR) {
            return Optional.empty();
        }
        if (result < 0) {
            throw failure(path, 0, result);
        }
        try (Fd file = Fd.adopt((int) result)) {
            return Optional.of(FileCalls.fstatat(file, "", AT_EMPTY_PATH));
        }
    }

    /**
     * The content of a regular file. A fifo or device in its place is refused at once instead of blocking or acting on
     * open (EINVAL), a file with more than {@code limit} bytes is EFBIG.
     */
    public byte[] readRegular(String path, int limit) {
        // By O_PATH first: opening some devices has effects. The second open is of the same inode, not of the path.
        try (Fd found = open(path, O_PATH, 0)) {
            if (!FileCalls.fstat(found).isRegular()) {
                throw new SyscallException("open", root + ", " + PathBytes.printable(path), Errno.EINVAL, "not a regular file");
            }
            try (Fd file = FileCalls.openat(Fd.CWD, FileCalls.procPath(found), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)) {
                return readUpTo(file, path, limit);
            }
        }
    }

    private byte[] readUpTo(Fd file, String path, int limit) {
        long size = FileCalls.fstat(file).size();
        // One byte more than it should have, since a file can grow and one of proc says 0.
        ByteBuffer content = ByteBuffer.allocate((int) Math.min(limit, Math.max(size, 4096)) + 1);
        while (size <= limit && FileCalls.read(file, content) > 0) {
            if (!content.hasRemaining() && content.capacity() <= limit) {
                int larger = (int) Math.min(2L * content.capacity(), limit + 1L);
                content = ByteBuffer.allocate(larger).put(content.flip());
            }
        }
        if (size > limit || content.position() > limit) {
            throw new SyscallException("read", root + ", " + PathBytes.printable(path), Errno.EFBIG, "more than " + limit + " bytes");
        }
        return Arrays.copyOf(content.array(), content.position());
    }

    /**
     * Removes the entry at the path and all below it, as {@code rm -rf}: symbolic links are removed, never followed, no mount
     * is entered (EXDEV), any depth is fine. What does not exist is removed already.
     */
    public void removeTree(String path) {
        String name = lastName(path);
        int end = endOfName(path);
        int slash = path.lastIndexOf('/', end - 1);
        long parent = raw(slash < 0 ? "." : path.substring(0, slash + 1), O_PATH | O_DIRECTORY, 0, 0);
        if (parent == -Errno.ENOENT || parent == -Errno.ENOTDIR) {
            return;
        }
        if (parent < 0) {
            throw failure(path, 0, parent);
        }
        try (Fd directory = Fd.adopt((int) parent)) {
            TreeRemoval.remove(directory, name);
        }
    }

    @Override
    public void close() {
        root.close();
    }

    @Override
    public String toString() {
        return "SafeRoot[" + root + "]";
    }
}
