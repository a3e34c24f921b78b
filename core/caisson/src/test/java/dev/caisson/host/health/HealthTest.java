package dev.caisson.host.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.Health;
import dev.caisson.Health.Status;
import dev.caisson.InvalidSpec;
import dev.caisson.NotReady;
import dev.caisson.Readiness;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Health checks are executed inside, at their times, and what they say becomes the container's health. */
@Timeout(180)
class HealthTest extends EngineTest {
    private static final Duration SOON = Duration.ofMillis(30);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String WELL = "test -e /well || { echo ill; exit 1; }";

    private final List<String> events = new CopyOnWriteArrayList<>();

    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        return usual.listener(e -> {
            if (e.detail().startsWith("health_status: ")) {
                events.add(e.detail().substring(15));
            }
        });
    }

    @BeforeEach
    void shell() {
        root.withShell();
    }

    private ContainerBuilder sleeper() {
        return tiny().command("/bin/sh", "-c", "exec sleep 60").stopTimeout(Duration.ZERO);
    }

    private static void sh(Container container, String line) {
        assertEquals(0, container.exec("/bin/sh", "-c", line).run().exitCode(), line);
    }

    private static Health.Result last(Container container) {
        List<Health.Result> log = container.health().log();
        return log.get(log.size() - 1);
    }

    private static void until(Container container, Status status) {
        eventually(status + ", is " + container.health(), PATIENCE, () -> container.health().status() == status);
    }

    @Test
    void illWellAndIllAgain() {
        try (Container unchecked = sleeper().health(h -> h.shell(WELL).interval(Duration.ofMinutes(5))).run()) {
            assertEquals(Status.STARTING, unchecked.health().status());
        }
        try (Container container = sleeper().health(h -> h.shell(WELL).interval(SOON).retries(2)).run()) {
            until(container, Status.UNHEALTHY);
            assertTrue(container.health().failingStreak() >= 2, container.health().toString());
            assertEquals("ill\n", last(container).output());
            sh(container, "touch /well");
            container.await(Readiness.healthy(), PATIENCE);
            assertEquals(0, container.health().failingStreak());
            sh(container, "rm /well");
            until(container, Status.UNHEALTHY);
            assertTrue(container.health().log().size() <= 5);
        }
        assertEquals(List.of("unhealthy", "healthy", "unhealthy"), events);
    }

    /** A check that hangs, with a child that ignores SIGTERM in a session of its own: its time over, nothing of it is left. */
    @Test
    void aCheckThatHangsIsKilledWithItsChildren() {
        String hang = "trap '' TERM; echo $$ >> /pids; setsid sleep 61 & echo $! >> /pids; echo half; sleep 62";
        try (Container container = sleeper().init().health(h -> h.shell(hang).interval(SOON).timeout(Duration.ofMillis(300)).retries(1)).run()) {
            until(container, Status.UNHEALTHY);
            assertEquals(-1, container.health().log().get(0).exitCode());
            eventually(() -> "what one printed in its time is kept, of " + container.health(), PATIENCE,
                    () -> container.health().log().stream().anyMatch(r -> r.output().equals("Health check exceeded timeout (300ms): half\n")));
            String gone = "for p in $(head -n 2 /pids); do test ! -e /proc/$p || exit 1; done";
            eventually("the check and its child are dead", PATIENCE, () -> container.exec("/bin/sh", "-c", gone).run().exitCode() == 0);
        }
    }

    @Test
    void longOutputIsCut() {
        try (Container container = sleeper().health(h -> h.shell("seq 100000; echo x >&2").interval(SOON)).waitFor(Readiness.healthy()).run()) {
            Health.Result result = last(container);
            assertEquals(4096 + 3, result.output().length());
            assertTrue(result.output().startsWith("1\n2\n") && result.output().endsWith("..."));
        }
    }

    @Test
    void aProgramThatIsMissingIsAFailure() {
        try (Container container = sleeper().health(h -> h.command("/no/such").interval(SOON).retries(1)).run()) {
            until(container, Status.UNHEALTHY);
            assertEquals(-1, last(container).exitCode());
            assertTrue(last(container).output().contains("/no/such"), last(container).output());
        }
    }

    @Test
    void theImagesOwnCheck() {
        engine.images().importRootfs(root.tar(directory.resolve("root.tar")), "checked:1", "HEALTHCHECK --interval=30ms --retries=1 CMD " + WELL);
        ContainerBuilder image = engine.image("checked:1").command("/bin/sh", "-c", "exec sleep 60").stopTimeout(Duration.ZERO);
        try (Container container = image.run()) {
            until(container, Status.UNHEALTHY);
            sh(container, "touch /well");
            until(container, Status.HEALTHY);
        }
        try (Container container = image.health(h -> h.shell("echo own")).health(h -> h.command("/bin/sh", "-c", "echo own")).waitFor(Readiness.healthy()).run()) {
            assertEquals("own\n", last(container).output());
        }
        try (Container container = engine.image("checked:1").command("/bin/sh", "-c", "exec sleep 60").noHealthcheck().run()) {
            assertEquals(Health.NONE, container.health());
        }
        assertEquals(0, engine.image("checked:1").command("/bin/sh", "-c", "true").execute().exitCode());
    }

    @Test
    void aPauseStopsTheChecks() {
        try (Container container = sleeper().health(h -> h.shell("true").interval(SOON).timeout(Duration.ofSeconds(10))).waitFor(Readiness.healthy()).run()) {
            container.pause();
            AtomicReference<Health.Result> paused = new AtomicReference<>();
            eventually("the checks stop, but for one that was over", PATIENCE, () -> {
                paused.set(last(container));
                pause(300); // ten intervals
                return last(container).equals(paused.get());
            });
            Health.Result before = paused.get();
            assertEquals(Status.HEALTHY, container.health().status());
            container.resume();
            eventually("checked again", PATIENCE, () -> !last(container).equals(before));
        }
    }

    @Test
    void anEndIsUnhealthyAndARestartBeginsAnew() {
        try (Container container = sleeper().health(h -> h.shell("true").interval(SOON)).waitFor(Readiness.healthy()).run()) {
            container.stop();
            until(container, Status.UNHEALTHY);
            container.restart(); // waits again
            assertEquals(Status.HEALTHY, container.health().status());
        }
        assertNotEquals(List.of("healthy"), events);
    }

    @Test
    void whoWaitsForHealthThatNeverComesIsTold() {
        NotReady e = assertThrows(NotReady.class, () -> sleeper().health(h -> h.shell("echo no database; exit 3").interval(SOON)).waitFor(Readiness.healthy())
                .waitTimeout(Duration.ofSeconds(4)).run());
        assertTrue(e.pending().contains("exit 3, no database"), e.pending());
        InvalidSpec none = assertThrows(InvalidSpec.class, () -> sleeper().waitFor(Readiness.healthy()).run());
        assertFalse(none.remedy().isEmpty());
        assertThrows(InvalidSpec.class, () -> sleeper().health(h -> h.shell("true")).execute());
        assertThrows(InvalidSpec.class, () -> sleeper().health(h -> h.interval(SOON)).run(), "an interval of nothing");
        assertTrue(engine.containers().isEmpty());
    }
}
