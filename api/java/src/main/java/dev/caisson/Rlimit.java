package dev.caisson;

/** A resource limit of setrlimit(2), by docker's {@code --ulimit} name. */
public enum Rlimit {
    /** CPU time of a process, in seconds. */
    CPU(0),
    /** Size of a file that it writes, in bytes. */
    FSIZE(1),
    /** Data segment, heap and private writable mappings of a process, in bytes. */
    DATA(2),
    /** Stack of the first thread, in bytes. */
    STACK(3),
    /** Size of a core dump, in bytes; 0 for none. */
    CORE(4),
    /** Bytes in memory; without effect since Linux 2.4.30. */
    RSS(5),
    /** Processes and threads of its user, on the whole host; {@link ContainerBuilder#pids} counts those of the container. */
    NPROC(6),
    /** Open descriptors of a process: one more than the highest number. Default 1,024 soft, 524,288 hard, or the JVM's own if that is less. */
    NOFILE(7),
    /** Locked memory, in bytes. */
    MEMLOCK(8),
    /** Address space of a process, in bytes. */
    AS(9),
    /** File locks; without effect since Linux 2.4.25. */
    LOCKS(10),
    /** Signals waiting, of its user. */
    SIGPENDING(11),
    /** POSIX message queues of its user, in bytes. */
    MSGQUEUE(12),
    /** How far nice may be raised: 20 minus the value, 1 to 40. */
    NICE(13),
    /** The highest real-time priority, 0 to 99. */
    RTPRIO(14),
    /** CPU time of a real-time process without a blocking call, in microseconds. */
    RTTIME(15);

    /** No limit. */
    public static final long UNLIMITED = -1L;

    private final int number;

    Rlimit(int number) {
        this.number = number;
    }

    /** {@return the kernel's resource number on x86-64 and arm64} */
    public int number() {
        return number;
    }

    /**
     * Soft and hard value, in the resource's unit (bytes, seconds, files …); {@link Rlimit#UNLIMITED} for no limit.
     *
     * @param soft what counts; a process may change it, up to the hard one
     * @param hard what only CAP_SYS_RESOURCE raises
     */
    public record Value(long soft, long hard) {}
}
