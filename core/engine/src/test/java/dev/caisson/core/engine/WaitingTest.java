package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.EngineProblem;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class WaitingTest {
    @Test
    void withinATimeHoweverLong() {
        assertTrue(Waiting.within(CompletableFuture.completedFuture(1), Duration.ofSeconds(Long.MAX_VALUE)));
        assertTrue(Waiting.within(CompletableFuture.failedFuture(new IllegalStateException()), Duration.ofDays(200_000)));
        assertFalse(Waiting.within(new CompletableFuture<>(), Duration.ofMillis(1)));
        assertFalse(Waiting.within(new CompletableFuture<>(), Duration.ZERO));
    }

    @Test
    void anInterruptIsKeptAndRunsWhatItShould() {
        AtomicInteger ran = new AtomicInteger();
        Thread.currentThread().interrupt();
        EngineProblem e = assertThrows(EngineProblem.class, () -> Waiting.await(new CompletableFuture<>(), "the end", ran::incrementAndGet));
        assertTrue(Thread.interrupted() && e.what().contains("the end"));
        assertEquals(1, ran.get());
        Thread.currentThread().interrupt();
        assertThrows(EngineProblem.class, () -> Waiting.within(new CompletableFuture<>(), Duration.ofSeconds(30)));
        assertTrue(Thread.interrupted());
    }

    @Test
    void aFailureHasTheStackOfWhoWaits() throws Exception {
        EngineProblem[] made = new EngineProblem[1];
        Thread poller = new Thread(() -> made[0] = new EngineProblem(dev.caisson.Stage.SPAWN, "made elsewhere", ""));
        poller.start();
        poller.join();
        EngineProblem e = assertThrows(EngineProblem.class, () -> Waiting.await(CompletableFuture.failedFuture(made[0]), "it", () -> { }));
        assertTrue(Arrays.stream(e.getStackTrace()).anyMatch(f -> f.getClassName().equals(WaitingTest.class.getName()) && f.getMethodName().startsWith("aFailure")));
    }
}
