package dev.caisson.core.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A source read by its reader's own thread: where every processor has a layer of its own, handing pieces from one thread to another costs and gains nothing. */
public final class ReadInPlace implements Pieces {
    private final ReadableByteChannel source;
    private final Consumer<ByteBuffer> reader;
    private @Nullable ByteBuffer buffer;
    private boolean ended;

    /**
     * Takes the source over.
     *
     * @param reader is given each piece once, in their order, before {@link #next} gives it out; it may move the position
     */
    public ReadInPlace(ReadableByteChannel source, Consumer<ByteBuffer> reader) {
        this.source = source;
        this.reader = reader;
    }

    @Override
    public @Nullable ByteBuffer next() throws IOException {
        if (ended) {
            return null;
        }
        ByteBuffer data = buffer == null ? PieceBuffers.take() : buffer.clear();
        buffer = data;
        ended = true; // also when it throws
        ended = !PieceBuffers.fill(data, source);
        data.flip();
        if (!data.hasRemaining()) {
            return null;
        }
        reader.accept(data.duplicate());
        return data;
    }

    @Override
    public void close() throws IOException {
        ended = true;
        source.close();
        ByteBuffer mine = buffer;
        buffer = null;
        if (mine != null) {
            PieceBuffers.giveBack(mine);
        }
    }
}
