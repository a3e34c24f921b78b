package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.ContainerStats;
import dev.caisson.EngineProblem;
import dev.caisson.ExitStatus;
import dev.caisson.InvalidSpec;
import dev.caisson.LaunchFailed;
import dev.caisson.ProcessInfo;
import dev.caisson.Signal;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What one does to containers after they were made: each as docker's command line does it, and as the kernel sees it. */
class OperationsTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** A value of one of its v1 cgroups, or v2's. */
    private static String cgroup(Container container, String controller, String v1, String v2) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + container.pid() + "/cgroup"))) {
            String[] fields = line.split(":", 3);
            if (List.of(fields[1].split(",")).contains(controller)) {
                return Files.readString(Path.of("/sys/fs/cgroup/" + fields[1] + fields[2] + "/" + v1)).strip();
            }
        }
        String unified = Files.readAllLines(Path.of("/proc/" + container.pid() + "/cgroup")).stream().filter(l -> l.startsWith("0::")).findFirst().orElseThrow().substring(3);
        return Files.readString(Path.of("/sys/fs/cgroup" + unified + "/" + v2)).strip();
    }

    @Test
    void createdNowStartedLaterAndAgain() {
        Container container = tiny().name("later").command(observer("echo", "hello")).create();
        assertEquals(State.CREATED, container.state());
        assertEquals(0, container.pid());
        assertEquals("", container.logs());
        assertTrue(container.top().isEmpty() && container.exitStatus().isEmpty());
        container.stop();
        container.kill(Signal.KILL);
        assertThrows(EngineProblem.class, () -> container.exec("true"). start());
        CompletableFuture<ExitStatus> exit = container.onExit();
        container.start();
        assertEquals(0, container.waitForExit(SOON).exitCode());
        assertEquals(0, exit.join().exitCode());
        assertEquals("hello\n", container.logs());
        assertEquals(0, container.exitStatus().orElseThrow().exitCode());
        container.start();
        container.waitForExit(SOON);
        assertEquals("hello\nhello\n", container.logs());
        container.remove();
        assertEquals(State.REMOVED, container.state());
        assertThrows(EngineProblem.class, container::start);
    }

    @Test
    void whatWasNeverStartedIsRemovedWithoutTrace() {
        try (Container container = tiny().memory("64m").tmpfs("/scratch").command(observer("true")).create()) {
            assertEquals(1, engine.containers().size());
        }
        assertTrue(engine.containers().isEmpty());
        tiny().command(observer("true")).create(); // the engine removes this one
        try (Container missing = tiny().command("/no/such").create()) {
            assertEquals(127, assertThrows(LaunchFailed.class, missing::start).exitCode());
        }
    }

    @Test
    void endsAndRemovalsAreWaitedFor() throws Exception {
        root.withShell();
        Container container = tiny().restart(dev.caisson.RestartPolicy.onFailure(1)).command("sh", "-c", "test -e /ran || { touch /ran; exit 5; }; until test -e /go; do sleep 0.02; done; exit 5").create();
        CompletableFuture<ExitStatus> first = container.onNextExit();
        CompletableFuture<ExitStatus> last = container.onExit();
        container.start();
        assertEquals(5, first.get(30, TimeUnit.SECONDS).exitCode());
        assertFalse(last.isDone(), "its policy starts it again");
        CompletableFuture<ExitStatus> second = container.onNextExit();
        eventually("it runs again", SOON, () -> container.restartCount() == 1 && container.state() == State.RUNNING);
        container.exec("/bin/touch", "/go").run();
        assertEquals(5, last.get(30, TimeUnit.SECONDS).exitCode());
        assertEquals(5, second.get(30, TimeUnit.SECONDS).exitCode());
        CompletableFuture<ExitStatus> never = container.onNextExit();
        CompletableFuture<Void> removed = container.onRemoved();
        assertFalse(removed.isDone());
        container.remove(false, true);
        removed.get(30, TimeUnit.SECONDS);
        assertTrue(assertThrows(java.util.concurrent.ExecutionException.class, () -> never.get(30, TimeUnit.SECONDS)).getCause().getMessage().contains("removed"));
        try (Container running = tiny().command(observer("sleep", "60")).run()) {
            EngineProblem refused = assertThrows(EngineProblem.class, () -> running.remove(false, true));
            assertTrue(refused.getMessage().contains("RUNNING") && refused.remedy().contains("stop()"), refused.getMessage());
            running.pause();
            assertThrows(EngineProblem.class, () -> running.remove(false, true));
            running.remove();
            running.remove(false, true);
        }
    }

    @Test
    void volumesWithoutANameGoOrStay() {
        for (boolean go : new boolean[] {true, false}) {
            Container container = tiny().volume("/data").command(observer("sleep", "60")).run();
            String volume = engine.volumes().list().get(0).name();
            assertTrue(engine.volumes().list().get(0).anonymous());
            container.remove(true, go);
            assertEquals(go ? List.of() : List.of(volume), engine.volumes().list().stream().map(dev.caisson.Volume::name).toList());
        }
        assertFalse(engine.volumes().list().get(0).anonymous());
        assertEquals(List.of(), engine.volumes().prune().removed(), "it has a name now");
        assertEquals(1, engine.volumes().pruneAll().removed().size());
    }

    @Test
    void aNewNameIsTheOnlyOne() {
        try (Container one = tiny().name("one").command(observer("sleep", "60")).run(); Container other = tiny().stopTimeout(Duration.ZERO).command(observer("sleep", "60")).run()) {
            InvalidSpec taken = assertThrows(InvalidSpec.class, () -> other.rename("one"));
            assertTrue(taken.getMessage().contains(one.id()) && !taken.problems().get(0).remedy().isEmpty(), taken.getMessage());
            assertThrows(InvalidSpec.class, () -> other.rename("a/b"));
            one.rename("two");
            assertEquals("two", one.name());
            other.rename("one");
            other.rename("three");
            other.restart();
            assertEquals("three", other.name());
            tiny().name("one").command(observer("true")).create().remove();
        }
        for (String name : List.of("one", "two", "three")) {
            tiny().name(name).command(observer("true")).create().remove();
        }
    }

    @Test
    void limitsChangeWhileItRuns() throws IOException {
        try (Container container = tiny().stopTimeout(Duration.ZERO).memory("64m").cpus(1).cpuset("0").command(observer("sleep", "60")).run()) {
            container.update(u -> u.memory("256m").cpus(0.5).pids(33));
            assertEquals(Long.toString(256L << 20), cgroup(container, "memory", "memory.limit_in_bytes", "memory.max"));
            assertEquals("50000", cgroup(container, "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0]);
            assertEquals("33", cgroup(container, "pids", "pids.max", "pids.max"));
            container.update(u -> u.memory("32m"));
            assertEquals(Long.toString(32L << 20), cgroup(container, "memory", "memory.limit_in_bytes", "memory.max"));
            assertEquals(32L << 20, container.usage().memoryLimitBytes());
            container.update(u -> u.pids(-1));
            assertEquals("max", cgroup(container, "pids", "pids.max", "pids.max"));
            container.restart();
            assertEquals(Long.toString(32L << 20), cgroup(container, "memory", "memory.limit_in_bytes", "memory.max"));
            assertEquals("50000", cgroup(container, "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0]);
        }
    }

    @Test
    void allOfAnUpdateOrNothing() throws IOException {
        try (Container container = tiny().stopTimeout(Duration.ZERO).memory("64m").cpuset("0").command(observer("sleep", "60")).run()) {
            assertThrows(InvalidSpec.class, () -> container.update(u -> u.memory("1m")));
            UnsupportedOnThisHost refused = assertThrows(UnsupportedOnThisHost.class, () -> container.update(u -> u.memory("128m").cpuset("99")));
            assertTrue(refused.getMessage().contains("cpuset"), refused.getMessage());
            assertEquals(Long.toString(64L << 20), cgroup(container, "memory", "memory.limit_in_bytes", "memory.max"));
            container.restart();
            assertEquals(Long.toString(64L << 20), cgroup(container, "memory", "memory.limit_in_bytes", "memory.max"));
        }
    }

    @Test
    void itsProcessesThoseOfExecsToo() {
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            dev.caisson.Exec exec = container.exec(observer("sleep", "61")).start();
            assertTrue(exec.pid() > 0, "it can be named at once");
            eventually("both run their programs", SOON, () -> container.top().size() == 2 && container.top().get(1).command().endsWith("sleep 61"));
            List<ProcessInfo> top = container.top();
            assertEquals(container.pid(), top.get(0).pid());
            assertEquals(1, top.get(0).innerPid());
            assertEquals(exec.pid(), top.get(1).pid());
            assertTrue(top.get(0).uid() == 0 && top.get(0).memoryBytes() > 0 && "RSD".indexOf(top.get(0).state()) >= 0, top::toString);
        }
    }

    @Test
    void usageOnceAndAsAStream() throws InterruptedException {
        Container container = tiny().network("bridge").memory("64m").command(observer("spin", "60")).run();
        ContainerStats first = container.usage();
        assertTrue(first.pids() >= 1 && first.memoryBytes() > 0 && first.memoryLimitBytes() == 64L << 20, first::toString);
        assertEquals(1, first.networks().size(), first::toString);
        BlockingQueue<ContainerStats> readings = new LinkedBlockingQueue<>();
        CompletableFuture<Void> over = new CompletableFuture<>();
        container.usage(Duration.ofMillis(20)).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ContainerStats reading) {
                readings.add(reading);
            }

            @Override
            public void onError(Throwable failure) {
                over.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {
                over.complete(null);
            }
        });
        ContainerStats one = readings.poll(30, TimeUnit.SECONDS);
        eventually("the CPU time grows", SOON, () -> readings.stream().anyMatch(r -> r.cpusSince(one).orElse(0.0) > 0));
        container.remove();
        over.orTimeout(30, TimeUnit.SECONDS).join();
        assertThrows(EngineProblem.class, container::usage);
        assertFalse(readings.isEmpty());
    }
}
