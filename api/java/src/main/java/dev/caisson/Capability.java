package dev.caisson;

/**
 * A Linux capability, by its name without {@code CAP_} and with its number (capabilities(7), linux/capability.h).
 *
 * <p>{@link #ALL} is not a capability but the set of those the kernel knows; it may be given to
 * {@link ContainerBuilder#capAdd} and {@link ContainerBuilder#capDrop}, as in {@code docker run --cap-add ALL}.
 */
public enum Capability {
    CHOWN(0), DAC_OVERRIDE(1), DAC_READ_SEARCH(2), FOWNER(3), FSETID(4), KILL(5), SETGID(6), SETUID(7), SETPCAP(8),
    LINUX_IMMUTABLE(9), NET_BIND_SERVICE(10), NET_BROADCAST(11), NET_ADMIN(12), NET_RAW(13), IPC_LOCK(14), IPC_OWNER(15),
    SYS_MODULE(16), SYS_RAWIO(17), SYS_CHROOT(18), SYS_PTRACE(19), SYS_PACCT(20), SYS_ADMIN(21), SYS_BOOT(22), SYS_NICE(23),
    SYS_RESOURCE(24), SYS_TIME(25), SYS_TTY_CONFIG(26), MKNOD(27), LEASE(28), AUDIT_WRITE(29), AUDIT_CONTROL(30), SETFCAP(31),
    MAC_OVERRIDE(32), MAC_ADMIN(33), SYSLOG(34), WAKE_ALARM(35), BLOCK_SUSPEND(36), AUDIT_READ(37), PERFMON(38), BPF(39),
    CHECKPOINT_RESTORE(40),
    /** Every capability the running kernel knows. */
    ALL(-1);

    private final int number;

    Capability(int number) {
        this.number = number;
    }

    /** The bit number in the kernel's capability sets, or -1 for {@link #ALL}. */
    public int number() {
        return number;
    }

    /**
     * The capability of this name, with or without {@code CAP_}, in any case, as the docker command line takes it.
     *
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
