package dev.caisson.host.detach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.EngineProblem;
import dev.caisson.linux.Processes;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is detached while it ends, or while its engine is closed: it is detached, and the next engine has it, or it is not, and all is as before. */
@Timeout(180)
class DetachAndEndTest extends DetachedTest {
    private static final int STOP = 19;
    private static final int CONT = 18;

    private volatile Runnable holding = () -> { };

    private Engine holdingEngine() {
        return Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).network(new HoldingProvider(List.of("10.9.8.1"), () -> holding.run())).build();
    }

    private ContainerBuilder sleeper(Engine engine) {
        engine.networks().create("one", n -> n.driver("holding"));
        return engine.rootfs(root.path()).network("one").command("/bin/sh", "-c", "exec sleep 600");
    }

    private static String names(Container container) {
        return container.exec("/bin/sh", "-c", "busybox cat /etc/hosts /etc/resolv.conf").run().stdout();
    }

    private static boolean isZombie(Path stat) {
        try {
            return Files.readString(stat).contains(") Z ");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> engines() throws IOException {
        try (Stream<Path> all = Files.list(home.resolve("engine/engines"))) {
            return all.toList();
        }
    }

    /** Its guard knows that it has ended before it hears that it is to be detached, and its engine does not yet. */
    @Test
    void whatHasEndedMeanwhileIsBoundAsBefore() throws Exception {
        List<AutoCloseable> ends = new ArrayList<>();
        CompletableFuture<Void> going = new CompletableFuture<>();
        try (Engine first = holdingEngine()) {
            Container container = sleeper(first).run();
            String before = names(container);
            int guard = (int) guardsAt(home.resolve("engine")).get(0).pid();
            holding = () -> {
                try {
                    ends.add(new FileOutputStream("/proc/" + container.pid() + "/fd/1")); // its output has not come to its end
                    ends.add(new FileOutputStream("/proc/" + container.pid() + "/fd/2"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                names(container); // then its guard has heard all that was said before
                Processes.kill(guard, STOP);
                Path stat = Path.of("/proc/" + container.pid() + "/stat");
                Processes.kill(container.pid(), 9);
                eventually("it is dead, and nobody has waited for it", PATIENCE, () -> isZombie(stat));
                CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(() -> {
                    Processes.kill(guard, CONT);
                    going.complete(null);
                });
            };
            EngineProblem said = assertThrows(EngineProblem.class, container::detach);
            assertTrue(said.getMessage().contains("has ended"), said::toString);
            going.join();
            eventually("its end is told", PATIENCE, () -> container.state() == State.EXITED);
            container.start();
            assertEquals(State.RUNNING, container.state());
            assertEquals(before, names(container), "names as an engine gives them");
            holding = () -> { };
            container.detach();
            assertTrue(names(container).contains("neighbour"), "the control: they are changed when it is detached");
            container.remove();
        } finally {
            for (AutoCloseable end : ends) {
                end.close();
            }
        }
        assertEquals(List.of(), engines(), "nothing was left, so nothing is there");
    }

    /** Who closes the engine waits for it. */
    @Test
    void whatIsDetachedWhileItsEngineIsClosedIsLeftWhole() throws Exception {
        String id;
        Engine first = holdingEngine();
        try (first) {
            Container container = sleeper(first).run();
            id = container.id();
            CompletableFuture<Void> closed = new CompletableFuture<>();
            holding = () -> {
                closed.completeAsync(() -> {
                    first.close();
                    return null;
                });
                try {
                    Thread.sleep(1500);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            };
            container.detach();
            closed.get(60, TimeUnit.SECONDS);
            assertThrows(EngineProblem.class, container::detach);
        }
        assertFalse(engines().isEmpty(), "its directories are there");
        try (Engine next = open()) {
            assertEquals(List.of(id), next.containers().stream().map(Container::id).toList());
            Container kept = next.containers().get(0);
            assertEquals("0\n", kept.exec("/bin/sh", "-c", "busybox id -u").run().stdout());
            kept.remove();
        }
    }
}
