package dev.caisson.linux;

/**
 * The layout of kernel structures, as byte offsets and sizes. All are the same on x86_64 and aarch64 (both are 64 bit
 * and little-endian) save {@code epoll_event}, which x86_64 packs. {@code AbiTest} compares them with the C compiler.
 */
final class Abi {
    /** Whether this is x86_64; otherwise it is aarch64, the only other architecture supported. */
    static final boolean X86_64 = isX86(System.getProperty("os.arch", ""));

    static final int STATX_SIZE = 256;
    static final int STATX_NLINK = 16;
    static final int STATX_UID = 20;
    static final int STATX_GID = 24;
    static final int STATX_MODE = 28;
    static final int STATX_INO = 32;
    static final int STATX_SIZE_OF_FILE = 40;
    static final int STATX_BLOCKS = 48;
    static final int STATX_ATIME = 64;
    static final int STATX_CTIME = 96;
    static final int STATX_MTIME = 112;
    static final int STATX_RDEV_MAJOR = 128;
    static final int STATX_RDEV_MINOR = 132;
    static final int STATX_DEV_MAJOR = 136;
    static final int STATX_DEV_MINOR = 140;
    static final int STATX_MNT_ID = 144;

    static final int STATFS_SIZE = 120;
    static final int STATFS_TYPE = 0;
    static final int STATFS_BSIZE = 8;
    static final int STATFS_BLOCKS = 16;
    static final int STATFS_BFREE = 24;
    static final int STATFS_BAVAIL = 32;
    static final int STATFS_FLAGS = 80;

    static final int DIRENT_RECLEN = 16;
    static final int DIRENT_TYPE = 18;
    static final int DIRENT_NAME = 19;

    static final int OPEN_HOW_SIZE = 24;
    static final int MOUNT_ATTR_SIZE = 32;

    static final int MSGHDR_SIZE = 56;
    static final int MSGHDR_IOV = 16;
    static final int MSGHDR_IOVLEN = 24;
    static final int MSGHDR_CONTROL = 32;
    static final int MSGHDR_CONTROLLEN = 40;
    static final int MSGHDR_FLAGS = 48;
    static final int IOVEC_SIZE = 16;
    static final int CMSGHDR_SIZE = 16;

    static final int SIGINFO_SIZE = 128;
    static final int SIGINFO_CODE = 8;
    static final int SIGINFO_PID = 16;
    static final int SIGINFO_UID = 20;
    static final int SIGINFO_STATUS = 24;

    static final int PIDFD_INFO_SIZE = 64;
    static final int PIDFD_INFO_EXIT_CODE = 60;

    static final int EPOLL_EVENT_SIZE = X86_64 ? 12 : 16;
    static final int EPOLL_EVENT_DATA = X86_64 ? 4 : 8;

    static final int FLOCK_SIZE = 32;
    static final int FLOCK_WHENCE = 2;
    static final int FLOCK_START = 8;
    static final int FLOCK_LEN = 16;

    private Abi() {}

    private static boolean isX86(String arch) {
        if (!Machine.known(arch)) {
            throw new UnsupportedOperationException(Machine.refusal(arch)); // who asks Machine first has said so in his own words
        }
        return arch.equalsIgnoreCase("amd64") || arch.equalsIgnoreCase("x86_64");
    }
}
