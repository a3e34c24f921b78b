package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Threads;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Several blobs on their way at once. */
final class Parallel {
    private Parallel() {
    }

    /**
     * Does the work for each, and nothing is done any more when this returns; the first failure ends the others.
     *
     * @param atOnce most threads
     * @param doing for the error if the caller is interrupted: "pulling NAME"
     */
    static <T> void each(List<T> all, int atOnce, String thread, Stage stage, String doing, Consumer<T> work) {
        if (all.isEmpty()) {
            return;
        }
        ExecutorService threads = Threads.pool(Math.min(atOnce, all.size()), thread);
        try {
            List<Future<?>> begun = all.stream().<Future<?>>map(one -> threads.submit(() -> work.accept(one))).toList();
            for (Future<?> future : begun) {
                future.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageProblem(stage, "interrupted while " + doing, "", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            Threads.end(threads);
        }
    }
}
