package dev.caisson.core.launch;

/** The flags of an operation; numbers and meaning are those of {@code enum op_flags} in protocol.h. */
public final class OpFlags {
    /** A failure is passed over, and so are operations on the slot that stayed empty because of it. */
    public static final int OPTIONAL = 1;
    public static final int RECURSIVE = 2;
    public static final int MAKE_DIR = 4;
    public static final int MAKE_FILE = 8;
    /** An undo operation that also runs when the launch is killed as a tree. */
    public static final int AT_KILL = 16;
    /** The child is cloned into this cgroup. */
    public static final int INTO = 32;
    public static final int EXCLUSIVE = 64;
    /** An undo operation that runs only when the launch is killed as a tree. */
    public static final int ONLY_AT_KILL = 128;

    /** The target of an attached mount must not lie on a procfs, whatever links of an image lead there. */
    public static final int NOT_PROC = 256;
    /** What is found must be of the mount it is looked up in, not of one below it. Where it is not, an optional operation is passed over. */
    public static final int SAME_MOUNT = 512;

    /**
     * Slot 2 is a procfs, a sysfs or a tmpfs that only this child has and nobody could change: one plain name in it is looked up once. A cgroup that is made: the guard
     * remembers it, and {@code UNLINK} removes only what it remembers.
     */
    public static final int OURS = 1024;

    private OpFlags() {}
}
