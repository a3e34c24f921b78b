package dev.caisson.core.engine;

import dev.caisson.ContainerException;
import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Blocking waits that honour interruption and pin no carrier of a virtual thread. */
final class Waiting {
    /** What a long of nanoseconds holds: 292 years. */
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private Waiting() {}

    /**
     * The future's value, or its failure with the stack of who waits.
     *
     * @param onInterrupt run before the wait is given up
     * @throws EngineProblem if interrupted; the interrupt status is kept
     */
    static <T> T await(CompletableFuture<T> future, String what, Runnable onInterrupt) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            onInterrupt.run();
            Thread.currentThread().interrupt();
            throw new EngineProblem(Stage.SUPERVISE, "interrupted while waiting for " + what, "", e);
        } catch (ExecutionException e) {
            throw rethrow(e.getCause());
        }
    }

    /** Whether it completed in time, however. */
    static boolean within(CompletableFuture<?> future, Duration timeout) {
        try {
            future.get(timeout.compareTo(FOREVER) > 0 ? Long.MAX_VALUE : timeout.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineProblem(Stage.SUPERVISE, "interrupted while waiting", "", e);
        }
    }

    /** As {@link #within}, for clean-up: an interrupt does not cut it short, and its status is kept. */
    static boolean ended(CompletableFuture<?> future, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    future.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                    return true;
                } catch (TimeoutException e) {
                    return false;
                } catch (ExecutionException e) {
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException rethrow(Throwable cause) {
        if (cause instanceof ContainerException e) {
            // It was made on the poller thread, whose stack tells nothing; who called is what the reader looks for.
            e.setStackTrace(Thread.currentThread().getStackTrace());
        }
        if (cause instanceof RuntimeException e) {
            return e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return new CompletionException(cause);
    }
}
