package dev.caisson.core.layer;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A source read by a thread of its own, some pieces ahead of its reader, so that inflating and what is done with the result go on at once. What the source throws is
 * thrown to the reader in its place. Closing it ends the thread, then closes the source.
 */
public final class ReadAhead implements Pieces {
    private static final int PIECES = 4;

    /** @param data null for the end, for which there may be a reason */
    private record Piece(@Nullable ByteBuffer data, @Nullable Throwable failure) {}

    private final ReadableByteChannel source;
    private final Consumer<ByteBuffer> reader;
    private final BlockingQueue<Piece> ready = new ArrayBlockingQueue<>(PIECES + 1);
    private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(PIECES);
    private final Thread thread;
    /** Made so far; small archives need one. Written by the thread alone. */
    private int made;
    /** In the thread's hands. */
    private @Nullable ByteBuffer filling;
    private @Nullable ByteBuffer current;
    private boolean ended;
    private volatile boolean closed;

    /**
     * Takes the source over.
     *
     * @param reader is given each piece once, in their order and by the thread that reads, before {@link #next} gives it out; it may move the position
     */
    public ReadAhead(ReadableByteChannel source, Consumer<ByteBuffer> reader) {
        this.source = source;
        this.reader = reader;
        thread = new Thread(this::readAll, "caisson-inflate");
        thread.setDaemon(true);
        thread.start();
    }

    private void readAll() {
        Throwable failure = null;
        try {
            while (!closed) {
                ByteBuffer data = empty();
                filling = data;
                boolean more = PieceBuffers.fill(data, source);
                data.flip();
                if (data.hasRemaining()) {
                    reader.accept(data.duplicate());
                    filling = null;
                    ready.add(new Piece(data, null)); // there is room for all there are
                }
                if (!more) {
                    break;
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        } catch (InterruptedException e) {
            return; // closed: nobody reads any more
        }
        ready.add(new Piece(null, failure)); // and for this one
    }

    private ByteBuffer empty() throws InterruptedException {
        ByteBuffer given = made < PIECES ? free.poll() : free.take();
        if (given == null) {
            made++;
            given = PieceBuffers.take();
        }
        return given.clear();
    }

    @Override
    public @Nullable ByteBuffer next() throws IOException {
        if (ended) {
            return null;
        }
        if (current != null) {
            free.add(current);
            current = null;
        }
        Piece piece;
        try {
            piece = ready.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageProblem(Stage.UNPACK, "interrupted while a layer was unpacked", "", e);
        }
        current = piece.data;
        ended = current == null;
        rethrow(piece.failure);
        return current;
    }

    private static void rethrow(@Nullable Throwable failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        source.close();
        giveBack();
    }

    /** Once: nobody has any of them now. */
    private void giveBack() {
        ended = true;
        List<@Nullable ByteBuffer> all = new ArrayList<>(free);
        ready.forEach(p -> all.add(p.data));
        all.add(current);
        all.add(filling);
        current = null;
        filling = null;
        free.clear();
        ready.clear();
        all.stream().filter(Objects::nonNull).forEach(PieceBuffers::giveBack);
    }
}
