package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Exec;
import dev.caisson.Execution;
import dev.caisson.Rlimit;
import dev.caisson.Signal;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Resource limits and where a container's processes are counted. Rows 25, 47, 119; faults F14 and F17. */
class LimitsTest extends EngineTest {
    @Test
    void theLimitOfDescriptorsIsNotTheJvms() {
        Observation host = observeHost("limits");
        Observation seen = observe(tiny(), "limits");
        String[] nofile = seen.get("rlimit.nofile").split(":");
        assertEquals("1024", nofile[0]);
        String hard = host.get("rlimit.nofile").split(":")[1];
        assertEquals(hard.equals("unlimited") ? 524_288 : Math.min(524_288, Long.parseLong(hard)), Long.parseLong(nofile[1]));
        assertNotEquals("1024", host.get("rlimit.nofile").split(":")[0], "the control: HotSpot raised its own");
    }

    @Test
    void ulimitsAreSetForRunAndExec() {
        try (Container container = tiny().ulimit(Rlimit.NOFILE, 64, 128).ulimit(Rlimit.CORE, 0, 0).ulimit(Rlimit.STACK, 1 << 20, Rlimit.UNLIMITED)
                .command(observer("limits", "+", "sleep", "60")).run()) {
            eventually("the container printed", Duration.ofSeconds(30), () -> container.logs().contains("rlimit.rttime"));
            for (Observation seen : List.of(Observation.parse(container.logs()), observeIn(container, "limits"))) {
                assertEquals("64:128", seen.get("rlimit.nofile"));
                assertEquals("0:0", seen.get("rlimit.core"));
                assertEquals("1048576:unlimited", seen.get("rlimit.stack"));
            }
        }
        ContainerException e = assertThrows(ContainerException.class, () -> tiny().ulimit(Rlimit.NOFILE, 10_000_000, 10_000_000).command(observer("true")).execute());
        assertTrue(e.getMessage().contains("NOFILE") && e.getMessage().contains("EPERM (1)"), e.getMessage());
        assertFalse(e.remedy().isEmpty());
    }

    @Test
    void memoryBeyondTheLimitEndsTheContainerAndItSaysSo() {
        Execution e = tiny().memory("32m").memorySwap("32m").command(observer("eat", "200")).execute();
        assertEquals(137, e.exitCode());
        assertEquals(Signal.KILL, e.signal().orElseThrow());
        assertTrue(e.oomKilled());
        assertTrue(e.toString().contains("out of memory"), e::toString);
        Execution fits = tiny().memory("64m").command(observer("eat", "16")).execute();
        assertEquals(0, fits.exitCode());
        assertFalse(fits.oomKilled(), "the control");
        assertTrue(fits.peakMemory() > 16 << 20 && fits.peakMemory() <= 64 << 20, () -> "" + fits.peakMemory());
        assertEquals(0, tiny().command(observer("eat", "200")).execute().exitCode(), "the control: no limit");
    }

    @Test
    void aForkBombStaysInItsBounds() {
        Observation seen = observe(tiny().pids(20), "bomb", "500");
        assertEquals(19, seen.integer("forked"));
        assertEquals("EAGAIN", seen.get("fork"));
        assertEquals(500, observe(tiny(), "bomb", "500").integer("forked"), "the control: the default is 4096");
        assertEquals("EAGAIN", observe(tiny(), "bomb", "5000").get("fork"), "the default limit");
        root.withShell();
        try (Container bomb = tiny().pids(50).command("sh", "-c", "f() { f | f & }; f; while :; do :; done").run()) {
            pause(300);
            assertTrue(bomb.stats().pids() <= 50, () -> bomb.stats().toString());
            assertTrue(observeHost("ids").has("pid"), "the host can still fork");
            bomb.kill(Signal.KILL);
            bomb.waitForExit(Duration.ofSeconds(30));
        }
    }

    @Test
    void cpusAreShared() {
        // A tenth of a second of CPU time: 5 s with a fiftieth of a processor, however much there is to do besides.
        Observation fiftieth = observe(tiny().cpus(0.02), "compute", "0.1");
        assertTrue(fiftieth.integer("took_usec") > 3_500_000, fiftieth.values()::toString);
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 10 && least > 3_000_000; i++) {
            Execution all = tiny().command(observer("compute", "0.1")).execute();
            least = Math.min(least, Observation.parse(all.stdout()).integer("took_usec"));
            assertTrue(all.cpuTime().toMillis() >= 90, () -> "" + all.cpuTime());
        }
        assertTrue(least < 3_000_000, "the control: " + least);
    }

    @Test
    void everyProcessIsInItsCgroupInEveryHierarchy() throws IOException {
        root.withShell();
        try (Container container = tiny().command("sh", "-c", "(setsid sleep 60 &) ; sleep 60").run()) {
            Exec exec = container.exec(observer("sleep", "60")).start();
            eventually("the exec and a process of another session run", Duration.ofSeconds(30), () -> exec.pid() > 0 && container.stats().pids() >= 3);
            List<String> own = cgroups(container.pid());
            String id = container.id();
            assertFalse(own.isEmpty());
            int placed = 0;
            for (Path process : descendants(container.pid(), exec.pid())) {
                for (String line : cgroups(Integer.parseInt(process.getFileName().toString()))) {
                    placed += line.contains(id) ? 1 : 0;
                    String controllers = line.split(":")[1];
                    if (!controllers.isEmpty() && !controllers.startsWith("name=")) {
                        // Where nothing is limited or killed, all containers of an engine share its cgroup. A v1 hierarchy shows one that exits at its root.
                        assertTrue(line.contains(id) || line.matches(".*/caisson-[0-9a-f]+(/.*)?") || exiting(process), process + ": " + line);
                    }
                }
            }
            assertTrue(placed > 0);
            assertTrue(cgroups((int) ProcessHandle.current().pid()).stream().noneMatch(l -> l.contains("/caisson-")), "the control: the JVM is not in it");
            exec.kill(Signal.KILL);
            exec.onExit().join();
        }
    }

    /** PF_EXITING of /proc/PID/stat (proc_pid_stat(5), field 9), or gone already. */
    private static boolean exiting(Path process) throws IOException {
        try {
            String stat = Files.readString(process.resolve("stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[6]) & 0x4) != 0;
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    private static List<String> cgroups(int pid) throws IOException {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"));
        } catch (NoSuchFileException e) {
            return List.of(); // it ended meanwhile
        }
    }

    /** All processes whose PID namespace is the container's. */
    private static List<Path> descendants(int pid, int exec) throws IOException {
        String namespace = Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")).toString();
        try (var all = Files.list(Path.of("/proc"))) {
            List<Path> inside = all.filter(p -> p.getFileName().toString().matches("\\d+")).filter(p -> {
                try {
                    return Files.readSymbolicLink(p.resolve("ns/pid")).toString().equals(namespace);
                } catch (IOException gone) {
                    return false;
                }
            }).toList();
            assertTrue(inside.size() >= 3 && inside.contains(Path.of("/proc/" + exec)), inside::toString);
            return inside;
        }
    }

    @Test
    void aCgroupParentOutsideIsRefused() {
        for (String parent : List.of("../../", "/a/../../b", "a/..", "\0")) {
            assertThrows(ContainerException.class, () -> dev.caisson.Engine.builder().root(directory.resolve("other")).runDirectory(directory.resolve("otherrun")).cgroupParent(parent)
                    .build().close(), parent);
        }
    }
}
