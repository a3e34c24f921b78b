package dev.caisson.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/** The common shapes of system calls. Nothing is formatted or allocated unless a call fails. */
final class Kernel {
    private Kernel() {}

    /** The call, by this thread's {@link Worker} if it has one; again on EINTR; a failure is returned as the negative error number. */
    static long raw(int number, long a, long b, long c, long d, long e, long f) {
        Worker worker = Worker.ofThread();
        String arguments = worker == null ? null : WorkerCalls.of(number);
        return arguments == null ? here(number, a, b, c, d, e, f) : worker.call(arguments, number, a, b, c, d, e, f);
    }

    /** The call by this very thread. */
    static long here(int number, long a, long b, long c, long d, long e, long f) {
        while (true) {
            long result = Libc.syscall(number, a, b, c, d, e, f);
            if (result != -1) {
                return result;
            }
            int errno = Native.getLastError();
            if (errno != Errno.EINTR) {
                return -errno;
            }
        }
    }

    /** As {@link #raw}, but EINTR is a result too: for calls whose time-out would start again. */
    static long once(int number, long a, long b, long c, long d, long e, long f) {
        long result = Libc.syscall(number, a, b, c, d, e, f);
        return result != -1 ? result : -Native.getLastError();
    }

    /** A call whose first argument is a descriptor, which names the object in the message. */
    static long fd(String call, int number, Fd fd, long b, long c, long d, long e, long f) {
        long result = raw(number, fd.value(), b, c, d, e, f);
        if (result < 0) {
            throw new SyscallException(call, fd.toString(), (int) -result);
        }
        return result;
    }

    /** A call of (directory, path, …): mkdirat(2) and its relatives. */
    static long at(String call, int number, Fd dir, String path, long c, long d, long e) {
        long result = rawAt(number, dir, path, c, d, e);
        if (result < 0) {
            throw new SyscallException(call, where(dir, path), (int) -result);
        }
        return result;
    }

    static long rawAt(int number, Fd dir, String path, long c, long d, long e) {
        return raw(number, dir.value(), Arena.begin().string(path), c, d, e, 0);
    }

    /** Throws if the result is a negative error number; the arguments must be free to compute, such as a name. */
    static long check(long result, String call, String arguments) {
        if (result < 0) {
            throw new SyscallException(call, arguments, (int) -result);
        }
        return result;
    }

    /** A path below a descriptor, for messages: the path alone where the descriptor does not matter. */
    static String where(Fd dir, String path) {
        String shown = PathBytes.printable(path);
        return dir == Fd.CWD || path.startsWith("/") ? shown : shown.isEmpty() ? dir.toString() : dir + ", " + shown;
    }

    /** The address of a direct buffer's position. The caller keeps the buffer reachable until the call is done. */
    static long address(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct)) + direct.position();
    }
}
