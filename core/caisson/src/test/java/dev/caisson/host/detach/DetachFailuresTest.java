package dev.caisson.host.detach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.EngineProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What cannot be detached, changed, started again or taken over is whole all the same: as it was before, or as the error says. */
@Timeout(180)
class DetachFailuresTest extends DetachedTest {
    private ContainerBuilder sleeper(Engine engine) {
        return engine.rootfs(root.path()).command("/bin/sh", "-c", "exec sleep 600");
    }

    /** A file of a container's directory. */
    private Path file(Container container, String name) {
        try (Stream<Path> all = Files.walk(home.resolve("engine/engines"))) {
            return all.filter(p -> p.endsWith(container.id() + "/" + name)).findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void killTheGuard() {
        List<ProcessHandle> guards = guardsAt(home.resolve("engine"));
        assertEquals(1, guards.size());
        guards.get(0).destroyForcibly();
    }

    /** It would end with nobody: neither with its JVM, which has left it, nor by its guard, which could not start it again. */
    @Test
    void whatCannotBeStartedAgainIsNotDetached() throws IOException {
        Path bound = Files.createDirectory(directory.resolve("bound"));
        try (Engine first = open()) {
            Container container = sleeper(first).bind(bound, "/bound").run();
            Files.delete(bound);
            assertThrows(ContainerException.class, container::detach);
            container.close();
            assertEquals(State.REMOVED, container.state(), "it is its JVM's as before");
        }
    }

    @Test
    void afterItsGuardWasKilledAnotherStartsIt() {
        try (Engine first = open()) {
            Container container = sleeper(first).detached().run();
            killTheGuard();
            eventually("it has ended", PATIENCE, () -> container.state() == State.EXITED);
            container.start();
            assertEquals(State.RUNNING, container.state());
            assertEquals("0\n", container.exec("/bin/sh", "-c", "busybox id -u").run().stdout());
        }
        try (Engine next = open()) {
            assertEquals(1, next.containers().size());
            Container kept = next.containers().get(0);
            assertEquals(State.RUNNING, kept.state());
            killTheGuard();
            eventually("it has ended", PATIENCE, () -> kept.state() == State.EXITED);
            EngineProblem never = assertThrows(EngineProblem.class, kept::start); // nobody is left who could
            assertFalse(never.remedy().contains("try again"), never.toString());
            assertTrue(never.remedy().contains("remove it"), never.toString());
            kept.remove();
        }
    }

    /** An engine has all that another has left, or none of it. */
    @Test
    void whatCannotBeTakenOverIsLeftAsItIs() throws IOException {
        Path spool;
        try (Engine first = open()) {
            Container one = sleeper(first).name("one").detached().run();
            Container two = sleeper(first).name("two").detached().run();
            spool = file(two, "spool");
            assertTrue(one.pid() > 0);
        }
        Path away = Files.move(spool, directory.resolve("spool"));
        try (Engine next = open()) {
            assertEquals(List.of(), next.containers(), "no handle to what it does not have");
            assertEquals(0, sleeper(next).command("/bin/true").execute().exitCode());
        }
        Files.move(away, spool);
        try (Engine last = open()) {
            assertEquals(List.of("one", "two"), last.containers().stream().map(Container::name).sorted().toList());
            List<Container> both = List.copyOf(last.containers());
            both.forEach(c -> assertEquals(State.RUNNING, c.state(), c::toString));
            both.forEach(Container::remove);
        }
    }

    /** The next engine is to find them. */
    @Test
    void limitsThatCannotBeWrittenDownDoNotHold() throws IOException {
        try (Engine first = open()) {
            Container container = sleeper(first).memory("32m").detached().run();
            Path record = file(container, "spec.json");
            Path away = Files.move(record, directory.resolve("spec.json"));
            ContainerException said = assertThrows(ContainerException.class, () -> container.update(u -> u.memory("48m")));
            assertTrue(said.getMessage().contains("as before"), said.getMessage());
            assertEquals(32L << 20, container.usage().memoryLimitBytes(), said.getMessage());
            assertEquals(32L << 20, container.inspect().spec().resources().memory());
            Files.move(away, record);
            container.update(u -> u.memory("40m"));
            assertEquals(40L << 20, container.usage().memoryLimitBytes());
            container.remove();
        }
    }
}
