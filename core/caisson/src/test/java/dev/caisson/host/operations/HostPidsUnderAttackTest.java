package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.ExitStatus;
import dev.caisson.RestartPolicy;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is root in a container with the host's processes, and their guard's death at any instant: whatever they try, nothing of the container is left after its end. */
@Timeout(180)
class HostPidsUnderAttackTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final long JVM = ProcessHandle.current().pid();

    @BeforeEach
    void furnish() {
        root.withShell();
    }

    private ContainerBuilder shell(String script) {
        return tiny().pidHost().stopTimeout(Duration.ZERO).command("/bin/sh", "-c", script);
    }

    private static List<ProcessHandle> guards() {
        return ProcessHandle.current().children().filter(c -> {
            try {
                return Files.readSymbolicLink(Path.of("/proc/" + c.pid() + "/exe")).toString().startsWith("/memfd:caisson-guard")
                        && Files.readSymbolicLink(Path.of("/proc/" + c.pid() + "/ns/pid")).equals(Files.readSymbolicLink(Path.of("/proc/" + JVM + "/ns/pid")));
            } catch (IOException e) {
                return false;
            }
        }).toList();
    }

    /** Processes in cgroups of an engine, but for its guards. */
    private static long inside() {
        return ProcessHandle.allProcesses().filter(p -> p.parent().map(ProcessHandle::pid).orElse(0L) != JVM).filter(p -> {
            try {
                return Files.readString(Path.of("/proc/" + p.pid() + "/cgroup")).contains("caisson-") && running(p.pid());
            } catch (IOException e) {
                return false;
            }
        }).count();
    }

    @Test
    void whatForksAsFastAsItCan() {
        for (int i = 0; i < 3; i++) {
            Container forks = shell("i=0; while [ $i -lt 40 ]; do (while :; do (:); done) & i=$((i+1)); done; wait").pids(150).run();
            eventually("it forks", SOON, () -> forks.stats().pids() > 40);
            if (i == 0) {
                forks.stop();
                assertEquals(143, forks.waitForExit(SOON).exitCode(), "it is no pid 1, so SIGTERM ends it");
            } else if (i == 1) {
                forks.pause();
            }
            forks.close();
            eventually(() -> "nothing of it is left, are " + inside(), SOON, () -> inside() == 0);
        }
    }

    /** It can: docs/operations.md says so. It gains nothing by it. */
    @Test
    void itKillsItsGuard() {
        Container web = shell("(while :; do sleep 1; done) & (while :; do sleep 1; done) & sleep 1; kill -9 $PPID; while :; do sleep 1; done").run();
        assertEquals(ExitStatus.UNKNOWN, web.waitForExit(SOON));
        eventually("nothing of it is left", SOON, () -> inside() == 0);
        web.close();
        assertEquals("x\n", shell("echo x").execute().stdout());
    }

    @Test
    void itsGuardDiesWhileItIsPaused() {
        Container paused = shell("(while :; do sleep 1; done) & while :; do sleep 1; done").run();
        paused.pause();
        guards().forEach(ProcessHandle::destroyForcibly);
        assertEquals(ExitStatus.UNKNOWN, paused.waitForExit(SOON));
        eventually("what was frozen is dead", SOON, () -> inside() == 0);
        paused.close();
    }

    /** Starts and executions that are under way. */
    @Test
    void itsGuardDiesAtAnyInstant() throws InterruptedException {
        AtomicInteger worked = new AtomicInteger();
        for (int round = 0; round < 12 || worked.get() == 0 && round < 60; round++) {
            List<Thread> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                all.add(new Thread(() -> {
                    try (Container web = shell("(while :; do sleep 1; done) & while :; do sleep 1; done").run()) {
                        for (int n = 0; n < 20; n++) {
                            web.exec("/bin/sh", "-c", "(while :; do sleep 1; done) & echo x").run();
                            worked.incrementAndGet();
                        }
                    } catch (ContainerException e) {
                        // the guard died
                    }
                }));
            }
            all.forEach(Thread::start);
            for (int i = 0; i < 3; i++) {
                pause(50 + (round * 37 + i * 91) % 200);
                guards().forEach(ProcessHandle::destroyForcibly);
            }
            for (Thread each : all) {
                each.join();
            }
            eventually("nothing is left", SOON, () -> inside() == 0);
        }
        assertTrue(worked.get() > 0, "some were executed at all");
    }

    @Test
    void whoIsKilledFromOutsideIsStartedAgain() {
        try (Container web = shell("(while :; do sleep 1; done) & while :; do sleep 1; done").restart(RestartPolicy.always()).run()) {
            for (int i = 0; i < 3; i++) {
                int before = web.pid();
                List<ProcessHandle> children = ProcessHandle.of(before).orElseThrow().descendants().toList();
                ProcessHandle.of(before).orElseThrow().destroyForcibly();
                eventually("it is another", SOON, () -> !Set.of(0, before).contains(web.pid())); // asked once: it is 0 in between
                assertTrue(children.stream().noneMatch(p -> running(p.pid())), "nothing of the one before");
            }
        }
    }

    /** A second one in its PID namespace, which is the host's and goes on: that one does, too. */
    @Test
    void whoSharesItsProcesses() {
        try (Container web = shell("while :; do sleep 1; done").name("web").run(); Container beside = tiny().pidOf("web").stopTimeout(Duration.ZERO).command("/bin/sh", "-c", "while :; do sleep 1; done").run()) {
            web.stop();
            assertEquals(Container.State.RUNNING, beside.state());
            assertEquals("x\n", beside.exec("/bin/sh", "-c", "echo x").run().stdout());
        }
        eventually("nothing is left", SOON, () -> inside() == 0);
    }

    /** As docs/security.md says: who is root inside reaches what is of root outside, unless that has capabilities that he has not; who is nobody else reaches nothing. */
    @Test
    void whatItReachesOfOtherProcesses() throws IOException {
        Process weak = new ProcessBuilder("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "sleep", "60").start();
        try (Container other = tiny().stopTimeout(Duration.ZERO).command("/bin/sh", "-c", "while :; do sleep 1; done").run()) {
            eventually("it is weak", SOON, () -> status(weak.pid()).contains("CapPrm:\t0000000000000000"));
            String tries = "for p in " + JVM + " " + weak.pid() + " " + other.pid() + "; do cat /proc/$p/environ >/dev/null 2>&1 && echo $p environ; ls /proc/$p/root/ >/dev/null 2>&1 && echo $p root; done; "
                    + "test -d /proc/" + JVM + " && echo seen; echo x 2>/dev/null >/proc/" + weak.pid() + "/root" + directory + "/written";
            ContainerBuilder sees = tiny().pidHost().bindReadOnly(Path.of("/bin/busybox"), "/busybox").command("/busybox", "sh", "-c", tries);
            assertEquals("seen\n", sees.user("54321").execute().stdout());
            assertFalse(Files.exists(directory.resolve("written")));
            String reached = sees.user("0").execute().stdout();
            assertEquals(String.join("\n", weak.pid() + " environ", weak.pid() + " root", other.pid() + " environ", other.pid() + " root", "seen\n"), reached, "not the JVM's");
            assertTrue(Files.exists(directory.resolve("written")));
        } finally {
            weak.destroyForcibly().onExit().join();
        }
    }

    private static String status(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/status"));
        } catch (IOException e) {
            return "";
        }
    }
}
