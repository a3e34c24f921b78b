package dev.caisson.host.restart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.ExitStatus;
import dev.caisson.InvalidSpec;
import dev.caisson.Readiness;
import dev.caisson.RestartPolicy;
import dev.caisson.Signal;
import dev.caisson.host.EngineTest;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What ends is started again as its policy says, with its files, its address and its log, until somebody stops it. */
@Timeout(180)
class RestartTest extends EngineTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Counts its runs in a file, prints the number, and sleeps from the third on. */
    private static final String THRICE = "echo x >> /runs; n=$(wc -l < /runs); echo run $n; test $n -lt 3 && exit 7; exec sleep 60";

    private final List<String> events = new CopyOnWriteArrayList<>();

    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        return usual.listener(e -> {
            if (!e.detail().isEmpty()) {
                events.add(e.detail());
            }
        });
    }

    @BeforeEach
    void shell() {
        root.withShell();
    }

    private ContainerBuilder script(String text) {
        return tiny().command("/bin/sh", "-c", text).stopTimeout(Duration.ZERO);
    }

    /** Also: whoever waits for a line or the end waits through the restarts, and the log is one. */
    @Test
    void onFailureUntilItStays() {
        try (Container container = script(THRICE).restart(RestartPolicy.onFailure()).waitFor(Readiness.log("run [3-9]")).run()) {
            eventually("it runs", PATIENCE, () -> container.state() == State.RUNNING);
            assertEquals(2, container.restartCount());
            assertEquals("run 1\nrun 2\nrun 3\n", container.logs());
            assertFalse(container.onExit().isDone());
            eventually(() -> "each end and each start is told, are " + events, PATIENCE, () -> events.equals(List.of("die exitCode=7", "restart", "die exitCode=7", "restart")));
            container.stop();
            assertEquals(State.EXITED, container.state(), "stopped for good");
            container.restart();
            assertEquals(0, container.restartCount());
        }
    }

    @Test
    void soManyRetriesAndNoMore() {
        try (Container container = script("echo x; exit 3").restart(RestartPolicy.onFailure(2)).run()) {
            assertEquals(new ExitStatus(3, 0, false), container.waitForExit(PATIENCE));
            assertEquals(2, container.restartCount());
            assertEquals("x\nx\nx\n", container.logs());
        }
        try (Container container = script("exit 0").restart(RestartPolicy.onFailure()).run()) {
            assertTrue(container.waitForExit(PATIENCE).success());
            assertEquals(0, container.restartCount());
        }
    }

    @Test
    void anOutOfMemoryKillIsAnEndLikeOthers() {
        try (Container container = tiny().memory("16m").command(observer("eat", "256")).restart(RestartPolicy.onFailure(1)).run()) {
            assertTrue(container.waitForExit(PATIENCE).oomKilled());
            eventually(() -> "each end and each start is told, are " + events, PATIENCE, () -> events.equals(List.of("oom", "die exitCode=137", "restart", "oom", "die exitCode=137")));
        }
    }

    /** A stop between two runs: at the long pauses nothing runs that could be signalled. */
    @Test
    void stoppedOrKilledBetweenTwoRuns() {
        for (boolean kill : List.of(false, true)) {
            try (Container container = script("exit 1").restart(RestartPolicy.always()).run()) {
                eventually("it waits for its next start", PATIENCE, () -> container.state() == State.RESTARTING && container.restartCount() > 3);
                assertEquals(0, container.pid());
                if (kill) {
                    container.kill(Signal.KILL);
                } else {
                    container.stop();
                }
                assertEquals(1, container.waitForExit(PATIENCE).exitCode());
                assertEquals(State.EXITED, container.state());
            }
        }
        assertTrue(engine.containers().isEmpty());
    }

    /** Removed and closed at any moment of an endless restarting. */
    @Test
    void removedWhileItRestarts() {
        for (int i = 0; i < 5; i++) {
            Container container = script("exit 1").restart(RestartPolicy.always()).run();
            int wanted = i % 3 + 1;
            eventually("restarted", PATIENCE, () -> container.restartCount() >= wanted);
            container.remove();
        }
        script("exit 1").restart(RestartPolicy.always()).run();
        engine.close();
    }

    @Test
    void aTimeoutIsTheLastEnd() {
        try (Container container = script("exec sleep 60").restart(RestartPolicy.always()).timeout(Duration.ofMillis(300)).run()) {
            assertEquals(137, container.waitForExit(PATIENCE).exitCode());
            assertEquals(0, container.restartCount());
        }
    }

    @Test
    void addressAndPortStay() {
        try (Container container = script(THRICE).port(8080).restart(RestartPolicy.unlessStopped()).waitFor(Readiness.log("run 2")).run()) {
            String address = container.ipAddress();
            int port = container.port(8080);
            container.await(Readiness.log("run 3"), PATIENCE);
            eventually("it runs", PATIENCE, () -> container.state() == State.RUNNING);
            assertEquals(address, container.ipAddress());
            assertEquals(port, container.port(8080));
            assertTrue(container.exec("/bin/sh", "-c", "cat /proc/net/fib_trie").run().stdout().contains(address));
        }
    }

    @Test
    void whatDoesNotGoTogether() {
        assertThrows(InvalidSpec.class, () -> script("true").restart(RestartPolicy.always()).execute());
        assertThrows(InvalidSpec.class, () -> script("true").restart(RestartPolicy.always()).stdin(new ByteArrayInputStream(new byte[0])).run());
    }
}
