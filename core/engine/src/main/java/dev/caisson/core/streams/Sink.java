package dev.caisson.core.streams;

import java.nio.ByteBuffer;

/** Takes the bytes of one stream, on the poller thread; must not block. */
public interface Sink {
    /**
     * Takes all of the chunk; the buffer is the sink's only during the call.
     *
     * @return false when no more should be read until the reader is {@linkplain OutputReader#resume resumed}: the pipe fills and the writer waits
     */
    boolean accept(ByteBuffer chunk);

    /** Nothing more will come. */
    void end();
}
