package dev.caisson.host.pods;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerTimeout;
import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.LaunchFailed;
import dev.caisson.Pod;
import dev.caisson.PodBuilder;
import dev.caisson.Readiness;
import dev.caisson.Signal;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.leak.LeakCheck;
import dev.caisson.testkit.leak.Resource;
import dev.caisson.testkit.rootfs.Observation;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Containers that share network, IPC and host name, and what becomes of them together. */
@Timeout(180)
class PodTest extends EngineTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private ContainerBuilder sleeping() {
        return tiny().command(observer("sleep", "600"));
    }

    private static void shares(Observation one, Observation other, Set<String> kinds) {
        for (String each : List.of("ipc", "pid", "uts", "net", "mnt", "cgroup")) {
            assertEquals(kinds.contains(each), one.get("ns." + each).equals(other.get("ns." + each)), each);
        }
    }

    private static String said(Pod pod, int port) {
        try (Socket socket = new Socket("127.0.0.1", pod.port(port)); InputStream in = socket.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }

    @Test
    void whatItsContainersShare() {
        root.withShell();
        try (Pod pod = engine.pod("web").port(8080).hostname("hull").add(sleeping().name("a"))
                .add(tiny().name("b").command("/bin/sh", "-c", "while true; do echo hello | nc -l -p 8080; done").waitFor(Readiness.port(8080))).start()) {
            Container a = pod.containers().get(0);
            Container b = pod.containers().get(1);
            shares(observeIn(a, "namespaces"), observeIn(b, "namespaces"), Set.of("ipc", "uts", "net"));
            observeIn(a, "write", "/dev/shm/x", "shared");
            assertEquals("shared", b.exec(observer("cat", "/dev/shm/x")).run().stdout());
            assertEquals("hull", b.exec("hostname").run().stdout().strip());
            assertEquals("hello", a.exec("/bin/sh", "-c", "nc -w 2 127.0.0.1 8080 </dev/null").run().stdout().strip(), "one localhost");
            eventually("published", PATIENCE, () -> said(pod, 8080).equals("hello"));
            assertEquals("web", a.inspect().spec().labels().get("dev.caisson.pod"));
            Container late = pod.run(sleeping());
            shares(observeIn(a, "namespaces"), observeIn(late, "namespaces"), Set.of("ipc", "uts", "net"));
            assertEquals(List.of(a, b, late), pod.containers());
            assertEquals(List.of(pod), engine.pods());
            late.remove();
            assertEquals(List.of(a, b), pod.containers(), "one that was removed by itself is no more of it");
        }
        assertEquals(0, engine.containers().stream().count());
        assertEquals(List.of(), engine.pods());
    }

    @Test
    void processesOnRequest() {
        try (Pod pod = engine.pod("web").sharePid().add(sleeping()).start()) {
            Container other = pod.run(sleeping());
            shares(observeIn(pod.containers().get(0), "namespaces"), observeIn(other, "namespaces"), Set.of("ipc", "uts", "net", "pid"));
            other.exec(observer("orphan", "1")).run();
            assertEquals(State.RUNNING, pod.holder().state());
            eventually("the holder reaps what is left to it", PATIENCE, () -> ProcessHandle.of(pod.holder().pid()).orElseThrow().children().noneMatch(p -> p.info().command().isEmpty() && !p.isAlive()));
        }
    }

    @Test
    void stopAndStartAsOne() {
        try (Pod pod = engine.pod("web").port(80).add(tiny().command(observer("hold", "1")).stopTimeout(Duration.ofSeconds(5))).add(sleeping().stopTimeout(Duration.ofMillis(100))).start()) {
            int port = pod.port(80);
            String net = observeIn(pod.containers().get(0), "namespaces").get("ns.net");
            pod.stop();
            assertEquals(List.of(State.EXITED, State.EXITED), pod.containers().stream().map(Container::state).toList());
            assertEquals(State.RUNNING, pod.holder().state());
            assertEquals(2, pod.waitForExit(PATIENCE).size());
            pod.start();
            assertEquals(List.of(State.RUNNING, State.RUNNING), pod.containers().stream().map(Container::state).toList());
            assertEquals(net, observeIn(pod.containers().get(1), "namespaces").get("ns.net"));
            assertEquals(port, pod.port(80));
            pod.pause();
            assertEquals(List.of(State.PAUSED, State.PAUSED), pod.containers().stream().map(Container::state).toList());
            pod.resume();
            assertThrows(ContainerTimeout.class, () -> pod.waitForExit(Duration.ofMillis(50)));
            pod.kill(Signal.KILL);
            assertEquals(137, pod.waitForExit(PATIENCE).get(1).exitCode()); // the first waits for any signal, and the freezer has woken it
            pod.restart();
            assertEquals(List.of(State.RUNNING, State.RUNNING), pod.containers().stream().map(Container::state).toList());
        }
    }

    @Test
    void oneThatFailsTakesAllWithIt() {
        LaunchFailed failed = assertThrows(LaunchFailed.class, () -> engine.pod("web").add(sleeping()).add(tiny().command("/nothing")).start());
        assertEquals(127, failed.exitCode());
        assertEquals(0, engine.containers().stream().count());
        assertEquals(List.of(), engine.pods());
        Pod again = engine.pod("web").add(sleeping()).start();
        assertThrows(InvalidSpec.class, () -> engine.pod("web").start(), "the name is taken");
        again.remove();
        again.remove();
        assertThrows(EngineProblem.class, () -> again.run(sleeping()));
        assertThrows(EngineProblem.class, again::start);
    }

    @Test
    void theHolderIsNobodyAndCanDoNothing() {
        try (Pod pod = engine.pod("web").start()) {
            eventually("it has begun", PATIENCE, () -> status(pod.holder().pid()).startsWith("Name:\tcaisson-pod\n"));
            String status = status(pod.holder().pid());
            assertTrue(status.contains("Uid:\t65534\t65534") && status.contains("CapBnd:\t0000000000000000") && status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"), status);
            pod.holder().stop();
            assertEquals(0, pod.holder().exitStatus().orElseThrow().exitCode(), "it ends when it is told to, and need not be killed");
            assertNotEquals("", assertThrows(dev.caisson.ContainerException.class, () -> pod.run(sleeping())).remedy());
        }
    }

    /** Pid 1 would not hear of a signal that comes before it waits for one, unless its plan has blocked it. */
    @Test
    void aHolderHearsWhatItIsToldBeforeItHasBegun() {
        for (int i = 0; i < 10; i++) {
            try (Pod pod = engine.pod("web").start()) {
                pod.holder().stop();
                assertEquals(0, pod.holder().exitStatus().orElseThrow().exitCode());
            }
        }
    }

    private static String status(int pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/status"));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void whatIsThePodsToSayIsRefused() {
        PodBuilder pod = engine.pod("web");
        for (ContainerBuilder wrong : List.of(sleeping().port(80), sleeping().networkHost(), sleeping().hostname("a"), sleeping().addHost("a", "1.2.3.4"), sleeping().ipcHost(), sleeping().sandbox(),
                sleeping().userns(UserNamespace.auto()), sleeping().sysctl("net.ipv4.ip_forward", "1"), sleeping().dns("1.1.1.1"), sleeping().egress(e -> e.denyAll()))) {
            InvalidSpec refused = assertThrows(InvalidSpec.class, () -> engine.pod("web").add(wrong).start());
            assertFalse(refused.problems().get(0).remedy().isEmpty(), refused.getMessage());
        }
        assertThrows(InvalidSpec.class, () -> pod.network("container:x").start());
        assertThrows(InvalidSpec.class, () -> engine.pod("a/b").start());
        assertEquals(0, engine.containers().stream().count());
    }

    @Test
    void nothingIsLeftAfterKill() {
        Path home = directory.resolve("home");
        LeakCheck outside = LeakCheck.watching().ignoring(Set.of(Resource.DESCRIPTORS, Resource.THREADS, Resource.STATE_FILES)).begin();
        for (int i = 0; i < 3; i++) {
            try (ScenarioProcess jvm = ScenarioProcess.start(PodScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString())) {
                jvm.awaitMark("running", PATIENCE);
                pause(50 * i);
                jvm.jvm().destroyForcibly();
                jvm.waitFor(PATIENCE);
            }
            outside.assertNothingLeft();
        }
        dev.caisson.Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build().close();
        delete(home);
    }
}
