package dev.caisson.linux;

/**
 * What statfs(2) says of a file system: {@code type} is its magic number, such as {@link #OVERLAYFS}; block counts are of
 * {@code blockSize} bytes; {@code flags} are {@code ST_RDONLY} (1) and its relatives.
 */
public record StatFs(long type, long blockSize, long blocks, long bfree, long bavail, long flags) {
    public static final long PROC = 0x9fa0;
    public static final long SYSFS = 0x62656572;
    public static final long CGROUP = 0x27e0eb;
    public static final long CGROUP2 = 0x63677270;
    public static final long TMPFS = 0x01021994;
    public static final long OVERLAYFS = 0x794c7630;
    public static final long EXT4 = 0xef53;
    public static final long XFS = 0x58465342;
    public static final long BTRFS = 0x9123683eL;
    public static final long ZFS = 0x2fc12fc1L;
    public static final long NFS = 0x6969;
    public static final long FUSE = 0x65735546;
    public static final long AUFS = 0x61756673;
    public static final long DEVPTS = 0x1cd1;
    public static final long NSFS = 0x6e736673;
}
