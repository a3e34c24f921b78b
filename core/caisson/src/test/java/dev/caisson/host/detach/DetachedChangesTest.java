package dev.caisson.host.detach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.Engine;
import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.RestartPolicy;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A detached container gets another name and other limits: from the JVM that made it and from one that took it over, for now, for whoever takes it over next, and for starts that its guard makes alone. */
@Timeout(300)
class DetachedChangesTest extends DetachedTest {
    /** Runs until there is a file of its run's number, then fails. */
    private static final String RUNS = "echo before; echo x >> /ctl/runs; n=$(wc -l < /ctl/runs); until test -e /ctl/$n; do sleep 0.02; done; exit 3";

    private static Container only(Engine engine) {
        assertEquals(1, engine.containers().size(), () -> "containers: " + engine.containers());
        return engine.containers().get(0);
    }

    private void awaitRun(int number) {
        eventually("run " + number, PATIENCE, () -> {
            try {
                return Files.exists(control.resolve("runs")) && Files.readAllLines(control.resolve("runs")).size() >= number;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private List<String> names() {
        try (Stream<Path> all = Files.list(home.resolve("engine/names"))) {
            return all.map(p -> p.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the kernel holds the container to. */
    private static String limit(long pid, String controller, String v1, String v2) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
                String[] fields = line.split(":", 3);
                Path file = Path.of("/sys/fs/cgroup/" + (fields[1].isEmpty() ? "" : fields[1]) + fields[2] + "/" + (fields[1].isEmpty() ? v2 : v1));
                if (fields[1].isEmpty() ? Files.exists(file) : List.of(fields[1].split(",")).contains(controller)) {
                    return Files.readString(file).strip();
                }
            }
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void holds(Container container, String pids, long memory) {
        assertEquals(pids, limit(container.pid(), "pids", "pids.max", "pids.max"));
        assertEquals(Long.toString(memory << 20), limit(container.pid(), "memory", "memory.limit_in_bytes", "memory.max"));
    }

    @Test
    void afterAKilledJvm() {
        try (ScenarioProcess jvm = ScenarioProcess.start(DetachScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString(), control.toString(),
                RUNS, "on-failure")) {
            jvm.awaitMark("running", PATIENCE);
            jvm.jvm().destroyForcibly();
            jvm.waitFor(PATIENCE);
        }
        try (Engine next = open()) {
            Container kept = only(next);
            kept.rename("other");
            kept.rename("another");
            assertEquals("another", kept.name());
            assertEquals(List.of("another"), names());
            kept.update(u -> u.pids(33).memory("48m"));
            kept.update(u -> u.pids(34));
            holds(kept, "34", 48);
            assertThrows(InvalidSpec.class, () -> next.rootfs(root.path()).name("another").command("/bin/true").run());
        }
        go("1");
        awaitRun(2); // by the guard alone
        try (Engine next = open()) {
            Container kept = only(next);
            assertEquals("another", kept.name());
            assertEquals(34, kept.inspect().spec().resources().pids());
            eventually("it runs", PATIENCE, () -> kept.state() == State.RUNNING);
            holds(kept, "34", 48);
            go("2");
            awaitRun(3);
            eventually("it runs", PATIENCE, () -> kept.state() == State.RUNNING && kept.restartCount() == 2);
            holds(kept, "34", 48);
            kept.update(u -> u.pids(-1));
            kept.stop();
            assertTrue(assertThrows(EngineProblem.class, () -> kept.update(u -> u.pids(35))).remedy().contains("start()"));
            kept.rename("last");
            kept.start();
            awaitRun(4);
            holds(kept, "max", 48);
            assertEquals(List.of("last"), names());
            kept.remove();
            assertEquals(List.of(), names());
        }
    }

    /** By the engine that detached it, whose word the next one has. */
    @Test
    void beforeItsEngineIsClosed() {
        try (Engine first = open(); Container other = first.rootfs(root.path()).name("taken").command("/bin/sh", "-c", "exec sleep 600").run()) {
            Container mine = first.rootfs(root.path()).name("mine").pids(20).memory("32m").bind(control, "/ctl").command("/bin/sh", "-c", RUNS).restart(RestartPolicy.onFailure()).detached().run();
            assertThrows(InvalidSpec.class, () -> mine.rename("taken"));
            mine.rename("yours");
            mine.update(u -> u.pids(21).memory("40m"));
            holds(mine, "21", 40);
            assertEquals(List.of("taken", "yours"), names());
            other.remove();
        }
        go("1");
        awaitRun(2);
        try (Engine next = open()) {
            Container kept = only(next);
            assertEquals("yours", kept.name());
            eventually("it runs", PATIENCE, () -> kept.state() == State.RUNNING);
            holds(kept, "21", 40);
            assertEquals(40L << 20, kept.inspect().spec().resources().memory());
            kept.remove();
        }
        assertEquals(List.of(), names());
    }
}
