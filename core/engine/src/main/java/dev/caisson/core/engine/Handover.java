package dev.caisson.core.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** What the engine's threads complete, for callers: what they hang on it runs on a worker, where it may block, and never on the poller's thread. */
final class Handover {
    private Handover() {}

    /** Completes as the other does, a moment later. Cancelling it does nothing to that one. */
    static <T> CompletableFuture<T> of(CompletableFuture<T> inner, Executor workers) {
        CompletableFuture<T> outer = new CompletableFuture<>();
        if (inner.isDone()) {
            complete(inner, outer); // by its caller, on whom nothing hangs yet
        } else {
            inner.whenComplete((value, failure) -> {
                try {
                    workers.execute(() -> complete(inner, outer));
                } catch (RejectedExecutionException | OutOfMemoryError closed) {
                    complete(inner, outer);
                }
            });
        }
        return outer;
    }

    private static <T> void complete(CompletableFuture<T> inner, CompletableFuture<T> outer) {
        inner.whenComplete((value, failure) -> {
            if (failure == null) {
                outer.complete(value);
            } else {
                outer.completeExceptionally(failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null ? failure.getCause() : failure);
            }
        });
    }
}
