package dev.caisson.linux;

/** Rulesets of landlock(7). */
public final class Landlock {
    public static final long FS_EXECUTE = 1;
    public static final long FS_WRITE_FILE = 1L << 1;
    public static final long FS_READ_FILE = 1L << 2;
    public static final long FS_READ_DIR = 1L << 3;
    public static final long FS_MAKE_CHAR = 1L << 6;
    public static final long FS_MAKE_BLOCK = 1L << 11;
    public static final long FS_REFER = 1L << 13;
    public static final long FS_TRUNCATE = 1L << 14;
    public static final long FS_IOCTL_DEV = 1L << 15;
    /** What may be allowed of a file that is no directory. */
    public static final long OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV;
    public static final long NET_BIND_TCP = 1;
    public static final long NET_CONNECT_TCP = 1L << 1;
    public static final long SCOPE_ABSTRACT_UNIX_SOCKET = 1;
    public static final long SCOPE_SIGNAL = 1L << 1;
    private static final int VERSION = 1;
    private static final int RULE_PATH_BENEATH = 1;

    private Landlock() {}

    /** The version of the interface; 0 where the kernel has none or it is switched off. */
    public static int abi() {
        return (int) Math.max(0, Kernel.raw(Nr.LANDLOCK_CREATE_RULESET, 0, 0, VERSION, 0, 0, 0));
    }

    /** All that this version handles of files. */
    public static long fs(int abi) {
        int rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
        return (1L << rights) - 1;
    }

    /**
     * A ruleset that denies what it handles. What the version does not know must not be asked for.
     *
     * @param fs {@code FS_…}; since version 1 (FS_REFER 2)
     * @param net {@code NET_…}; since version 4
     * @param scoped {@code SCOPE_…}; since version 6
     */
    public static Fd ruleset(long fs, long net, long scoped) {
        Arena arena = Arena.begin();
        int at = arena.reserve(24);
        arena.memory.putLong(at, fs).putLong(at + 8, net).putLong(at + 16, scoped);
        int size = scoped != 0 ? 24 : net != 0 ? 16 : 8;
        long result = Kernel.raw(Nr.LANDLOCK_CREATE_RULESET, arena.base + at, size, 0, 0, 0, 0);
        Kernel.check(result, "landlock_create_ruleset", "");
        return Fd.adopt((int) result);
    }

    /** Allows something below a directory, or of a file. */
    public static void allow(Fd ruleset, Fd directory, long fs) {
        Arena arena = Arena.begin();
        int at = arena.reserve(16); // struct landlock_path_beneath_attr is packed: u64, s32
        arena.memory.putLong(at, fs).putInt(at + 8, directory.value());
        Kernel.check(Kernel.raw(Nr.LANDLOCK_ADD_RULE, ruleset.value(), RULE_PATH_BENEATH, arena.base + at, 0, 0, 0), "landlock_add_rule", directory.toString());
    }
}
