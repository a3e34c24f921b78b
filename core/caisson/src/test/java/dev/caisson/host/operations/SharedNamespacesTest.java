package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@code --ipc}, {@code --pid}, {@code --uts}, {@code --cgroupns}: whose the namespaces are, by their inodes, and that nothing more is shared. */
class SharedNamespacesTest extends EngineTest {
    private Container db() {
        return tiny().name("db").hostname("database").command(observer("sleep", "60")).run();
    }

    private static void sharesOnly(String kind, Observation one, Observation other) {
        for (String each : new String[] {"ipc", "pid", "uts", "mnt", "net", "cgroup"}) {
            assertEquals(each.equals(kind), one.get("ns." + each).equals(other.get("ns." + each)), each);
        }
    }

    @Test
    void anothersIpcComesWithItsSharedMemory() {
        try (Container db = db(); Container web = tiny().ipcOf("db").stopTimeout(Duration.ZERO).command(observer("sleep", "60")).run()) {
            sharesOnly("ipc", observeIn(db, "namespaces"), observeIn(web, "namespaces"));
            observeIn(db, "write", "/dev/shm/x", "shared");
            assertEquals("shared", web.exec(observer("cat", "/dev/shm/x")).run().stdout());
            assertTrue(observeIn(web, "mounts").values().toString().contains("mqueue"));
            web.restart();
            assertEquals("shared", web.exec(observer("cat", "/dev/shm/x")).run().stdout(), "looked up again");
        }
    }

    @Test
    void theHostsIpcAndNone() {
        Observation host = observeHost("namespaces");
        Observation inside = observe(tiny().ipcHost(), "namespaces", "+", "statfs", "/dev/shm");
        assertEquals(host.get("ns.ipc"), inside.get("ns.ipc"));
        assertNotEquals(host.get("ns.pid"), inside.get("ns.pid"));
        Observation none = observe(tiny().ipcNone(), "namespaces", "+", "mounts");
        assertNotEquals(host.get("ns.ipc"), none.get("ns.ipc"));
        assertFalse(none.values().toString().contains("/dev/shm"), none.values()::toString);
    }

    @Test
    void anothersProcessesAreSeenAndEndWithIt() {
        try (Container db = db()) {
            Container web = tiny().pidOf("db").stopTimeout(Duration.ZERO).command(observer("sleep", "61")).run();
            sharesOnly("pid", observeIn(db, "namespaces"), observeIn(web, "namespaces"));
            assertTrue(observeIn(web, "readable", "/proc/1/cmdline").ok("readable./proc/1/cmdline"));
            web.kill(dev.caisson.Signal.TERM);
            assertEquals(143, web.waitForExit(Duration.ofSeconds(60)).exitCode(), "it is no pid 1, so a signal without a handler ends it");
            assertEquals(Container.State.RUNNING, db.state());
            web.restart();
            db.kill(dev.caisson.Signal.KILL);
            assertEquals(137, web.waitForExit(Duration.ofSeconds(60)).exitCode());
            web.close();
        }
    }

    @Test
    void whatItLeavesBehindInASharedPidNamespaceIsKilledWithIt() {
        try (Container db = db()) {
            Container web = tiny().pidOf("db").command(observer("stubborn", "3")).run();
            eventually("the children run", Duration.ofSeconds(30), () -> web.stats().pids() >= 4);
            web.remove();
            assertEquals(1, db.stats().pids());
            long alive = ProcessHandle.of(db.pid()).orElseThrow().parent().orElseThrow().descendants().filter(p -> running(p.pid())).count();
            assertEquals(1, alive, "what is left is db's own process; the others are zombies until it reaps them");
        }
    }

    @Test
    void hostNames() {
        Observation host = observeHost("namespaces", "+", "host");
        Observation inside = observe(tiny().utsHost(), "namespaces", "+", "host", "+", "env");
        assertEquals(host.get("ns.uts"), inside.get("ns.uts"));
        assertEquals(host.get("hostname"), inside.get("hostname"));
        try (Container db = db()) {
            Observation web = observe(tiny().utsOf(db.id().substring(0, 12)), "namespaces", "+", "host");
            sharesOnly("uts", observeIn(db, "namespaces"), web);
            assertEquals("database", web.get("hostname"));
        }
    }

    @Test
    void theHostsCgroupNamespaceShowsButDoesNotGive() {
        Observation inside = observe(tiny().cgroupHost(), "namespaces", "+", "writable", "/sys/fs/cgroup");
        assertEquals(observeHost("namespaces").get("ns.cgroup"), inside.get("ns.cgroup"));
        assertFalse(inside.ok("writable./sys/fs/cgroup"));
        String seen = tiny().cgroupHost().command(observer("cat", "/proc/self/cgroup")).execute().stdout();
        assertTrue(seen.contains("caisson"), seen);
    }

    @Test
    void refusedWithAReason() {
        ContainerException missing = assertThrows(EngineProblem.class, () -> tiny().ipcOf("nobody").command(observer("true")).execute());
        assertTrue(missing.getMessage().contains("nobody") && !missing.remedy().isEmpty(), missing.getMessage());
        try (Container db = db()) {
            db.kill(dev.caisson.Signal.KILL);
            db.waitForExit(Duration.ofSeconds(60));
            assertTrue(assertThrows(EngineProblem.class, () -> tiny().pidOf("db").command(observer("true")).execute()).getMessage().contains("EXITED"));
        }
        for (ContainerBuilder wrong : new ContainerBuilder[] {tiny().utsHost().hostname("x"), tiny().ipcHost().sysctl("kernel.shmmax", "1"),
            tiny().ipcHost().userns(UserNamespace.auto()), tiny().ipcOf("a/b"), tiny().sandbox().ipcHost()}) {
            assertThrows(InvalidSpec.class, wrong::spec);
        }
    }
}
