package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** What callers hang on a future of the engine's never runs where that is completed. */
class HandoverTest {
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final CompletableFuture<String> inner = new CompletableFuture<>();

    @Test
    void whatHangsOnItRunsOnAWorker() throws Exception {
        CompletableFuture<String> outer = Handover.of(inner, tasks::add);
        CompletableFuture<String> hanging = outer.thenApply(v -> v + "!");
        inner.complete("x");
        assertFalse(hanging.isDone());
        tasks.remove().run();
        assertEquals("x!", hanging.get());
    }

    @Test
    void whatIsOverIsOver() throws Exception {
        inner.complete("x");
        assertEquals("x", Handover.of(inner, tasks::add).getNow("not yet"));
        assertEquals(0, tasks.size());
    }

    @Test
    void failuresAreTheSame() {
        IllegalStateException failure = new IllegalStateException("why");
        CompletableFuture<String> outer = Handover.of(inner.thenApply(v -> v), tasks::add);
        inner.completeExceptionally(failure);
        tasks.remove().run();
        assertSame(failure, assertThrows(ExecutionException.class, outer::get).getCause());
    }

    @Test
    void withoutAWorkerItIsToldAllTheSame() throws Exception {
        CompletableFuture<String> outer = Handover.of(inner, task -> {
            throw new RejectedExecutionException();
        });
        inner.complete("x");
        assertEquals("x", outer.get());
    }

    @Test
    void cancellingIsTheCallersOwn() {
        CompletableFuture<String> outer = Handover.of(inner, tasks::add);
        outer.cancel(true);
        assertFalse(inner.isDone());
    }
}
