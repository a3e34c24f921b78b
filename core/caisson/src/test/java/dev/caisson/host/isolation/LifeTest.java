package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerTimeout;
import dev.caisson.Exec;
import dev.caisson.ExitStatus;
import dev.caisson.OutputLimitExceeded;
import dev.caisson.Signal;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Signals, ends, pauses, restarts: nothing survives that should not. Rows 65, 113; faults F17, F20. */
class LifeTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private Container ready(dev.caisson.ContainerBuilder builder, String... command) {
        Container container = builder.command(command).run();
        eventually("the container is ready", SOON, () -> container.logs().contains("ready"));
        return container;
    }

    @Test
    void signalsReachTheFirstProcess() {
        try (Container container = ready(tiny(), observer("hold", "2"))) {
            container.kill(Signal.TERM);
            container.kill(Signal.HUP);
            assertEquals(0, container.waitForExit(SOON).exitCode());
            assertTrue(container.logs().contains("signal=15 from=0\n") && container.logs().contains("signal=1 from=0\n"), container.logs());
        }
    }

    @Test
    void initForwardsSignalsAndReapsOrphans() {
        root.withShell();
        try (Container container = ready(tiny().init(), "sh", "-c", "trap 'echo got term; exit 7' TERM; for i in 1 2 3 4 5; do (sleep 0.1 & exec true); done; echo ready; while :; do sleep 0.05; done")) {
            pause(400);
            eventually("orphans that ended are reaped", SOON, () -> zombies(container) == 0); // its own children it waits for a moment later
            container.kill(Signal.TERM);
            assertEquals(7, container.waitForExit(SOON).exitCode());
            assertTrue(container.logs().contains("got term"));
        }
        assertEquals(128 + 9, tiny().init().command(observer("die", "9")).execute().exitCode());
        assertEquals(3, tiny().init().command(observer("exit", "3")).execute().exitCode());
        assertNotEquals("1", observe(tiny().init(), "ids").get("pid"), "pid 1 is the init");
        // The control: without it, what its first process does not wait for stays.
        try (Container container = ready(tiny(), observer("orphan", "0.1", "+", "echo", "ready", "+", "sleep", "60"))) {
            eventually("the orphan ended and nobody reaped it", SOON, () -> zombies(container) == 1);
        }
    }

    private static long zombies(Container container) {
        String processes = container.exec("/bin/observer", "cat", "/proc/self/stat").run().stdout();
        assertFalse(processes.isEmpty());
        return IntStream.range(2, 64).filter(pid -> {
            var seen = container.exec("/bin/observer", "cat", "/proc/" + pid + "/stat").run();
            return seen.exitCode() == 0 && seen.stdout().contains(") Z ");
        }).count();
    }

    @Test
    void stopWaitsThenKills() {
        try (Container polite = ready(tiny(), observer("hold", "1"))) {
            polite.stop();
            assertEquals(0, polite.waitForExit(SOON).exitCode());
            assertEquals(Container.State.EXITED, polite.state());
        }
        try (Container stubborn = ready(tiny().stopTimeout(Duration.ofMillis(300)), observer("stubborn", "3"))) {
            long before = System.nanoTime();
            stubborn.stop();
            long millis = (System.nanoTime() - before) / 1_000_000;
            assertTrue(millis >= 290 && millis < 9000, () -> millis + " ms");
            assertEquals(Signal.KILL, stubborn.waitForExit(SOON).signal().orElseThrow());
        }
        try (Container other = ready(tiny().stopSignal(Signal.USR1), observer("hold", "1"))) {
            other.stop();
            assertTrue(other.logs().contains("signal=10"), other.logs());
        }
    }

    @Test
    void closeTakesEverythingAlong() {
        Container container = ready(tiny(), observer("orphan", "60", "+", "stubborn", "60"));
        long before = System.nanoTime();
        container.close();
        assertTrue(System.nanoTime() - before < Duration.ofSeconds(9).toNanos(), "nobody waits for a process without a handler");
    }

    @Test
    void restartKeepsTheFilesAndStartsAnew() {
        try (Container container = ready(tiny().stopTimeout(Duration.ofMillis(50)), observer("append", "/count", "x", "+", "echo", "ready", "+", "sleep", "60"))) {
            int pid = container.pid();
            container.restart();
            assertEquals(Container.State.RUNNING, container.state());
            assertNotEquals(pid, container.pid());
            eventually("it ran twice", SOON, () -> container.exec(observer("cat", "/count")).run().stdout().equals("xx"));
            container.stop();
            container.restart();
            eventually("it ran again after a stop", SOON, () -> container.exec(observer("cat", "/count")).run().stdout().equals("xxx"));
        }
    }

    @Test
    void pauseFreezesAndEvenThenItCanBeKilled() {
        root.withShell();
        try (Container container = ready(tiny(), "sh", "-c", "echo ready; while :; do echo tick; sleep 0.02; done")) {
            container.pause();
            assertEquals(Container.State.PAUSED, container.state());
            AtomicReference<String> last = new AtomicReference<>("");
            eventually("it stands still, when all has been read that it had printed", SOON, () -> {
                last.set(container.logs());
                pause(200);
                return last.get().equals(container.logs());
            });
            String frozen = last.get();
            container.resume();
            eventually("it goes on", SOON, () -> container.logs().length() > frozen.length());
            container.pause();
            container.kill(Signal.KILL);
            assertEquals(Signal.KILL, container.waitForExit(SOON).signal().orElseThrow(), "a frozen task holds the signal until it is thawed");
        }
        Container removed = ready(tiny(), observer("stubborn", "2"));
        removed.pause();
        removed.close();
        assertEquals(Container.State.REMOVED, removed.state());
    }

    @Test
    void killingAnExecTakesItsChildrenThatIgnoreTerm() {
        // An init, because what nobody waits for would stay as a zombie.
        try (Container container = tiny().init().command(observer("sleep", "60")).run()) {
            Exec exec = container.exec(observer("stubborn", "5")).start();
            eventually("the children are there", SOON, () -> container.stats().pids() == 8);
            exec.kill(Signal.TERM);
            pause(100);
            assertEquals(8, container.stats().pids(), "the control: they ignore TERM");
            exec.kill(Signal.KILL);
            assertEquals(137, exec.await().exitCode());
            eventually("only the container's own processes are left", SOON, () -> container.stats().pids() == 2);
            assertEquals(Container.State.RUNNING, container.state());
        }
    }

    @Test
    void timeoutsKillEverythingAndKeepWhatWasPrinted() {
        ContainerTimeout run = assertThrows(ContainerTimeout.class, () -> tiny().timeout(Duration.ofMillis(1200)).command(observer("echo", "partial", "+", "stubborn", "3")).execute());
        assertTrue(run.getMessage().contains("PT1.2S"), run.getMessage());
        assertTrue(run.partial().orElseThrow().stdout().startsWith("partial\n"));
        try (Container container = tiny().init().command(observer("sleep", "60")).run()) {
            ContainerTimeout exec = assertThrows(ContainerTimeout.class,
                    () -> container.exec(observer("echo", "partial", "+", "stubborn", "3")).timeout(Duration.ofMillis(1200)).run());
            assertTrue(exec.partial().orElseThrow().stdout().startsWith("partial\n"));
            eventually("its children are gone", SOON, () -> container.stats().pids() == 2);
            assertThrows(ContainerTimeout.class, () -> container.waitForExit(Duration.ofMillis(10)));
            assertEquals(Container.State.RUNNING, container.state(), "it is left running");
        }
    }

    @Test
    void outputBeyondTheLimitEndsIt() {
        OutputLimitExceeded run = assertThrows(OutputLimitExceeded.class, () -> tiny().outputLimit(10_000).command(observer("flood", "100000000")).execute());
        assertTrue(run.getMessage().contains("stdout") && run.getMessage().contains("10000"), run.getMessage());
        assertEquals(10_000, tiny().outputLimit(10_000).command(observer("flood", "10000")).execute().stdoutBytes().length, "the control");
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            assertThrows(OutputLimitExceeded.class, () -> container.exec(observer("lines", "10000", "stderr")).outputLimit(1000).run());
        }
    }

    @Test
    void everythingPrintedCanBeReadAlsoAfterTheEnd() {
        try (Container container = tiny().command(observer("lines", "5000", "+", "lines", "1", "stderr")).run()) {
            assertEquals(new ExitStatus(0, 0, false), container.waitForExit(SOON));
            assertEquals(5001, container.logs().lines().count());
            container.remove();
            assertEquals(1000, container.logs().lines().count(), "the last thousand lines stay");
        }
    }

    @Test
    void aDeadContainerIsNotExecutedInto() {
        try (Container container = tiny().command(observer("true")).run()) {
            container.waitForExit(SOON);
            var e = assertThrows(dev.caisson.EngineProblem.class, () -> container.exec(observer("true")).run());
            assertTrue(e.getMessage().contains(container.name()) && !e.remedy().isEmpty(), e.getMessage());
            assertEquals(0, container.pid());
            container.kill(Signal.TERM);
            container.stop();
        }
    }
}
