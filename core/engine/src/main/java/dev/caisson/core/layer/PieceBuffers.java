package dev.caisson.core.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** What {@link Pieces} lie in. Those of a layer that is done are for the next: a direct buffer comes free with a garbage collection only. */
final class PieceBuffers {
    static final int SIZE = 512 * 1024;
    private static final BlockingQueue<ByteBuffer> SPARE = new ArrayBlockingQueue<>(8);

    private PieceBuffers() {}

    /** An empty one. */
    static ByteBuffer take() {
        ByteBuffer spare = SPARE.poll();
        return spare == null ? ByteBuffer.allocateDirect(SIZE) : spare.clear();
    }

    /** Once: who gives one back has it no more. */
    static void giveBack(ByteBuffer buffer) {
        SPARE.offer(buffer);
    }

    /** To its last byte, as a decompressor hands out small pieces. @return false at the source's end */
    static boolean fill(ByteBuffer buffer, ReadableByteChannel source) throws IOException {
        while (buffer.hasRemaining()) {
            if (source.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }
}
