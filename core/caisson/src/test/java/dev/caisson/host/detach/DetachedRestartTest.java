package dev.caisson.host.detach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.RestartPolicy;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A detached container's policy is carried out by whoever is there: its JVM, the guard alone, the next JVM. Its files, its output and its count go through them all. */
@Timeout(300)
class DetachedRestartTest extends DetachedTest {
    /** Says the number of the run, and ends when there is a file of that number. */
    private static final String RUNS = "echo x >> /runs; n=$(wc -l < /runs); echo run $n; until test -e /ctl/$n; do sleep 0.02; done; exit 3";

    private ContainerBuilder runs(Engine of) {
        return of.rootfs(root.path()).bind(control, "/ctl").command("/bin/sh", "-c", RUNS).stopTimeout(Duration.ofMillis(200));
    }

    private void end(int run) {
        go(Integer.toString(run));
    }

    private static Container only(Engine engine) {
        assertEquals(1, engine.containers().size(), () -> "containers: " + engine.containers());
        return engine.containers().get(0);
    }

    private static void awaitRun(Container container, int number) {
        eventually("run " + number + " of " + container + ", printed " + container.logs(), PATIENCE, () -> container.logs().contains("run " + number + "\n"));
    }

    /** What a container bound to the control directory writes there, for when nobody reads its output. */
    private void awaitRunsFile(int lines) {
        eventually(lines + " runs", PATIENCE, () -> {
            try {
                return Files.exists(control.resolve("log")) && Files.readAllLines(control.resolve("log")).size() >= lines;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Test
    void byTheGuardAfterAKilledJvmAndByTheNextOne() {
        try (ScenarioProcess jvm = ScenarioProcess.start(DetachScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString(), control.toString(),
                "echo before; echo x >> /ctl/log; " + RUNS, "on-failure")) {
            jvm.awaitMark("running", PATIENCE);
            end(1); // started again by its JVM
            awaitRunsFile(2);
            eventually("it is in the log", PATIENCE, () -> written("-json.log").contains("run 2")); // else it may be in the JVM's memory when that is killed
            jvm.jvm().destroyForcibly();
            jvm.waitFor(PATIENCE);
        }
        end(2);
        end(3);
        awaitRunsFile(4); // by the guard
        try (Engine next = open()) {
            Container kept = only(next);
            awaitRun(kept, 4);
            assertEquals(3, kept.restartCount());
            assertEquals(State.RUNNING, kept.state());
            assertEquals("hello\n", kept.exec("/bin/sh", "-c", "echo $WORD").run().stdout());
            end(4);
            awaitRun(kept, 5); // by the next one
            assertEquals(4, kept.restartCount());
            assertEquals("before\nrun 1\nbefore\nrun 2\nbefore\nrun 3\nbefore\nrun 4\nbefore\nrun 5\n", kept.logs());
            assertTrue(kept.stats().pids() > 0, "it is in its cgroup: " + kept.stats());
            kept.stop();
            assertEquals(State.EXITED, kept.state());
        }
        try (Engine last = open()) {
            Container kept = only(last);
            assertEquals(State.EXITED, kept.state(), "who stopped it has stopped it for good");
            assertEquals(137, kept.waitForExit(PATIENCE).exitCode());
            kept.restart();
            awaitRun(kept, 6);
            assertEquals(0, kept.restartCount());
            kept.remove();
        }
    }

    /** The policy's number of times, counted through all who carry it out. */
    @Test
    void soManyTimesAndNoMore() {
        try (Engine first = open()) {
            runs(first).restart(RestartPolicy.onFailure(2)).detached().run();
            end(1);
            awaitRun(only(first), 2);
        }
        end(2);
        end(3);
        try (Engine next = open()) {
            Container kept = only(next);
            assertEquals(3, kept.waitForExit(PATIENCE).exitCode());
            assertEquals("run 1\nrun 2\nrun 3\n", kept.logs());
            assertEquals(2, kept.restartCount());
            kept.remove();
        }
    }

    /** However soon it ends, its guard knows before that it is to be kept; and one that is between two runs when its engine is closed goes on. */
    @Test
    void whatEndsAtOnceToo() {
        try (Engine first = open()) {
            Container container = first.rootfs(root.path()).command("/bin/sh", "-c", "exit 0").bind(control, "/ctl").restart(RestartPolicy.onFailure()).detached().run();
            assertEquals(0, container.waitForExit(PATIENCE).exitCode());
        }
        try (Engine next = open()) {
            assertEquals(0, only(next).waitForExit(PATIENCE).exitCode());
            only(next).remove();
            Container container = next.rootfs(root.path()).bind(control, "/ctl").command("/bin/sh", "-c", "echo x >> /ctl/log; exit 1").restart(RestartPolicy.always()).detached().run();
            eventually("it waits for its next start", PATIENCE, () -> container.state() == State.RESTARTING && container.restartCount() > 2);
        }
        awaitRunsFile(5);
        try (Engine last = open()) {
            Container kept = only(last);
            assertTrue(List.of(State.RESTARTING, State.RUNNING).contains(kept.state()), kept.toString());
            assertTrue(kept.restartCount() >= 4, kept.restartCount() + " restarts");
            kept.stop();
            kept.remove();
        }
    }
}
