package dev.caisson.linux.deflate;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;

/**
 * A decoder of raw DEFLATE streams. For one thread at a time. The protocol is that of {@link java.util.zip.Inflater}: bytes come out until it wants input or has finished.
 * Direct buffers are read and written where they lie; those on the heap are copied.
 */
public interface Decoder extends AutoCloseable {
    /** Begins another stream; input that was left is forgotten. */
    void reset();

    /**
     * Gives it input, to be called when {@link #decode} has returned 0 and it has not {@link #finished}.
     *
     * @param from what remains of it; its position is not moved. The bytes stay as they are until the decoder is closed, reset or given others
     */
    void input(ByteBuffer from);

    /**
     * Decodes.
     *
     * @param into has its position moved behind the bytes written
     * @return how many bytes were written; 0 if it has finished or wants input, or if there is no room
     * @throws DataFormatException if this is no DEFLATE; it is of no use then until {@link #reset}
     */
    int decode(ByteBuffer into) throws DataFormatException;

    /** Whether the last block has ended, and all of it was handed out. */
    boolean finished();

    /** How many bytes of the last input do not belong to the stream, once it has finished. */
    int remaining();

    /** How many bytes were handed out since {@link #reset}. */
    long written();

    /** Releases its memory. */
    @Override
    void close();
}
