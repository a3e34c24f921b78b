package dev.caisson.linux;

import com.sun.jna.Native;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A file descriptor that is owned: closed exactly once, however often and from however many threads {@link #close()} is
 * called, so that a number the kernel has given out again is never closed by accident.
 *
 * <p>Every descriptor this package makes has {@code FD_CLOEXEC}. Using a closed one is an IllegalStateException, never a
 * call on whatever has the number now. The owner closes after its other threads have stopped using it.
 */
public final class Fd implements AutoCloseable {
    /** {@code AT_FDCWD}: the working directory as the start of relative paths. Closing it does nothing. */
    public static final Fd CWD = new Fd(Fcntl.AT_FDCWD);

    private static final int GONE = -1;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final AtomicIntegerFieldUpdater<Fd> NUMBER = AtomicIntegerFieldUpdater.newUpdater(Fd.class, "number");

    private volatile int number;

    private Fd(int number) {
        this.number = number;
    }

    /** Takes ownership of an open descriptor. */
    public static Fd adopt(int number) {
        if (number < 0) {
            throw new IllegalArgumentException(number + " is no file descriptor");
        }
        return new Fd(number);
    }

    /** The number, for one system call; IllegalStateException once closed or released. */
    public int value() {
        int value = number;
        if (value == GONE) {
            throw new IllegalStateException("file descriptor is closed");
        }
        return value;
    }

    public boolean isOpen() {
        return number != GONE;
    }

    /** A second descriptor of the same open file description, close-on-exec, never 0, 1 or 2. */
    public Fd dup() {
        return adopt((int) Kernel.fd("fcntl", Nr.FCNTL, this, F_DUPFD_CLOEXEC, 3, 0, 0, 0));
    }

    /** Gives up ownership: returns the number, which someone else must close now. */
    public int release() {
        int value = this == CWD ? GONE : NUMBER.getAndSet(this, GONE);
        if (value == GONE) {
            throw new IllegalStateException("file descriptor is closed");
        }
        return value;
    }

    /**
     * Closes; the second call does nothing.
     *
     * @throws SyscallException EBADF if someone else closed the number, or a delayed write error (EIO, ENOSPC, EDQUOT)
     */
    @Override
    public void close() {
        if (this == CWD) {
            return;
        }
        int value = NUMBER.getAndSet(this, GONE);
        // No retry on EINTR: Linux has freed the number by then, see close(2).
        if (value != GONE && Libc.syscall(Nr.CLOSE, value, 0, 0, 0, 0, 0) == -1) {
            int errno = Native.getLastError();
            if (errno != Errno.EINTR) {
                throw new SyscallException("close", "fd " + value, errno);
            }
        }
    }

    @Override
    public String toString() {
        int value = number;
        return this == CWD ? "AT_FDCWD" : value == GONE ? "fd closed" : "fd " + value;
    }
}
