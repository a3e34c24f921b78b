package dev.caisson.network.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The thread that serves all published ports, or all questions, of an engine. */
class ChannelLoopTest {
    /** Direct memory that is used up is an Error: it is that of one connection, and no reason to serve none any more. */
    @Test
    void anErrorEndsNothingElse() throws Exception {
        try (ChannelLoop loop = new ChannelLoop("loop-test", "testing", () -> { }, new ChannelLoop.Work(key -> { }, () -> 0, now -> { }))) {
            CompletableFuture<String> after = new CompletableFuture<>();
            loop.submit(() -> {
                throw new OutOfMemoryError("Cannot reserve 32768 bytes of direct buffer memory (a test's)");
            });
            loop.submit(() -> after.complete(Thread.currentThread().getName()));
            assertEquals("loop-test", after.get(10, TimeUnit.SECONDS));
            assertTrue(Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals("loop-test")));
        }
    }
}
