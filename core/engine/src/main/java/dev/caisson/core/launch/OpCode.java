package dev.caisson.core.launch;

/** The operations the guard and the child know; numbers and meaning are those of {@code enum op_code} in protocol.h. */
public enum OpCode {
    CGROUP_MAKE(1, "make cgroup"),
    WRITE(2, "write"),
    PID_NAMESPACE(3, "enter PID namespace"),
    DEVICE_FILTER(4, "attach device filter"),
    READ(5, "read"),
    CGROUP_KILL(6, "kill cgroup"),
    CGROUP_REMOVE(7, "remove cgroup"),
    SEND(8, "send netlink message"),
    UNLINK(9, "unlink"),
    ID_MAPS(10, "write the id maps"),
    SETNS(20, "enter namespace"),
    UNSHARE(21, "unshare"),
    HOSTNAME(22, "set host name"),
    DOMAINNAME(23, "set domain name"),
    KEYRING(24, "join a new session keyring"),
    LOOPBACK_UP(25, "bring up the loopback interface"),
    WAIT_GO(26, "wait for go"),
    OPEN_ROOT(27, "open the root directory"),
    FSMOUNT(30, "mount"),
    OPEN_TREE(31, "open tree"),
    MOUNT_ATTR(32, "set mount attributes"),
    ROOT(33, "attach the root file system"),
    ATTACH(34, "attach mount"),
    PIVOT(35, "pivot_root"),
    MKDIR(36, "make directory"),
    MKNOD(37, "make device node"),
    SYMLINK(38, "make symbolic link"),
    FILE(39, "write file"),
    RLIMIT(40, "set resource limit"),
    UMASK(41, "set umask"),
    SETSID(42, "start a session"),
    TERMINAL(43, "open a terminal"),
    SEND_FD(44, "hand over a descriptor"),
    CONTROLLING(45, "take the controlling terminal"),
    DUP(46, "place a standard stream"),
    CHDIR(47, "change to the working directory"),
    GROUPS(48, "set supplementary groups"),
    IDS(49, "set user and group"),
    SECUREBITS(50, "set secure bits"),
    CAP_BOUNDING(51, "limit the capability bounding set"),
    CAPS(52, "set capabilities"),
    CAP_AMBIENT(53, "set ambient capabilities"),
    NO_NEW_PRIVS(54, "set no_new_privs"),
    SECCOMP(55, "load the system call filter"),
    DUMPABLE(56, "set dumpable"),
    SIGNALS(57, "reset signals"),
    CLOSE(58, "close descriptors"),
    INIT(59, "start init"),
    SCHED(60, "reset scheduling"),
    LANDLOCK(61, "restrict by Landlock"),
    EXEC(62, "execute"),
    CONTINUE(63, "go on"),
    GATE(64, "wait at the start gate"),
    HOOK(65, "run the hook");

    private final int code;
    private final String text;

    OpCode(int code, String text) {
        this.code = code;
        this.text = text;
    }

    /** The number in protocol.h. */
    public int code() {
        return code;
    }

    /** What it does, as a verb for "could not …". */
    public String text() {
        return text;
    }

    /** The operation of a number. */
    static OpCode of(int code) {
        for (OpCode c : values()) {
            if (c.code == code) {
                return c;
            }
        }
        throw new IllegalArgumentException("no operation has the code " + code);
    }
}
