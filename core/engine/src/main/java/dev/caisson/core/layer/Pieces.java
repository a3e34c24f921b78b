package dev.caisson.core.layer;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** An archive in pieces, where each lies: so what is in it can be written to a file without a copy on the way. For one thread. */
public interface Pieces extends Closeable {
    /** The next one, with at least a byte, whose reader moves its position; null at the end. The one before is not the reader's any more. */
    @Nullable ByteBuffer next() throws IOException;

    /** Its last piece is not the reader's any more, and its source is closed. */
    @Override
    default void close() throws IOException {}

    /** Those of a stream, which stays the caller's, all in one buffer. */
    static Pieces of(InputStream in) {
        byte[] buffer = new byte[128 * 1024];
        return () -> {
            int n = in.read(buffer);
            return n > 0 ? ByteBuffer.wrap(buffer, 0, n) : null;
        };
    }
}
