package dev.caisson.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The one native entry to the kernel: {@code syscall(2)} of the C library, by JNA direct mapping.
 *
 * <p>Seven longs, not varargs: both supported architectures pass the first arguments of a variadic function exactly as
 * those of a fixed one, and a direct mapping of primitives is a plain JNI call (0.3 µs) without reflection.
 */
final class Libc {
    static {
        // The symbols of this process, not a library by name: the same on glibc and musl.
        Native.register(Libc.class, NativeLibrary.getProcess());
    }

    private Libc() {}

    static native long syscall(long number, long a, long b, long c, long d, long e, long f);
}
