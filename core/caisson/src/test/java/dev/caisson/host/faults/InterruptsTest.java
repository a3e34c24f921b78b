package dev.caisson.host.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Readiness;
import dev.caisson.host.EngineTest;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fault F27: an interrupt ends whatever a thread waits in, cleanly; cancelling a start ends it; nobody's pool is needed. */
@Timeout(180)
class InterruptsTest extends EngineTest {
    private static final Duration LONG = Duration.ofSeconds(50);

    @BeforeEach
    void shell() {
        root.withShell();
    }

    @Test
    void everythingThatBlocksCanBeInterrupted() throws Exception {
        try (Container stubborn = tiny().interactive().stopTimeout(LONG).command("sh", "-c", "trap '' TERM; while :; do sleep 1; done").run()) {
            Map<String, Callable<Object>> calls = new LinkedHashMap<>();
            calls.put("execute", () -> tiny().command("/bin/sleep", "600").execute());
            calls.put("run", () -> tiny().command("/bin/sleep", "600").waitFor(Readiness.log("never")).run());
            calls.put("startAll", () -> engine.startAll(tiny().command("/bin/sleep", "600").waitFor(Readiness.log("never")).spec()));
            calls.put("waitForExit", () -> stubborn.waitForExit(LONG));
            calls.put("await", () -> {
                stubborn.await(Readiness.log("never"), LONG);
                return "";
            });
            calls.put("stop", () -> {
                stubborn.stop();
                return "";
            });
            calls.put("exec", () -> stubborn.exec("/bin/sleep", "600").run());
            calls.put("attached", () -> stubborn.attach().stdout().read());
            calls.put("stdin", () -> {
                stubborn.attach().stdin().write(new byte[1 << 20]);
                return "";
            });
            calls.put("exec's output", () -> stubborn.exec("/bin/sleep", "600").start().stdout().read());
            for (Map.Entry<String, Callable<Object>> call : calls.entrySet()) {
                interrupted(call.getKey(), call.getValue());
            }
            eventually("only the one is there, are " + engine.containers(), Duration.ofSeconds(30), () -> engine.containers().size() == 1);
            assertEquals("ok\n", stubborn.exec("echo", "ok").run().stdout());
        }
    }

    private static void interrupted(String what, Callable<Object> call) throws Exception {
        CompletableFuture<Object> answer = new CompletableFuture<>();
        CompletableFuture<Boolean> status = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                answer.complete(call.call());
            } catch (Exception e) {
                answer.complete(e);
            }
            status.complete(Thread.currentThread().isInterrupted());
        });
        thread.start();
        pause(300);
        assertFalse(answer.isDone(), () -> what + " did not block: " + answer.join());
        thread.interrupt();
        Object said = answer.get(30, TimeUnit.SECONDS);
        assertTrue(said instanceof ContainerException || said instanceof InterruptedIOException, () -> what + " said " + said);
        assertTrue(status.get(30, TimeUnit.SECONDS), () -> what + " lost the interrupt");
    }

    /** An executor's shutdownNow() interrupts whoever is inside a try-with-resources: what he closes is gone all the same. */
    @Test
    void closingIsNotCutShort() {
        Container container = tiny().command("sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 1; done").stopTimeout(LONG).waitFor(Readiness.log("up")).run();
        Thread.currentThread().interrupt();
        try {
            container.close();
        } finally {
            assertTrue(Thread.interrupted(), "the interrupt was lost");
        }
        assertEquals(Container.State.REMOVED, container.state());
        assertTrue(engine.containers().isEmpty());
    }

    @Test
    void aCancelledStartEnds() {
        CompletableFuture<Container> waiting = tiny().command("/bin/sleep", "600").waitFor(Readiness.log("never")).runAsync();
        eventually("it runs", Duration.ofSeconds(30), () -> engine.containers().size() == 1);
        assertTrue(waiting.cancel(true));
        eventually("it is gone", Duration.ofSeconds(30), () -> engine.containers().isEmpty());
    }

    /** A program whose common pool is full of waiting tasks is not held up by them here, nor does a callback that blocks hold up others. */
    @Test
    void nobodysPoolIsNeeded() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 2 * ForkJoinPool.getCommonPoolParallelism() + 2; i++) {
            waiting.add(CompletableFuture.runAsync(() -> await(over)));
        }
        try (Container container = tiny().command("/bin/sleep", "600").runAsync().get(30, TimeUnit.SECONDS)) {
            CompletableFuture<Void> blocked = container.onExit().thenRun(() -> await(over));
            container.close();
            assertEquals("x\n", tiny().command("echo", "x").execute().stdout());
            assertFalse(blocked.isDone());
        } finally {
            over.countDown();
            CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
