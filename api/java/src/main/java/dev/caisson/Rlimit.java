package dev.caisson;

/** A resource limit of setrlimit(2), by docker's {@code --ulimit} name. */
public enum Rlimit {
    CPU(0), FSIZE(1), DATA(2), STACK(3), CORE(4), RSS(5), NPROC(6), NOFILE(7), MEMLOCK(8), AS(9), LOCKS(10), SIGPENDING(11), MSGQUEUE(12),
    NICE(13), RTPRIO(14), RTTIME(15);

    /** No limit. */
    public static final long UNLIMITED = -1L;

    private final int number;

    Rlimit(int number) {
        this.number = number;
    }

    /** The kernel's resource number on x86-64 and arm64. */
    public int number() {
        return number;
    }

    /**
     * Soft and hard value, in the resource's unit (bytes, seconds, files …); {@link Rlimit#UNLIMITED} for no limit.
     */
    public record Value(long soft, long hard) {}
}
