package dev.caisson.host.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.EngineProblem;
import dev.caisson.Execution;
import dev.caisson.Signal;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that meet. Each ends, with its answer or one of the engine's own errors, and nothing of any is left. */
@Timeout(180)
class RacesTest extends EngineTest {
    private static final int ROUNDS = 40;

    @Test
    void stopWhileStarting() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            Future<Execution> execution = CompletableFuture.supplyAsync(() -> tiny().command("/bin/sleep", "600").execute());
            eventually("it starts", Duration.ofSeconds(30), () -> !engine.containers().isEmpty());
            engine.containers().forEach(c -> c.kill(Signal.KILL));
            assertEquals(137, execution.get(60, TimeUnit.SECONDS).exitCode());
            eventually("it goes", Duration.ofSeconds(30), () -> engine.containers().isEmpty());
        }
    }

    @Test
    void removeWhileExecing() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            Container container = tiny().command("/bin/sleep", "600").run();
            List<Object> answers = together(() -> container.exec(TinyRootfs.TRUE).run(), () -> container.exec("/bin/sleep", "600").run(),
                    () -> container.exec("/bin/echo", "x").user("app").run(), () -> {
                        pause(0, (int) (Math.random() * 3_000_000));
                        container.remove();
                        return "removed";
                    });
            assertEquals("removed", answers.get(3));
            assertEquals(Container.State.REMOVED, container.state());
        }
    }

    @Test
    void closeFromManyThreads() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            Container container = tiny().command("/bin/sleep", "600").run();
            Callable<Object> close = () -> {
                container.close();
                assertEquals(Container.State.REMOVED, container.state());
                return "closed";
            };
            assertEquals(List.of("closed", "closed", "closed"), together(close, close, close));
        }
    }

    @Test
    void removeWhileRestarting() throws Exception {
        for (int i = 0; i < ROUNDS / 2; i++) {
            Container container = tiny().command("/bin/sleep", "600").stopTimeout(Duration.ofMillis(1)).run();
            together(() -> {
                container.restart();
                return "restarted";
            }, () -> {
                pause(0, (int) (Math.random() * 9_000_000));
                container.remove();
                return "removed";
            });
            assertEquals(Container.State.REMOVED, container.state());
            eventually("it goes", Duration.ofSeconds(30), () -> engine.containers().isEmpty());
        }
    }

    @Test
    void engineClosesWhileFiftyStartsAreUnderWay() throws Exception {
        for (int round = 0; round < 5; round++) {
            Engine closing = Engine.builder().root(directory.resolve("closing")).runDirectory(directory.resolve("closing-run")).build();
            List<CompletableFuture<?>> starts = new ArrayList<>();
            for (int i = 0; i < 25; i++) {
                starts.add(closing.rootfs(root.path()).pids(20).command("/bin/sleep", "600").runAsync());
                starts.add(CompletableFuture.supplyAsync(() -> closing.rootfs(root.path()).command("/bin/sleep", "600").execute()));
            }
            pause(round * 8);
            CompletableFuture<Void> other = CompletableFuture.runAsync(closing::close);
            closing.close();
            other.get(120, TimeUnit.SECONDS);
            assertThrows(EngineProblem.class, () -> closing.rootfs(root.path()).command(TinyRootfs.TRUE).execute());
            assertThrows(EngineProblem.class, () -> closing.rootfs(root.path()).command(TinyRootfs.TRUE).runAsync());
            for (CompletableFuture<?> start : starts) {
                Object answer = answer(start);
                if (answer instanceof Container container) {
                    assertEquals(Container.State.REMOVED, container.state());
                } else if (answer instanceof Execution execution) {
                    assertNotEquals(0, execution.exitCode());
                }
            }
            assertEquals(List.of(), List.of(directory.resolve("closing/engines").toFile().list()));
            assertEquals(List.of(), List.of(directory.resolve("closing/names").toFile().list()));
        }
    }

    @Test
    void closingAnEngineEndsWhoWaitsForAnExec() throws Exception {
        Engine closing = Engine.builder().root(directory.resolve("closing")).runDirectory(directory.resolve("closing-run")).build();
        Container container = closing.rootfs(root.path()).command("/bin/sleep", "600").run();
        Future<Object> exec = CompletableFuture.supplyAsync(() -> container.exec("/bin/sleep", "600").run());
        pause(50);
        closing.close();
        answer(exec);
        assertEquals(Container.State.REMOVED, container.state());
    }

    @Test
    void twoEnginesInOneJvmDoNotMeet() throws Exception {
        try (Engine second = Engine.builder().root(engine.root()).runDirectory(directory.resolve("run")).build()) {
            Container held = tiny().name("one").command("/bin/sleep", "600").run();
            assertThrows(ContainerException.class, () -> second.rootfs(root.path()).name("one").command(TinyRootfs.TRUE).execute());
            List<Object> answers = together(() -> second.rootfs(root.path()).command("/bin/echo", "second").execute().stdout(),
                    () -> tiny().command("/bin/echo", "first").execute().stdout());
            assertEquals(List.of("second\n", "first\n"), answers);
            second.close();
            assertEquals(Container.State.RUNNING, held.state());
            assertEquals("still\n", held.exec("/bin/echo", "still").run().stdout());
            held.close();
        }
    }

    /** Engines of one root open, run, and close beside each other: none takes another for dead. */
    @Test
    void enginesOfOneRootComeAndGo() throws Exception {
        Callable<Object> life = () -> {
            for (int i = 0; i < 15; i++) {
                try (Engine one = Engine.builder().root(directory.resolve("shared")).runDirectory(directory.resolve("shared-run")).build()) {
                    if (i % 3 == 0) {
                        assertEquals("x\n", one.rootfs(root.path()).command("/bin/echo", "x").execute().stdout());
                    }
                }
            }
            return "done";
        };
        assertEquals(List.of("done", "done", "done", "done"), together(life, life, life, life));
        assertEquals(List.of(), List.of(directory.resolve("shared/engines").toFile().list()));
    }

    /** What each call came to: its value, or one of the engine's own errors; anything else fails. */
    @SafeVarargs
    private static List<Object> together(Callable<Object>... calls) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(calls.length);
        CyclicBarrier start = new CyclicBarrier(calls.length);
        try {
            List<Future<Object>> futures = new ArrayList<>();
            for (Callable<Object> call : calls) {
                futures.add(threads.submit(() -> {
                    start.await();
                    return call.call();
                }));
            }
            List<Object> answers = new ArrayList<>();
            for (Future<Object> future : futures) {
                answers.add(answer(future));
            }
            return answers;
        } finally {
            threads.shutdownNow();
            assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
        }
    }

    private static Object answer(Future<?> future) throws Exception {
        try {
            return future.get(120, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ContainerException expected) {
                return expected;
            }
            throw e;
        }
    }

    private static void pause(int milliseconds, int nanoseconds) throws InterruptedException {
        Thread.sleep(milliseconds + nanoseconds / 1_000_000, nanoseconds % 1_000_000);
    }
}
