package dev.caisson.linux;

import java.util.Optional;

/**
 * A lock on a whole file that belongs to the open file description ({@code F_OFD_SETLK}, fcntl(2)): two engines in one JVM
 * exclude each other, and closing another descriptor of the same file does not drop it, as it would a
 * {@code FileChannel.lock}. It ends with {@link #close()}, or when the last copy of the descriptor is closed; a dead
 * process holds none.
 */
public final class OfdLock implements AutoCloseable {
    /** Shared with other readers, or exclusive; the descriptor must be open for reading or for writing accordingly. */
    public enum Mode { SHARED, EXCLUSIVE }

    private static final int F_OFD_SETLK = 37;
    private static final int F_OFD_SETLKW = 38;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;

    private final Fd file;

    private OfdLock(Fd file) {
        this.file = file;
    }

    /** The lock, or empty if someone else's stands against it. The descriptor stays the caller's. */
    public static Optional<OfdLock> tryLock(Fd file, Mode mode) {
        long result = call(file, F_OFD_SETLK, type(mode));
        if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
            return Optional.empty();
        }
        Kernel.check(result, "fcntl F_OFD_SETLK", "lock file");
        return Optional.of(new OfdLock(file));
    }

    /** As {@link #tryLock(Fd, Mode)}. */
    public static Optional<OfdLock> tryLock(Fd file, boolean exclusive) {
        return tryLock(file, exclusive ? Mode.EXCLUSIVE : Mode.SHARED);
    }

    /** Waits for the lock, without end and without regard to interrupts. */
    public static OfdLock lock(Fd file, Mode mode) {
        Kernel.check(call(file, F_OFD_SETLKW, type(mode)), "fcntl F_OFD_SETLKW", "lock file");
        return new OfdLock(file);
    }

    /** As {@link #lock(Fd, Mode)}. */
    public static OfdLock lock(Fd file, boolean exclusive) {
        return lock(file, exclusive ? Mode.EXCLUSIVE : Mode.SHARED);
    }

    /** Unlocks; the file stays open. Nothing to do if it was closed. */
    @Override
    public void close() {
        if (file.isOpen()) {
            Kernel.check(call(file, F_OFD_SETLK, F_UNLCK), "fcntl F_OFD_SETLK F_UNLCK", "lock file");
        }
    }

    private static short type(Mode mode) {
        return mode == Mode.EXCLUSIVE ? F_WRLCK : F_RDLCK;
    }

    private static long call(Fd file, int command, short type) {
        Arena arena = Arena.begin();
        // Start and length 0: all of the file. l_pid must be 0.
        int flock = arena.alloc(Abi.FLOCK_SIZE);
        arena.memory.putShort(flock, type);
        return Kernel.raw(Nr.FCNTL, file.value(), command, arena.base + flock, 0, 0, 0);
    }
}
