package dev.caisson.linux;

/** ppoll(2) of one descriptor, by whoever needs no {@link Epoll}. */
public final class Poll {
    private static final short POLLIN = 0x1;
    private static final long NANOS = 1_000_000_000;

    private Poll() {}

    /**
     * Waits until a descriptor can be read from, or its other side has closed.
     *
     * @param nanos at most; 0 looks only
     * @return whether there is something; false also if a signal came first
     */
    public static boolean readable(Fd fd, long nanos) {
        Arena arena = Arena.begin();
        int look = arena.alloc(8);
        int time = arena.alloc(16);
        arena.memory.putInt(look, fd.value()).putShort(look + 4, POLLIN);
        arena.memory.putLong(time, nanos / NANOS).putLong(time + 8, nanos % NANOS);
        long result = Kernel.once(Nr.PPOLL, arena.base + look, 1, arena.base + time, 0, 8, 0);
        return result != -Errno.EINTR && Kernel.check(result, "ppoll", "one descriptor") > 0;
    }
}
