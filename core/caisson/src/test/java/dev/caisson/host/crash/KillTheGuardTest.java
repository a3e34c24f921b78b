package dev.caisson.host.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.EngineProblem;
import dev.caisson.Exec;
import dev.caisson.Execution;
import dev.caisson.ExitStatus;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.leak.LeakCheck;
import dev.caisson.testkit.leak.Resource;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code kill -9} of the guard: the kernel kills all below it, the engine says so to everybody who waits, cleans up, and goes on with another guard. */
@Timeout(180)
class KillTheGuardTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final long JVM = ProcessHandle.current().pid();

    @Test
    void everybodyWhoWaitsIsTold() throws Exception {
        Container plain = tiny().name("plain").command("/bin/sleep", "600").run();
        Container limited = tiny().memory("64m").pids(50).command("/bin/sleep", "600").run();
        Exec exec = limited.exec("/bin/sleep", "600").start();
        CompletableFuture<Execution> execution = CompletableFuture.supplyAsync(() -> tiny().command("/bin/sleep", "600").execute());
        eventually("it starts", SOON, () -> engine.containers().size() == 3);
        killGuard();
        assertEquals(ExitStatus.UNKNOWN, plain.waitForExit(SOON));
        assertEquals(ExitStatus.UNKNOWN, limited.waitForExit(SOON));
        assertToldOfTheGuard(exec.onExit());
        assertToldOfTheGuard(execution);
        assertEquals(Container.State.EXITED, plain.state());
        assertThrows(EngineProblem.class, () -> plain.exec("/bin/echo").run());
        plain.close();
        limited.close();
        assertWorks();
    }

    /** A v1 FROZEN process holds its SIGKILL until it is thawed, and the guard's own end waits for it. */
    @Test
    void aPausedContainerDiesToo() {
        Container paused = tiny().command("/bin/sleep", "600").run();
        paused.pause();
        int pid = paused.pid();
        killGuard();
        assertEquals(ExitStatus.UNKNOWN, paused.waitForExit(SOON));
        eventually("the frozen process is still there", SOON, () -> !ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
        paused.close();
        assertWorks();
    }

    /** The containers' cgroups go although nobody closes their handles; the engine's own stay until it closes. */
    @Test
    void cgroupsOfTheDeadGo() {
        assertWorks();
        LeakCheck cgroups = LeakCheck.watching().ignoring(EnumSet.complementOf(EnumSet.of(Resource.CGROUPS))).begin();
        Container limited = tiny().memory("64m").pids(50).command("/bin/sleep", "600").run();
        limited.exec("/bin/sleep", "600").start();
        Container paused = tiny().command("/bin/sleep", "600").run();
        paused.pause();
        assertTrue(cgroups.left().containsKey(Resource.CGROUPS));
        killGuard();
        limited.waitForExit(SOON);
        paused.waitForExit(SOON);
        cgroups.assertNothingLeftAsPromised();
    }

    /** The kernel kills nothing below a guard that is no pid 1: the engine does. */
    @Test
    void ofAContainerInTheHostsPidNamespace() {
        Container web = tiny().pidHost().command(TinyRootfs.OBSERVER, "stubborn", "3").run();
        eventually("its children run", SOON, () -> web.stats().pids() == 4);
        List<ProcessHandle> all = ProcessHandle.of(web.pid()).orElseThrow().descendants().toList();
        Guards.signal(Guards.outside(JVM), 9);
        assertEquals(ExitStatus.UNKNOWN, web.waitForExit(SOON));
        eventually("the children are dead", SOON, () -> all.stream().noneMatch(p -> running(p.pid())));
        assertEquals("out\n", tiny().pidHost().command("/bin/echo", "out").execute().stdout());
        web.close();
        assertWorks();
    }

    @Test
    void restartUsesTheNewGuard() {
        Container container = tiny().command("/bin/sleep", "600").stopTimeout(Duration.ZERO).run();
        killGuard();
        container.waitForExit(SOON);
        container.restart();
        assertEquals(Container.State.RUNNING, container.state());
        container.close();
    }

    /** Not even the run that is under way when the guard dies may hang, and those after it work. */
    @Test
    void underLoad() throws Exception {
        for (int round = 0; round < 10; round++) {
            List<CompletableFuture<Execution>> runs = java.util.stream.IntStream.range(0, 8)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> tiny().pids(20).command("/bin/echo", "x").execute())).toList();
            eventually("a guard", SOON, () -> ProcessHandle.current().children().anyMatch(c -> true));
            pause(round * 3);
            Set<Long> guards = Guards.all(JVM);
            guards.forEach(pid -> Guards.signal(pid, 9));
            for (CompletableFuture<Execution> run : runs) {
                try {
                    run.get(30, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    assertEquals(EngineProblem.class, e.getCause().getClass(), () -> "not told as it is: " + e.getCause());
                }
            }
        }
        try {
            assertWorks();
        } catch (EngineProblem e) {
            assertWorks(); // the first met a guard that had just died, and was told to try again
        }
    }

    /** Whoever waits for a result gets none that looks like one. */
    private static void assertToldOfTheGuard(CompletableFuture<Execution> waiting) {
        ExecutionException told = assertThrows(ExecutionException.class, () -> waiting.get(30, TimeUnit.SECONDS));
        assertEquals(EngineProblem.class, told.getCause().getClass());
        assertTrue(String.valueOf(told.getCause().getMessage()).contains("guard process died"), told.getCause().getMessage());
    }

    private void killGuard() {
        ProcessHandle guard = Guards.of(JVM);
        guard.destroyForcibly();
    }

    private void assertWorks() {
        Execution next = tiny().memory("32m").command(TinyRootfs.OBSERVER, "echo", "again").execute();
        assertEquals("again\n", next.stdout());
        assertNotEquals(0, Guards.of(JVM).pid());
    }
}
