package dev.caisson.linux;

import static dev.caisson.linux.Fcntl.AT_EMPTY_PATH;
import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_CLOEXEC;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_PATH;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * File system calls, as in section 2 of the manual; {@link Fd#CWD} stands for the working directory. Extended
 * attributes are in {@link Xattrs}, listing is in {@link Directory}. All throw {@link SyscallException}; a path with a NUL
 * is an IllegalArgumentException.
 *
 * <p>Names that an image or a container controls go through {@link SafeRoot}, never through a path here.
 */
public final class FileCalls {
    /** All basic fields and the mount id. */
    private static final int STATX_MASK = 0x7ff | 0x1000;
    private static final int FICLONE = 0x40049409;

    private FileCalls() {}

    public static Fd open(Path path, int flags, int mode) {
        return openat(Fd.CWD, PathBytes.of(path), flags, mode);
    }

    public static Fd open(String path, int flags, int mode) {
        return openat(Fd.CWD, path, flags, mode);
    }

    public static Fd openat(Fd dir, String path, int flags, int mode) {
        return Fd.adopt((int) Kernel.at("openat", Nr.OPENAT, dir, path, flags | O_CLOEXEC, mode, 0));
    }

    /**
     * openat2(2). A mode other than 0 without {@code O_CREAT} or {@code O_TMPFILE} is EINVAL, as is any unknown bit; EAGAIN
     * (a rename disturbed the walk) is left to the caller.
     *
     * @param resolve {@code RESOLVE_…} of {@link Fcntl}
     */
    public static Fd openat2(Fd dir, String path, long flags, long mode, long resolve) {
        long result = rawOpenat2(dir, path, flags, mode, resolve);
        if (result < 0) {
            throw new SyscallException("openat2", Kernel.where(dir, path) + resolveNames(resolve), (int) -result);
        }
        return Fd.adopt((int) result);
    }

    static long rawOpenat2(Fd dir, String path, long flags, long mode, long resolve) {
        Arena arena = Arena.begin();
        int how = arena.reserve(Abi.OPEN_HOW_SIZE);
        arena.memory.putLong(how, flags | O_CLOEXEC).putLong(how + 8, mode).putLong(how + 16, resolve);
        return Kernel.raw(Nr.OPENAT2, dir.value(), arena.string(path), arena.base + how, Abi.OPEN_HOW_SIZE, 0, 0);
    }

    static String resolveNames(long resolve) {
        String[] names = {"NO_XDEV", "NO_MAGICLINKS", "NO_SYMLINKS", "BENEATH", "IN_ROOT", "CACHED"};
        StringBuilder out = new StringBuilder();
        for (int bit = 0; bit < names.length; bit++) {
            if ((resolve & 1L << bit) != 0) {
                out.append(out.length() == 0 ? ", RESOLVE_" : "|RESOLVE_").append(names[bit]);
            }
        }
        return out.toString();
    }

    /** Makes a directory; the process's umask applies to the mode. */
    public static void mkdirat(Fd dir, String name, int mode) {
        Kernel.at("mkdirat", Nr.MKDIRAT, dir, name, mode, 0, 0);
    }

    /** As {@link #mkdirat}, but false if something of that name exists: no exception on a path where that is usual. */
    public static boolean mkdiratIfAbsent(Fd dir, String name, int mode) {
        long result = Kernel.rawAt(Nr.MKDIRAT, dir, name, mode, 0, 0);
        if (result < 0 && result != -Errno.EEXIST) {
            throw new SyscallException("mkdirat", Kernel.where(dir, name), (int) -result);
        }
        return result == 0;
    }

    /** @param mode type and permissions, such as {@code S_IFCHR | 0666}; the umask applies */
    public static void mknodat(Fd dir, String name, int mode, int major, int minor) {
        Kernel.at("mknodat", Nr.MKNODAT, dir, name, mode, makedev(major, minor), 0);
    }

    /** The kernel's encoding of a device number: 12 bits of major, 20 of minor. */
    static long makedev(int major, int minor) {
        return (minor & 0xffL) | (major & 0xfffL) << 8 | (minor & 0xfff00L) << 12;
    }

    public static void symlinkat(String target, Fd dir, String name) {
        Arena arena = Arena.begin();
        long to = arena.string(target);
        long result = Kernel.raw(Nr.SYMLINKAT, to, dir.value(), arena.string(name), 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("symlinkat", PathBytes.printable(target) + " <- " + Kernel.where(dir, name), (int) -result);
        }
    }

    /** @param flags {@code AT_SYMLINK_FOLLOW}, {@code AT_EMPTY_PATH} */
    public static void linkat(Fd fromDir, String from, Fd toDir, String to, int flags) {
        two("linkat", Nr.LINKAT, fromDir, from, toDir, to, flags);
    }

    /** @param flags {@code RENAME_…} of {@link Fcntl}, 0 for rename(2) */
    public static void renameat2(Fd fromDir, String from, Fd toDir, String to, int flags) {
        two("renameat2", Nr.RENAMEAT2, fromDir, from, toDir, to, flags);
    }

    private static void two(String call, int number, Fd fromDir, String from, Fd toDir, String to, int flags) {
        Arena arena = Arena.begin();
        long source = arena.string(from);
        long result = Kernel.raw(number, fromDir.value(), source, toDir.value(), arena.string(to), flags, 0);
        if (result < 0) {
            throw new SyscallException(call, Kernel.where(fromDir, from) + " -> " + Kernel.where(toDir, to), (int) -result);
        }
    }

    /** @param flags {@code AT_REMOVEDIR} for a directory, else 0 */
    public static void unlinkat(Fd dir, String name, int flags) {
        Kernel.at("unlinkat", Nr.UNLINKAT, dir, name, flags, 0, 0);
    }

    /** As {@link #unlinkat}, but false if there is nothing of that name. */
    public static boolean unlinkatIfPresent(Fd dir, String name, int flags) {
        long result = rawUnlinkat(dir, name, flags);
        if (result < 0 && result != -Errno.ENOENT) {
            throw new SyscallException("unlinkat", Kernel.where(dir, name), (int) -result);
        }
        return result == 0;
    }

    /** For callers to whom nothing of that name is as good: a {@link Worker} that died over it may have removed it, and ENOENT says so then. */
    static long rawUnlinkat(Fd dir, String name, int flags) {
        try {
            return Kernel.rawAt(Nr.UNLINKAT, dir, name, flags, 0, 0);
        } catch (SyscallException e) {
            if (!e.call().equals(Worker.CALL)) {
                throw e;
            }
            return Kernel.rawAt(Nr.UNLINKAT, dir, name, flags, 0, 0);
        }
    }

    /** The target of a symbolic link; the empty name reads the link that {@code dir} itself was opened on by O_PATH. */
    public static String readlinkat(Fd dir, String name) {
        Arena arena = Arena.begin();
        int size = 4096;
        int target = arena.reserve(size);
        long length = Kernel.raw(Nr.READLINKAT, dir.value(), arena.string(name), arena.base + target, size, 0, 0);
        if (length < 0) {
            throw new SyscallException("readlinkat", Kernel.where(dir, name), (int) -length);
        }
        return PathBytes.decode(arena.copy(target, (int) length));
    }

    /** @param flags {@code AT_SYMLINK_NOFOLLOW}, {@code AT_EMPTY_PATH}; an id of -1 stays */
    public static void fchownat(Fd dir, String name, int uid, int gid, int flags) {
        Kernel.at("fchownat", Nr.FCHOWNAT, dir, name, uid & 0xffffffffL, gid & 0xffffffffL, flags);
    }

    /**
     * Sets permissions exactly: no umask. Before Linux 6.6, which has no such call, through {@code /proc/self/fd}.
     *
     * @param flags {@code AT_SYMLINK_NOFOLLOW} (EOPNOTSUPP on a symbolic link), {@code AT_EMPTY_PATH}
     */
    public static void fchmodat2(Fd dir, String name, int mode, int flags) {
        long result = Kernel.rawAt(Nr.FCHMODAT2, dir, name, mode, flags, 0);
        // A seccomp profile that does not know the number may answer EPERM: the older way decides.
        if (result == -Errno.ENOSYS || result == -Errno.EPERM) {
            result = chmodByProc(dir, name, mode, flags);
        }
        if (result < 0) {
            throw new SyscallException("fchmodat2", Kernel.where(dir, name), (int) -result);
        }
    }

    static long chmodByProc(Fd dir, String name, int mode, int flags) {
        if (name.isEmpty() && (flags & AT_EMPTY_PATH) != 0) {
            return Kernel.rawAt(Nr.FCHMODAT, Fd.CWD, procPath(dir), mode, 0, 0);
        }
        int nofollow = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0;
        try (Fd file = openat(dir, name, O_PATH | nofollow, 0)) {
            return fstatat(file, "", AT_EMPTY_PATH).isSymlink()
                    ? -Errno.EOPNOTSUPP
                    : Kernel.rawAt(Nr.FCHMODAT, Fd.CWD, procPath(file), mode, 0, 0);
        }
    }

    /** The magic link of a descriptor: the only way to some calls for one opened by O_PATH. */
    static String procPath(Fd fd) {
        return "/proc/self/fd/" + fd.value();
    }

    /**
     * Sets access and modification time; {@link Fcntl#UTIME_NOW} and {@link Fcntl#UTIME_OMIT} go in place of nanoseconds.
     *
     * @param flags {@code AT_SYMLINK_NOFOLLOW}, {@code AT_EMPTY_PATH}
     */
    public static void utimensat(
            Fd dir, String name, long atimeSec, long atimeNsec, long mtimeSec, long mtimeNsec, int flags) {
        Arena arena = Arena.begin();
        long times = times(arena, atimeSec, atimeNsec, mtimeSec, mtimeNsec);
        long result = Kernel.raw(Nr.UTIMENSAT, dir.value(), arena.string(name), times, flags, 0, 0);
        if (result < 0) {
            throw new SyscallException("utimensat", Kernel.where(dir, name), (int) -result);
        }
    }

    /** The same of an open file (futimens(3)), which must not be open as {@code O_PATH}: without a path, even an empty one, it takes the kernel half as long. */
    public static void futimens(Fd file, long atimeSec, long atimeNsec, long mtimeSec, long mtimeNsec) {
        Kernel.check(Kernel.raw(Nr.UTIMENSAT, file.value(), 0, times(Arena.begin(), atimeSec, atimeNsec, mtimeSec, mtimeNsec), 0, 0, 0), "utimensat", file.toString());
    }

    private static long times(Arena arena, long atimeSec, long atimeNsec, long mtimeSec, long mtimeNsec) {
        int times = arena.reserve(32);
        arena.memory.putLong(times, atimeSec).putLong(times + 8, atimeNsec);
        arena.memory.putLong(times + 16, mtimeSec).putLong(times + 24, mtimeNsec);
        return arena.base + times;
    }

    /** @param flags {@code AT_SYMLINK_NOFOLLOW}, {@code AT_EMPTY_PATH}, {@code AT_NO_AUTOMOUNT} */
    public static Stat fstatat(Fd dir, String name, int flags) {
        Arena arena = Arena.begin();
        int at = arena.reserve(Abi.STATX_SIZE);
        long result = rawStatx(arena, at, dir, name, flags);
        if (result < 0) {
            throw new SyscallException("statx", Kernel.where(dir, name), (int) -result);
        }
        return stat(arena, at);
    }

    /** As {@link #fstatat}, but empty if the path does not exist (ENOENT, ENOTDIR). */
    public static Optional<Stat> fstatatIfPresent(Fd dir, String name, int flags) {
        Arena arena = Arena.begin();
        int at = arena.reserve(Abi.STATX_SIZE);
        long result = rawStatx(arena, at, dir, name, flags);
        if (result == -Errno.ENOENT || result == -Errno.ENOTDIR) {
            return Optional.empty();
        }
        if (result < 0) {
            throw new SyscallException("statx", Kernel.where(dir, name), (int) -result);
        }
        return Optional.of(stat(arena, at));
    }

    /** The file at a path that the host controls, or empty if there is none. @param nofollow whether a symbolic link is looked at itself */
    public static Optional<Stat> statIfPresent(Path path, boolean nofollow) {
        Arena arena = Arena.begin();
        int at = arena.reserve(Abi.STATX_SIZE);
        String name = PathBytes.of(path);
        long result = Kernel.raw(Nr.STATX, Fcntl.AT_FDCWD, arena.string(name), nofollow ? AT_SYMLINK_NOFOLLOW : 0, STATX_MASK, arena.base + at, 0);
        if (result == -Errno.ENOENT || result == -Errno.ENOTDIR) {
            return Optional.empty();
        }
        if (result < 0) {
            throw new SyscallException("statx", PathBytes.printable(name), (int) -result);
        }
        return Optional.of(stat(arena, at));
    }

    /** The file an open descriptor refers to. */
    public static Stat fstat(Fd fd) {
        return fstatat(fd, "", AT_EMPTY_PATH);
    }

    private static long rawStatx(Arena arena, int at, Fd dir, String name, int flags) {
        return Kernel.raw(Nr.STATX, dir.value(), arena.string(name), flags, STATX_MASK, arena.base + at, 0);
    }

    private static Stat stat(Arena arena, int at) {
        var m = arena.memory;
        return new Stat(
                m.getShort(at + Abi.STATX_MODE) & 0xffff, m.getInt(at + Abi.STATX_UID), m.getInt(at + Abi.STATX_GID),
                m.getLong(at + Abi.STATX_INO), m.getLong(at + Abi.STATX_SIZE_OF_FILE), m.getInt(at + Abi.STATX_NLINK),
                m.getLong(at + Abi.STATX_BLOCKS), m.getInt(at + Abi.STATX_DEV_MAJOR), m.getInt(at + Abi.STATX_DEV_MINOR),
                m.getInt(at + Abi.STATX_RDEV_MAJOR), m.getInt(at + Abi.STATX_RDEV_MINOR),
                m.getLong(at + Abi.STATX_ATIME), m.getInt(at + Abi.STATX_ATIME + 8),
                m.getLong(at + Abi.STATX_MTIME), m.getInt(at + Abi.STATX_MTIME + 8),
                m.getLong(at + Abi.STATX_CTIME), m.getInt(at + Abi.STATX_CTIME + 8), m.getLong(at + Abi.STATX_MNT_ID));
    }

    /** The file system that holds the open file; works on an O_PATH descriptor. */
    public static StatFs statfs(Fd fd) {
        Arena arena = Arena.begin();
        int at = arena.reserve(Abi.STATFS_SIZE);
        Kernel.fd("fstatfs", Nr.FSTATFS, fd, arena.base + at, 0, 0, 0, 0);
        return statfs(arena, at);
    }

    /** The file system that holds the path. */
    public static StatFs statfs(Path path) {
        Arena arena = Arena.begin();
        int at = arena.reserve(Abi.STATFS_SIZE);
        String name = PathBytes.of(path);
        Kernel.check(Kernel.raw(Nr.STATFS, arena.string(name), arena.base + at, 0, 0, 0, 0), "statfs", name);
        return statfs(arena, at);
    }

    private static StatFs statfs(Arena arena, int at) {
        var m = arena.memory;
        return new StatFs(
                m.getLong(at + Abi.STATFS_TYPE), m.getLong(at + Abi.STATFS_BSIZE), m.getLong(at + Abi.STATFS_BLOCKS),
                m.getLong(at + Abi.STATFS_BFREE), m.getLong(at + Abi.STATFS_BAVAIL), m.getLong(at + Abi.STATFS_FLAGS));
    }

    /**
     * Reads into the buffer from its position, which moves. A heap buffer is filled by at most 64 KiB a call.
     *
     * @return the number of bytes, 0 at the end of the file
     */
    public static int read(Fd fd, ByteBuffer into) {
        return Transfer.transfer("read", Nr.READ, fd, into, 0);
    }

    /** Writes from the buffer's position, which moves; may write less than remains. SIGPIPE is ignored by the JVM: EPIPE. */
    public static int write(Fd fd, ByteBuffer from) {
        return Transfer.transfer("write", Nr.WRITE, fd, from, 0);
    }

    public static int pread(Fd fd, ByteBuffer into, long offset) {
        return Transfer.transfer("pread64", Nr.PREAD64, fd, into, offset);
    }

    public static int pwrite(Fd fd, ByteBuffer from, long offset) {
        return Transfer.transfer("pwrite64", Nr.PWRITE64, fd, from, offset);
    }

    /** Writes all that remains, in as many calls as it takes; for a blocking descriptor. */
    public static void writeAll(Fd fd, ByteBuffer from) {
        while (from.hasRemaining()) {
            write(fd, from);
        }
    }

    /** @param whence {@code SEEK_…} of {@link Fcntl}; with SEEK_DATA, ENXIO says that only a hole follows */
    public static long lseek(Fd fd, long offset, int whence) {
        return Kernel.fd("lseek", Nr.LSEEK, fd, offset, whence, 0, 0, 0);
    }

    public static void fsync(Fd fd) {
        Kernel.fd("fsync", Nr.FSYNC, fd, 0, 0, 0, 0, 0);
    }

    public static void fdatasync(Fd fd) {
        Kernel.fd("fdatasync", Nr.FDATASYNC, fd, 0, 0, 0, 0, 0);
    }

    /**
     * Has the kernel begin to write a part of a file to the disk, so that an fsync(2) or syncfs(2) later has less to wait for (sync_file_range(2), SYNC_FILE_RANGE_WRITE). It
     * promises nothing, so what it fails by does not matter.
     *
     * @param length 0 for all that follows
     */
    public static void beginWriteback(Fd fd, long offset, long length) {
        Kernel.raw(Nr.SYNC_FILE_RANGE, fd.value(), offset, length, 2, 0, 0);
    }

    /** Writes the whole file system that holds the file to its device. */
    public static void syncfs(Fd fd) {
        Kernel.fd("syncfs", Nr.SYNCFS, fd, 0, 0, 0, 0, 0);
    }

    public static void ftruncate(Fd fd, long size) {
        Kernel.fd("ftruncate", Nr.FTRUNCATE, fd, size, 0, 0, 0, 0);
    }

    /** @param mode {@code FALLOC_FL_…} of {@link Fcntl}, 0 to reserve space */
    public static void fallocate(Fd fd, int mode, long offset, long length) {
        Kernel.fd("fallocate", Nr.FALLOCATE, fd, mode, offset, length, 0, 0);
    }

    /**
     * Copies inside the kernel, from and to the file offsets of both, which move.
     *
     * @return the number of bytes, fewer than asked for at will, 0 at the end; EXDEV and EINVAL mean: copy by hand
     */
    public static long copyFileRange(Fd from, Fd to, long length) {
        return Kernel.fd("copy_file_range", Nr.COPY_FILE_RANGE, from, 0, to.value(), 0, length, 0);
    }

    /** Makes {@code to} share all blocks of {@code from} (ioctl FICLONE); EOPNOTSUPP or EXDEV where that cannot be. */
    public static void ficlone(Fd from, Fd to) {
        Kernel.fd("ioctl FICLONE", Nr.IOCTL, to, FICLONE, from.value(), 0, 0, 0);
    }
}
