package dev.caisson.linux;

/**
 * System call numbers of this machine's architecture: from {@code asm/unistd_64.h} on x86_64, from
 * {@code asm-generic/unistd.h} on aarch64. Numbers from 424 on are the same everywhere. {@code AbiTest} compares them
 * with the C headers.
 */
final class Nr {
    static final int READ = pick(0, 63);
    static final int WRITE = pick(1, 64);
    static final int CLOSE = pick(3, 57);
    static final int LSEEK = pick(8, 62);
    static final int IOCTL = pick(16, 29);
    static final int PREAD64 = pick(17, 67);
    static final int PWRITE64 = pick(18, 68);
    static final int TEE = pick(276, 77);
    static final int SPLICE = pick(275, 76);
    static final int FSYNC = pick(74, 82);
    static final int FDATASYNC = pick(75, 83);
    static final int SYNCFS = pick(306, 267);
    static final int SYNC_FILE_RANGE = pick(277, 84);
    static final int FTRUNCATE = pick(77, 46);
    static final int FALLOCATE = pick(285, 47);
    static final int COPY_FILE_RANGE = pick(326, 285);
    static final int FCNTL = pick(72, 25);
    static final int FLOCK = pick(73, 32);
    static final int OPENAT = pick(257, 56);
    static final int OPENAT2 = 437;
    static final int MKDIRAT = pick(258, 34);
    static final int MKNODAT = pick(259, 33);
    static final int SYMLINKAT = pick(266, 36);
    static final int LINKAT = pick(265, 37);
    static final int UNLINKAT = pick(263, 35);
    static final int RENAMEAT2 = pick(316, 276);
    static final int READLINKAT = pick(267, 78);
    static final int FCHOWNAT = pick(260, 54);
    static final int FCHMOD = pick(91, 52);
    static final int FCHMODAT = pick(268, 53);
    static final int UTIMENSAT = pick(280, 88);
    static final int STATX = pick(332, 291);
    static final int STATFS = pick(137, 43);
    static final int FSTATFS = pick(138, 44);
    static final int GETDENTS64 = pick(217, 61);
    static final int SETXATTR = pick(188, 5);
    static final int GETXATTR = pick(191, 8);
    static final int LISTXATTR = pick(194, 11);
    static final int REMOVEXATTR = pick(197, 14);
    static final int FSETXATTR = pick(190, 7);
    static final int FGETXATTR = pick(193, 10);
    static final int FLISTXATTR = pick(196, 13);
    static final int FREMOVEXATTR = pick(199, 16);
    static final int MOUNT = pick(165, 40);
    static final int UMOUNT2 = pick(166, 39);
    static final int PIVOT_ROOT = pick(155, 41);
    static final int FSOPEN = 430;
    static final int FSCONFIG = 431;
    static final int FSMOUNT = 432;
    static final int FSPICK = 433;
    static final int OPEN_TREE = 428;
    static final int MOVE_MOUNT = 429;
    static final int MOUNT_SETATTR = 442;
    static final int SETNS = pick(308, 268);
    static final int FCHDIR = pick(81, 50);
    static final int UNSHARE = pick(272, 97);
    static final int CLONE3 = 435;
    static final int KILL = pick(62, 129);
    static final int GETPID = pick(39, 172);
    static final int GETTID = pick(186, 178);
    static final int GETUID = pick(102, 174);
    static final int GETEUID = pick(107, 175);
    static final int GETGID = pick(104, 176);
    static final int GETEGID = pick(108, 177);
    static final int PRCTL = pick(157, 167);
    static final int PRLIMIT64 = pick(302, 261);
    static final int WAITID = pick(247, 95);
    static final int PIDFD_OPEN = 434;
    static final int PIDFD_SEND_SIGNAL = 424;
    static final int PIDFD_GETFD = 438;
    static final int MEMFD_CREATE = pick(319, 279);
    static final int CLOSE_RANGE = 436;
    static final int SOCKET = pick(41, 198);
    static final int SOCKETPAIR = pick(53, 199);
    static final int BIND = pick(49, 200);
    static final int CONNECT = pick(42, 203);
    static final int SENDMSG = pick(46, 211);
    static final int RECVMSG = pick(47, 212);
    static final int SENDTO = pick(44, 206);
    static final int RECVFROM = pick(45, 207);
    static final int SETSOCKOPT = pick(54, 208);
    static final int GETSOCKOPT = pick(55, 209);
    static final int GETSOCKNAME = pick(51, 204);
    static final int PIPE2 = pick(293, 59);
    static final int DUP3 = pick(292, 24);
    static final int EPOLL_CREATE1 = pick(291, 20);
    static final int EPOLL_CTL = pick(233, 21);
    static final int EPOLL_PWAIT = pick(281, 22);
    static final int EVENTFD2 = pick(290, 19);
    static final int PPOLL = pick(271, 73);
    static final int SECCOMP = pick(317, 277);
    static final int LANDLOCK_CREATE_RULESET = 444;
    static final int LANDLOCK_ADD_RULE = 445;
    static final int LISTEN = pick(50, 201);
    static final int ACCEPT4 = pick(288, 242);
    static final int SHUTDOWN = pick(48, 210);
    static final int CAPGET = pick(125, 90);
    static final int FCHMODAT2 = 452;

    private Nr() {}

    private static int pick(int x86, int arm) {
        return Abi.X86_64 ? x86 : arm;
    }
}
