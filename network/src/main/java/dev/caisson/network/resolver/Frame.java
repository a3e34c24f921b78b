package dev.caisson.network.resolver;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/** One message on a TCP connection: two bytes of length before it (RFC 1035 4.2.2), arriving in pieces of any size. */
final class Frame {
    private final int limit;
    private final ByteBuffer length = ByteBuffer.allocate(2);
    private @Nullable ByteBuffer body;

    /** @param limit of a message; a longer one is an error */
    Frame(int limit) {
        this.limit = limit;
    }

    /** The message, once it is whole; null before. @throws IOException at the end of the connection too */
    byte @Nullable [] read(ReadableByteChannel from) throws IOException {
        if (length.hasRemaining()) {
            fill(from, length);
            if (length.hasRemaining()) {
                return null;
            }
            int announced = Short.toUnsignedInt(length.getShort(0));
            if (announced == 0 || announced > limit) {
                throw new IOException("a message of " + announced + " bytes");
            }
            body = ByteBuffer.allocate(announced);
        }
        ByteBuffer current = java.util.Objects.requireNonNull(body);
        fill(from, current);
        if (current.hasRemaining()) {
            return null;
        }
        length.clear();
        body = null;
        return current.array();
    }

    private static void fill(ReadableByteChannel from, ByteBuffer into) throws IOException {
        if (from.read(into) < 0) {
            throw new IOException("the connection ended");
        }
    }

    static ByteBuffer of(byte[] message) {
        return ByteBuffer.allocate(message.length + 2).putShort((short) message.length).put(message).flip();
    }
}
