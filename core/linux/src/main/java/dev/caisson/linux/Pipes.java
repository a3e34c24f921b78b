package dev.caisson.linux;

/** Pipes, and moving their bytes without copying. Results in bytes; 0 is the end. */
public final class Pipes {
    public static final int SPLICE_F_MOVE = 1;
    public static final int SPLICE_F_NONBLOCK = 2;
    public static final int SPLICE_F_MORE = 4;

    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int F_GETPIPE_SZ = 1032;
    private static final int FIONREAD = 0x541B;

    /** The two ends. */
    public record Pipe(Fd read, Fd write) implements AutoCloseable {
        @Override
        public void close() {
            try (read) {
                write.close();
            }
        }
    }

    private Pipes() {}

    /** @param flags {@code O_NONBLOCK}, {@code O_DIRECT}, or 0 */
    public static Pipe pipe2(int flags) {
        Arena arena = Arena.begin();
        int fds = arena.reserve(8);
        Kernel.check(Kernel.raw(Nr.PIPE2, arena.base + fds, flags | Fcntl.O_CLOEXEC, 0, 0, 0, 0), "pipe2", "O_CLOEXEC");
        return new Pipe(Fd.adopt(arena.memory.getInt(fds)), Fd.adopt(arena.memory.getInt(fds + 4)));
    }

    /**
     * Asks for a capacity in bytes; EPERM above {@code /proc/sys/fs/pipe-max-size} without CAP_SYS_RESOURCE.
     *
     * @return what the kernel gave: a power of two of pages
     */
    public static int setSize(Fd pipe, int bytes) {
        return (int) Kernel.fd("fcntl F_SETPIPE_SZ", Nr.FCNTL, pipe, F_SETPIPE_SZ, bytes, 0, 0, 0);
    }

    public static int size(Fd pipe) {
        return (int) Kernel.fd("fcntl F_GETPIPE_SZ", Nr.FCNTL, pipe, F_GETPIPE_SZ, 0, 0, 0, 0);
    }

    /** Bytes that wait to be read. */
    public static int available(Fd pipe) {
        Arena arena = Arena.begin();
        int count = arena.alloc(4);
        Kernel.fd("ioctl FIONREAD", Nr.IOCTL, pipe, FIONREAD, arena.base + count, 0, 0, 0);
        return arena.memory.getInt(count);
    }

    /** Sets or clears O_NONBLOCK of the open file description, which all copies of the descriptor share. */
    public static void nonBlocking(Fd fd, boolean on) {
        long flags = Kernel.fd("fcntl F_GETFL", Nr.FCNTL, fd, F_GETFL, 0, 0, 0, 0);
        long wanted = on ? flags | Fcntl.O_NONBLOCK : flags & ~Fcntl.O_NONBLOCK;
        Kernel.fd("fcntl F_SETFL", Nr.FCNTL, fd, F_SETFL, wanted, 0, 0, 0);
    }

    /** Moves bytes from or to a pipe at the file offsets of both. */
    public static long splice(Fd from, Fd to, long length, int flags) {
        return Kernel.fd("splice", Nr.SPLICE, from, 0, to.value(), 0, length, flags);
    }

    /** Copies bytes from pipe to pipe and leaves them in the first. */
    public static long tee(Fd from, Fd to, long length, int flags) {
        return Kernel.fd("tee", Nr.TEE, from, to.value(), length, flags, 0, 0);
    }
}
