package dev.caisson.core.engine;

import dev.caisson.Stdin;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A stream that was given as standard input: the caller's own, whose {@code close()} may throw anything, or wait for who reads it. */
final class GivenStream {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private GivenStream() {}

    /** Its process has ended: it is closed, so that the thread that reads it ends, and by a thread that nobody waits for. */
    static void close(Stdin stdin, Executor workers) {
        if (stdin instanceof Stdin.Stream given) {
            try {
                workers.execute(() -> close(given));
            } catch (RejectedExecutionException | OutOfMemoryError noThread) {
                close(given);
            }
        }
    }

    private static void close(Stdin.Stream given) {
        try {
            given.stream().close();
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("closing a standard input that was given: {}", e.toString());
        }
    }
}
