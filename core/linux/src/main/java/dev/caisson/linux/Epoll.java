package dev.caisson.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * epoll(7) without allocation: {@link #await} leaves its events in this object, read by index. One thread waits; any thread
 * adds and removes.
 */
public final class Epoll implements AutoCloseable {
    public static final int EPOLLIN = 0x1;
    public static final int EPOLLPRI = 0x2;
    public static final int EPOLLOUT = 0x4;
    public static final int EPOLLERR = 0x8;
    public static final int EPOLLHUP = 0x10;
    public static final int EPOLLRDHUP = 0x2000;
    public static final int EPOLLEXCLUSIVE = 1 << 28;
    public static final int EPOLLONESHOT = 1 << 30;
    public static final int EPOLLET = 1 << 31;

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLL_CTL_MOD = 3;

    private final Fd fd;
    private final int capacity;
    private final ByteBuffer ready;
    private final long address;

    private Epoll(Fd fd, int capacity) {
        this.fd = fd;
        this.capacity = capacity;
        this.ready = ByteBuffer.allocateDirect(capacity * Abi.EPOLL_EVENT_SIZE).order(ByteOrder.nativeOrder());
        this.address = Kernel.address(ready);
    }

    /** @param capacity the most events that one {@link #await} gives; the rest come with the next */
    public static Epoll create(int capacity) {
        if (capacity < 1 || capacity > 65536) {
            throw new IllegalArgumentException("epoll capacity " + capacity + " is not between 1 and 65536");
        }
        long result = Kernel.raw(Nr.EPOLL_CREATE1, EPOLL_CLOEXEC, 0, 0, 0, 0, 0);
        return new Epoll(Fd.adopt((int) Kernel.check(result, "epoll_create1", "EPOLL_CLOEXEC")), capacity);
    }

    /** @param data comes back with each event of this descriptor */
    public void add(Fd watched, int events, long data) {
        control(EPOLL_CTL_ADD, watched, events, data);
    }

    public void modify(Fd watched, int events, long data) {
        control(EPOLL_CTL_MOD, watched, events, data);
    }

    /** Before the descriptor is closed: a copy elsewhere would keep its events coming. */
    public void remove(Fd watched) {
        control(EPOLL_CTL_DEL, watched, 0, 0);
    }

    private void control(int operation, Fd watched, int events, long data) {
        Arena arena = Arena.begin();
        int event = arena.alloc(16);
        arena.memory.putInt(event, events).putLong(event + Abi.EPOLL_EVENT_DATA, data);
        long result = Kernel.raw(Nr.EPOLL_CTL, fd.value(), operation, watched.value(), arena.base + event, 0, 0);
        if (result < 0) {
            throw new SyscallException("epoll_ctl", watched.toString(), (int) -result);
        }
    }

    /**
     * Waits for events.
     *
     * @param timeoutMs milliseconds; 0 looks only, -1 waits without end
     * @return how many there are for {@link #data} and {@link #events}; 0 after the time-out, or early if a signal came
     */
    public int await(int timeoutMs) {
        long result = Kernel.once(Nr.EPOLL_PWAIT, fd.value(), address, capacity, timeoutMs, 0, 8);
        Reference.reachabilityFence(ready);
        if (result == -Errno.EINTR) {
            return 0;
        }
        return (int) Kernel.check(result, "epoll_pwait", "epoll");
    }

    /** The data given to {@link #add} for event {@code index} of the last {@link #await}. */
    public long data(int index) {
        return ready.getLong(index * Abi.EPOLL_EVENT_SIZE + Abi.EPOLL_EVENT_DATA);
    }

    /** {@code EPOLL…} bits of event {@code index} of the last {@link #await}. */
    public int events(int index) {
        return ready.getInt(index * Abi.EPOLL_EVENT_SIZE);
    }

    /** The epoll descriptor itself, to be watched by another. */
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
