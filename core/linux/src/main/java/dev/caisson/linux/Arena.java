package dev.caisson.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Native scratch memory of one thread for the strings and structures of one system call, so that a call allocates
 * nothing. {@link #begin()} starts a call and forgets what the previous one wrote: an address is good until then.
 */
final class Arena {
    /** The largest extended attribute or transfer (64 KiB) and two paths. */
    static final int SIZE = 64 * 1024 + 3 * 4096;
    private static final ThreadLocal<Arena> OF_THREAD = ThreadLocal.withInitial(Arena::new);

    /** The memory, for absolute reads and writes at the offsets that {@link #alloc} returns. */
    final ByteBuffer memory = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder());
    /** The native address of offset 0. */
    final long base = Pointer.nativeValue(Native.getDirectBufferPointer(memory));

    private final List<ByteBuffer> overflow = new ArrayList<>(0);
    private int used;

    private Arena() {}

    static Arena begin() {
        Arena arena = OF_THREAD.get();
        arena.used = 0;
        if (!arena.overflow.isEmpty()) {
            arena.overflow.clear();
        }
        return arena;
    }

    /** Reserves zeroed bytes for a structure, aligned to 8; returns the offset, not the address. */
    int alloc(int bytes) {
        int offset = reserve(bytes);
        for (int i = offset; i < used; i += Long.BYTES) {
            memory.putLong(i, 0);
        }
        return offset;
    }

    /** Reserves bytes that the kernel will fill, without zeroing them; returns the offset. */
    int reserve(int bytes) {
        int offset = used;
        int end = offset + ((bytes + 7) & ~7);
        if (end > SIZE) {
            throw new IllegalArgumentException("one system call needs more than " + SIZE + " bytes of scratch memory");
        }
        used = end;
        return offset;
    }

    /** The address of a NUL-terminated copy of the string; a string with a NUL in it is refused. */
    long string(String value) {
        int length = value.length();
        // Three bytes of UTF-8 for one char is the worst case; the end of a long path goes to memory of its own.
        if (length * 3 + 1 > SIZE - used) {
            return outside(PathBytes.encode(value));
        }
        int at = used;
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if (c == 0) {
                throw PathBytes.nul(value);
            }
            if (c >= 0x80) {
                return bytes(PathBytes.encode(value));
            }
            memory.put(at++, (byte) c);
        }
        memory.put(at++, (byte) 0);
        long address = base + used;
        used = (at + 7) & ~7;
        return address;
    }

    private long bytes(byte[] encoded) {
        int at = reserve(encoded.length + 1);
        memory.put(at, encoded);
        memory.put(at + encoded.length, (byte) 0);
        return base + at;
    }

    private long outside(byte[] encoded) {
        ByteBuffer extra = ByteBuffer.allocateDirect(encoded.length + 1);
        extra.put(encoded).put((byte) 0);
        overflow.add(extra);
        return Pointer.nativeValue(Native.getDirectBufferPointer(extra));
    }

    /** A copy of what the kernel wrote. */
    byte[] copy(int offset, int length) {
        byte[] copy = new byte[length];
        memory.get(offset, copy);
        return copy;
    }
}
