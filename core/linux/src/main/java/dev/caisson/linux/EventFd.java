package dev.caisson.linux;

/** eventfd(2): a counter that wakes an {@link Epoll}, from any thread. Non-blocking. */
public final class EventFd implements AutoCloseable {
    private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;

    private final Fd fd;

    private EventFd(Fd fd) {
        this.fd = fd;
    }

    public static EventFd create() {
        long result = Kernel.raw(Nr.EVENTFD2, 0, EFD_CLOEXEC_NONBLOCK, 0, 0, 0, 0);
        return new EventFd(Fd.adopt((int) Kernel.check(result, "eventfd2", "0")));
    }

    /** Adds 1; a counter that is full stays readable, so that is no error. */
    public void signal() {
        Arena arena = Arena.begin();
        int one = arena.reserve(8);
        arena.memory.putLong(one, 1);
        long result = Kernel.raw(Nr.WRITE, fd.value(), arena.base + one, 8, 0, 0, 0);
        if (result != -Errno.EAGAIN) {
            Kernel.check(result, "write", "eventfd");
        }
    }

    /** The count since the last call, which becomes 0. */
    public long drain() {
        Arena arena = Arena.begin();
        int count = arena.reserve(8);
        long result = Kernel.raw(Nr.READ, fd.value(), arena.base + count, 8, 0, 0, 0);
        if (result == -Errno.EAGAIN) {
            return 0;
        }
        Kernel.check(result, "read", "eventfd");
        return arena.memory.getLong(count);
    }

    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
