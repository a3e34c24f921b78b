package dev.caisson.linux;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The mount calls. A mount is made detached ({@link #fsopen} … {@link #fsmount}, or {@link #openTree} with
 * {@code OPEN_TREE_CLONE}) and goes when its last descriptor closes, until {@link #moveMount} attaches it.
 *
 * <p>What the kernel writes to an fsopen(2) descriptor's log ("e overlay: …") is the detail of the SyscallException.
 */
public final class Mounts {
    private static final int FSOPEN_CLOEXEC = 1;
    private static final int FSMOUNT_CLOEXEC = 1;
    private static final int FSPICK_CLOEXEC = 1;
    private static final int FSCONFIG_SET_FLAG = 0;
    private static final int FSCONFIG_SET_STRING = 1;
    private static final int FSCONFIG_SET_PATH = 3;
    private static final int FSCONFIG_SET_FD = 5;
    private static final int FSCONFIG_CMD_CREATE = 6;
    private static final int FSCONFIG_CMD_RECONFIGURE = 7;
    private static final int LOG_LINE = 4096;

    private Mounts() {}

    /** Begins a new mount; ENODEV if the kernel does not know the file system. */
    public static Fd fsopen(String type) {
        long result = Kernel.raw(Nr.FSOPEN, Arena.begin().string(type), FSOPEN_CLOEXEC, 0, 0, 0, 0);
        return Fd.adopt((int) Kernel.check(result, "fsopen", type));
    }

    /** Begins the reconfiguration of a mounted file system; {@code flags} are {@code FSPICK_…}. */
    public static Fd fspick(Fd dir, String path, int flags) {
        return Fd.adopt((int) Kernel.at("fspick", Nr.FSPICK, dir, path, flags | FSPICK_CLOEXEC, 0, 0));
    }

    /** Sets a parameter; the kernel takes 255 bytes of value. */
    public static void fsconfigString(Fd fs, String key, String value) {
        fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0);
    }

    public static void fsconfigFlag(Fd fs, String key) {
        fsconfig(fs, FSCONFIG_SET_FLAG, key, null, 0);
    }

    /** Sets a parameter to an open file; overlay takes layers so from Linux 6.13 on. */
    public static void fsconfigFd(Fd fs, String key, Fd value) {
        fsconfig(fs, FSCONFIG_SET_FD, key, null, value.value());
    }

    /** Sets a parameter to a path that is looked up from a directory. */
    public static void fsconfigPath(Fd fs, String key, Fd dir, String path) {
        fsconfig(fs, FSCONFIG_SET_PATH, key, path, dir.value());
    }

    /** Makes the superblock from the parameters set. */
    public static void fsconfigCreate(Fd fs) {
        fsconfig(fs, FSCONFIG_CMD_CREATE, null, null, 0);
    }

    /** Applies the parameters set to the superblock that {@link #fspick} found. */
    public static void fsconfigReconfigure(Fd fs) {
        fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, null, null, 0);
    }

    private static void fsconfig(Fd fs, int command, @Nullable String key, @Nullable String value, int aux) {
        Arena arena = Arena.begin();
        long name = key == null ? 0 : arena.string(key);
        long text = value == null ? 0 : arena.string(value);
        long result = Kernel.raw(Nr.FSCONFIG, fs.value(), command, name, text, aux, 0);
        if (result < 0) {
            throw failure("fsconfig", fs, describe(command, key, value), (int) -result);
        }
    }

    private static String describe(int command, @Nullable String key, @Nullable String value) {
        if (key == null) {
            return command == FSCONFIG_CMD_CREATE ? "FSCONFIG_CMD_CREATE" : "FSCONFIG_CMD_RECONFIGURE";
        }
        return PathBytes.printable(value == null ? key : key + "=" + value);
    }

    private static SyscallException failure(String call, Fd fs, String arguments, int errno) {
        return new SyscallException(call, arguments, errno, String.join("; ", log(fs)));
    }

    /** The messages that wait on an fsopen(2) or fspick(2) descriptor, oldest first; each begins with e, w or i. */
    public static List<String> log(Fd fs) {
        List<String> lines = new ArrayList<>(1);
        while (true) {
            Arena arena = Arena.begin();
            int line = arena.reserve(LOG_LINE);
            long length = Kernel.raw(Nr.READ, fs.value(), arena.base + line, LOG_LINE, 0, 0, 0);
            if (length <= 0) {
                return lines;
            }
            lines.add(PathBytes.decode(arena.copy(line, (int) length)).strip());
        }
    }

    /** The created superblock as a detached mount; {@code attributes} are {@code MOUNT_ATTR_…} of {@link MountFlags}. */
    public static Fd fsmount(Fd fs, int attributes) {
        long result = Kernel.raw(Nr.FSMOUNT, fs.value(), FSMOUNT_CLOEXEC, attributes, 0, 0, 0);
        if (result < 0) {
            throw failure("fsmount", fs, fs.toString(), (int) -result);
        }
        return Fd.adopt((int) result);
    }

    /** @param flags {@code OPEN_TREE_CLONE}, {@code AT_RECURSIVE}, {@code AT_EMPTY_PATH}, {@code AT_SYMLINK_NOFOLLOW} */
    public static Fd openTree(Fd dir, String path, int flags) {
        return Fd.adopt((int) Kernel.at("open_tree", Nr.OPEN_TREE, dir, path, flags | Fcntl.O_CLOEXEC, 0, 0));
    }

    /** @param flags {@code MOVE_MOUNT_…}; an empty path without its EMPTY_PATH flag is ENOENT */
    public static void moveMount(Fd from, String fromPath, Fd to, String toPath, int flags) {
        Arena arena = Arena.begin();
        long source = arena.string(fromPath);
        long result = Kernel.raw(Nr.MOVE_MOUNT, from.value(), source, to.value(), arena.string(toPath), flags, 0);
        if (result < 0) {
            String arguments = Kernel.where(from, fromPath) + " -> " + Kernel.where(to, toPath);
            throw new SyscallException("move_mount", arguments, (int) -result);
        }
    }

    /** Attaches a detached mount onto an open directory or file. */
    public static void moveMount(Fd mount, Fd onto) {
        moveMount(mount, "", onto, "", MountFlags.MOVE_MOUNT_F_EMPTY_PATH | MountFlags.MOVE_MOUNT_T_EMPTY_PATH);
    }

    /**
     * mount_setattr(2).
     *
     * @param flags {@code AT_RECURSIVE}, {@code AT_EMPTY_PATH}, {@code AT_SYMLINK_NOFOLLOW}
     * @param set {@code MOUNT_ATTR_…} to set
     * @param clear {@code MOUNT_ATTR_…} to clear
     * @param propagation one of {@code MS_PRIVATE}, {@code MS_SLAVE}, {@code MS_SHARED}, {@code MS_UNBINDABLE}, or 0
     * @param usernsFd the user namespace for {@code MOUNT_ATTR_IDMAP}; any number, such as -1, without it
     */
    public static void mountSetattr(Fd dir, String path, int flags, long set, long clear, long propagation, int usernsFd) {
        Arena arena = Arena.begin();
        int at = arena.reserve(Abi.MOUNT_ATTR_SIZE);
        long userns = (set & MountFlags.MOUNT_ATTR_IDMAP) != 0 ? usernsFd : 0;
        arena.memory.putLong(at, set).putLong(at + 8, clear).putLong(at + 16, propagation).putLong(at + 24, userns);
        long result = Kernel.raw(
                Nr.MOUNT_SETATTR, dir.value(), arena.string(path), flags, arena.base + at, Abi.MOUNT_ATTR_SIZE, 0);
        if (result < 0) {
            String arguments = Kernel.where(dir, path) + ", set 0x" + Long.toHexString(set) + ", clear 0x" + Long.toHexString(clear);
            throw new SyscallException("mount_setattr", arguments, (int) -result);
        }
    }

    /** @param flags {@code MNT_DETACH}, {@code UMOUNT_NOFOLLOW} … */
    public static void umount2(String target, int flags) {
        Kernel.check(Kernel.raw(Nr.UMOUNT2, Arena.begin().string(target), flags, 0, 0, 0, 0), "umount2", target);
    }

    /** The classic mount(2); null stands for an argument that the flags leave out. */
    public static void mount(@Nullable String source, String target, @Nullable String type, long flags, @Nullable String data) {
        Arena arena = Arena.begin();
        long from = source == null ? 0 : arena.string(source);
        long on = arena.string(target);
        long fs = type == null ? 0 : arena.string(type);
        long options = data == null ? 0 : arena.string(data);
        long result = Kernel.raw(Nr.MOUNT, from, on, fs, flags, options, 0);
        if (result < 0) {
            throw new SyscallException("mount", (type == null ? source : type) + " -> " + target, (int) -result);
        }
    }
}
