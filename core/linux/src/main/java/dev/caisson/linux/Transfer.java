package dev.caisson.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** read(2), write(2) and their p-forms on any ByteBuffer: a direct one in place, a heap one by way of the {@link Arena}. */
final class Transfer {
    private static final int LARGEST = 64 * 1024;

    private Transfer() {}

    static int transfer(String call, int number, Fd fd, ByteBuffer buffer, long offset) {
        boolean out = number == Nr.WRITE || number == Nr.PWRITE64;
        if (!out && buffer.isReadOnly()) {
            throw new IllegalArgumentException(call + " into a read-only buffer");
        }
        return buffer.isDirect() ? direct(call, number, fd, buffer, offset) : heap(call, number, fd, buffer, offset, out);
    }

    private static int direct(String call, int number, Fd fd, ByteBuffer buffer, long offset) {
        try {
            int done = (int) Kernel.fd(call, number, fd, Kernel.address(buffer), buffer.remaining(), offset, 0, 0);
            buffer.position(buffer.position() + done);
            return done;
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    private static int heap(String call, int number, Fd fd, ByteBuffer buffer, long offset, boolean out) {
        Arena arena = Arena.begin();
        int length = Math.min(buffer.remaining(), LARGEST);
        int at = arena.reserve(length);
        if (out) {
            arena.memory.put(at, buffer, buffer.position(), length);
        }
        int done = (int) Kernel.fd(call, number, fd, arena.base + at, length, offset, 0, 0);
        if (out) {
            buffer.position(buffer.position() + done);
        } else {
            buffer.put(arena.memory.slice(at, done));
        }
        return done;
    }
}
