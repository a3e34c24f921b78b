package dev.caisson;

/**
 * A Linux capability, by its name without {@code CAP_} and with its number (capabilities(7), linux/capability.h).
 *
 * <p>{@link #ALL} is not a capability but the set of those the kernel knows; it may be given to
 * {@link ContainerBuilder#capAdd} and {@link ContainerBuilder#capDrop}, as in {@code docker run --cap-add ALL}.
 */
public enum Capability {
    /** Change owners of files. Docker's default. */
    CHOWN(0),
    /** Pass by permissions of files. Docker's default. */
    DAC_OVERRIDE(1),
    /** Read files and search directories whatever their permissions; open_by_handle_at(2). */
    DAC_READ_SEARCH(2),
    /** Act as the owner of any file: modes, attributes, times. Docker's default. */
    FOWNER(3),
    /** Keep set-id bits when a file is changed. Docker's default. */
    FSETID(4),
    /** Send signals to processes of any user. Docker's default. */
    KILL(5),
    /** Set groups. Docker's default. */
    SETGID(6),
    /** Set users. Docker's default. */
    SETUID(7),
    /** Drop capabilities from the bounding set, and pass them on. Docker's default. */
    SETPCAP(8),
    /** Set the attributes append-only and immutable. */
    LINUX_IMMUTABLE(9),
    /** Bind ports below {@code net.ipv4.ip_unprivileged_port_start}, which docker and Caisson set to 0 inside. Docker's default. */
    NET_BIND_SERVICE(10),
    /** Unused by the kernel. */
    NET_BROADCAST(11),
    /** Configure its network namespace: interfaces, addresses, routes, firewall. */
    NET_ADMIN(12),
    /** Raw and packet sockets, as older ping(8)s need them. Docker's default. */
    NET_RAW(13),
    /** Lock memory beyond {@link Rlimit#MEMLOCK}. */
    IPC_LOCK(14),
    /** Pass by permissions of System V IPC. */
    IPC_OWNER(15),
    /** Load kernel modules. It is the host's root. */
    SYS_MODULE(16),
    /** Ports and memory of the machine. It is the host's root. */
    SYS_RAWIO(17),
    /** chroot(2), and enter mount namespaces. Docker's default. */
    SYS_CHROOT(18),
    /** Trace any process it sees, those of execs too (docs/security.md). */
    SYS_PTRACE(19),
    /** Process accounting. */
    SYS_PACCT(20),
    /** Mounts, namespaces and much else. Close to the host's root. */
    SYS_ADMIN(21),
    /** reboot(2) and kexec. */
    SYS_BOOT(22),
    /** Raise priorities, real-time policies, CPUs of other processes. */
    SYS_NICE(23),
    /** Raise hard limits, and pass by quotas. */
    SYS_RESOURCE(24),
    /** Set the host's clock. */
    SYS_TIME(25),
    /** Configure virtual terminals; vhangup(2). */
    SYS_TTY_CONFIG(26),
    /** Make device nodes; what may be opened is the device cgroup's word. Docker's default. */
    MKNOD(27),
    /** File leases of any file. */
    LEASE(28),
    /** Write into the kernel's audit log. Docker's default. */
    AUDIT_WRITE(29),
    /** Configure the kernel's audit. */
    AUDIT_CONTROL(30),
    /** Give capabilities to files. Docker's default. */
    SETFCAP(31),
    /** Pass by Smack. */
    MAC_OVERRIDE(32),
    /** Configure Smack and other security modules. */
    MAC_ADMIN(33),
    /** Read the kernel's log, and see its addresses. */
    SYSLOG(34),
    /** Wake the machine by a timer. */
    WAKE_ALARM(35),
    /** Keep the machine awake. */
    BLOCK_SUSPEND(36),
    /** Read the kernel's audit log. */
    AUDIT_READ(37),
    /** Performance counters and tracing (Linux 5.8). */
    PERFMON(38),
    /** Load BPF programs (Linux 5.8). */
    BPF(39),
    /** Checkpoint and restore processes (Linux 5.9). */
    CHECKPOINT_RESTORE(40),
    /** Every capability the running kernel knows. */
    ALL(-1);

    private final int number;

    Capability(int number) {
        this.number = number;
    }

    /** {@return the bit number in the kernel's capability sets, or -1 for {@link #ALL}} */
    public int number() {
        return number;
    }

    /**
     * The capability of this name, with or without {@code CAP_}, in any case, as the docker command line takes it.
     *
     * @param name such as {@code NET_ADMIN} or {@code cap_net_admin}
     * @return one of these, {@link #ALL} too
     * @throws IllegalArgumentException naming the nearest known capability, if there is none of that name
     */
    public static Capability of(String name) {
        String bare = name.strip().toUpperCase(java.util.Locale.ROOT);
        String key = bare.startsWith("CAP_") ? bare.substring(4) : bare;
        for (Capability c : values()) {
            if (c.name().equals(key)) {
                return c;
            }
        }
        String nearest = Nearest.to(key, java.util.Arrays.stream(values()).map(Enum::name).toList());
        throw new IllegalArgumentException("unknown capability '" + name + "'"
                + (nearest.isEmpty() ? "" : "; did you mean " + nearest + "?"));
    }
}
