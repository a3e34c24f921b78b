package dev.caisson;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;

/**
 * One who is attached to the standard streams of a running container ({@code docker attach}). Several may be at once: each sees all that is printed from then on,
 * and what they write is read in the order written. Reads and writes block, and honour interruption with an {@link java.io.InterruptedIOException}.
 */
public interface Attachment extends AutoCloseable {
    /** How it ended. */
    enum End {
        /** By {@link Attachment#close()}. */
        CLOSED,
        /** By the detach keys. */
        KEYS,
        /** Its reader was too slow ({@link AttachOptions.WhenFull#DETACH}). */
        SLOW,
        /** The container's process has ended. */
        EXITED
    }

    /**
     * Writes to standard input, without a buffer in between. Blocks while the program does not read. Closing it ends the input for the program too (end of file), but at a
     * terminal, which has no end: there a program is told by what it reads (ctrl-d). {@link #close()} does not.
     *
     * @return the same at each call; a write after the end of the attachment is an {@link java.io.IOException}
     * @throws EngineProblem if the container was not started with {@link ContainerBuilder#interactive()}, or stdin is not attached
     */
    OutputStream stdin();

    /** {@return what it prints from now on; of a terminal everything} Ends with the attachment. Nothing if it is not attached. */
    InputStream stdout();

    /** {@return the same of standard error; nothing at a terminal} */
    InputStream stderr();

    /**
     * Completes when it has ended: when nothing more will come; what came before can still be read.
     *
     * @return how it ended; never fails
     */
    CompletableFuture<End> onEnd();

    /** Detaches. The container goes on, and its standard input stays open. Idempotent. */
    @Override
    void close();
}
