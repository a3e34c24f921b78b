package dev.caisson.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Extended attributes of an open file, or of a name below a directory without following a symbolic link (the l-form: an
 * {@code O_PATH} descriptor and its magic link in {@code /proc/self/fd}, since the kernel has no l-call on a directory
 * descriptor before 6.13). Values end at 64 KiB, names at 255 bytes, see xattr(7).
 */
public final class Xattrs {
    private static final int LARGEST = 64 * 1024;

    private Xattrs() {}

    /** @param flags 0, {@code XATTR_CREATE} or {@code XATTR_REPLACE} */
    public static void setxattr(Fd file, String name, byte[] value, int flags) {
        set("fsetxattr", Nr.FSETXATTR, file, "", name, value, flags);
    }

    /** The value; empty if the file has no such attribute (ENODATA). */
    public static Optional<byte[]> getxattr(Fd file, String name) {
        return get("fgetxattr", Nr.FGETXATTR, file, "", name);
    }

    /** The names, in the file system's order. */
    public static List<String> listxattr(Fd file) {
        return list("flistxattr", Nr.FLISTXATTR, file, "");
    }

    public static void removexattr(Fd file, String name) {
        remove("fremovexattr", Nr.FREMOVEXATTR, file, "", name);
    }

    /** On what {@code path} itself is, a symbolic link too; the empty path is the file that {@code dir} is open on. */
    public static void lsetxattr(Fd dir, String path, String name, byte[] value, int flags) {
        try (Fd link = path(dir, path)) {
            set("lsetxattr", Nr.SETXATTR, link, path, name, value, flags);
        }
    }

    /** As {@link #getxattr}, on what {@code path} itself is. */
    public static Optional<byte[]> lgetxattr(Fd dir, String path, String name) {
        try (Fd link = path(dir, path)) {
            return get("lgetxattr", Nr.GETXATTR, link, path, name);
        }
    }

    /** As {@link #listxattr}, on what {@code path} itself is. */
    public static List<String> llistxattr(Fd dir, String path) {
        try (Fd link = path(dir, path)) {
            return list("llistxattr", Nr.LISTXATTR, link, path);
        }
    }

    /** As {@link #removexattr}, on what {@code path} itself is. */
    public static void lremovexattr(Fd dir, String path, String name) {
        try (Fd link = path(dir, path)) {
            remove("lremovexattr", Nr.REMOVEXATTR, link, path, name);
        }
    }

    private static Fd path(Fd dir, String path) {
        return path.isEmpty() ? dir.dup() : FileCalls.openat(dir, path, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0);
    }

    private static void set(String call, int number, Fd file, String path, String name, byte[] value, int flags) {
        if (value.length > LARGEST) {
            throw new IllegalArgumentException("extended attribute " + name + " has " + value.length + " bytes, 65536 at most");
        }
        Arena arena = Arena.begin();
        int at = arena.reserve(value.length);
        arena.memory.put(at, value);
        long target = target(arena, number == Nr.FSETXATTR, file);
        long result = Kernel.raw(number, target, arena.string(name), arena.base + at, value.length, flags, 0);
        check(result, call, file, path, name);
    }

    private static Optional<byte[]> get(String call, int number, Fd file, String path, String name) {
        Arena arena = Arena.begin();
        int at = arena.reserve(LARGEST);
        long target = target(arena, number == Nr.FGETXATTR, file);
        long length = Kernel.raw(number, target, arena.string(name), arena.base + at, LARGEST, 0, 0);
        if (length == -Errno.ENODATA) {
            return Optional.empty();
        }
        check(length, call, file, path, name);
        return Optional.of(arena.copy(at, (int) length));
    }

    private static List<String> list(String call, int number, Fd file, String path) {
        Arena arena = Arena.begin();
        int at = arena.reserve(LARGEST);
        long target = target(arena, number == Nr.FLISTXATTR, file);
        long length = Kernel.raw(number, target, arena.base + at, LARGEST, 0, 0, 0);
        check(length, call, file, path, "");
        byte[] names = arena.copy(at, (int) length);
        List<String> result = new ArrayList<>();
        for (int start = 0, end = 0; end < names.length; end++) {
            if (names[end] == 0) {
                result.add(PathBytes.decode(names, start, end - start));
                start = end + 1;
            }
        }
        return result;
    }

    private static void remove(String call, int number, Fd file, String path, String name) {
        Arena arena = Arena.begin();
        long target = target(arena, number == Nr.FREMOVEXATTR, file);
        check(Kernel.raw(number, target, arena.string(name), 0, 0, 0, 0), call, file, path, name);
    }

    /** The first argument: a descriptor, or the path that stands for one opened by O_PATH. */
    private static long target(Arena arena, boolean byDescriptor, Fd file) {
        return byDescriptor ? file.value() : arena.string(FileCalls.procPath(file));
    }

    private static void check(long result, String call, Fd file, String path, String name) {
        if (result < 0) {
            throw new SyscallException(call, Kernel.where(file, path) + (name.isEmpty() ? "" : ", " + name), (int) -result);
        }
    }
}
