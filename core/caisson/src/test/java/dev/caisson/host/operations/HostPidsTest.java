package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.ContainerTimeout;
import dev.caisson.Signal;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@code --pid host}: the host's processes are in sight, nothing else of the host's is, and the container's own end with it although no PID namespace ends them. */
class HostPidsTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String TINY_ECHO = "/bin/echo";
    private static final long JVM = ProcessHandle.current().pid();

    private ContainerBuilder sleeping() {
        return tiny().pidHost().stopTimeout(Duration.ZERO).command(observer("sleep", "60"));
    }

    @Test
    void theHostsProcessesAndNothingElse() {
        Observation host = observeHost("namespaces");
        try (Container web = sleeping().run()) {
            Observation inside = observeIn(web, "namespaces");
            for (String each : new String[] {"ipc", "pid", "uts", "mnt", "net", "cgroup"}) {
                assertEquals(each.equals("pid"), host.get("ns." + each).equals(inside.get("ns." + each)), each);
            }
            String name = "/proc/" + JVM + "/cmdline";
            assertTrue(observeIn(web, "readable", name).ok("readable." + name), "the JVM is in sight");
            String memory = "/proc/" + JVM + "/mem";
            assertTrue(!observeIn(web, "readable", memory).ok("readable." + memory), "its memory is not");
            String first = web.exec(observer("cat", "/proc/" + web.pid() + "/comm")).run().stdout();
            assertEquals("observer\n", first, "it has the host's number inside");
        }
        try (Container own = tiny().stopTimeout(Duration.ZERO).command(observer("sleep", "60")).run()) {
            String name = "/proc/" + JVM + "/cmdline";
            assertTrue(!observeIn(own, "readable", name).ok("readable." + name), "the control");
        }
    }

    @Test
    void everythingOfItEndsWithItsFirstProcess() {
        Container web = tiny().pidHost().command(observer("stubborn", "3")).run();
        eventually("the children run", SOON, () -> web.stats().pids() >= 4);
        var children = ProcessHandle.of(web.pid()).orElseThrow().descendants().toList();
        assertEquals(3, children.size());
        web.kill(Signal.KILL);
        assertEquals(137, web.waitForExit(SOON).exitCode());
        eventually("its children are dead too", SOON, () -> children.stream().noneMatch(p -> running(p.pid())));
        web.close();
    }

    @Test
    void execAndItsEnd() {
        try (Container web = sleeping().init().run()) {
            assertThrows(ContainerTimeout.class, () -> web.exec(observer("stubborn", "3")).timeout(Duration.ofMillis(700)).run());
            eventually("all of the exec is dead", SOON, () -> web.stats().pids() <= 2);
            assertEquals("x\n", web.exec(TINY_ECHO, "x").run().stdout());
        }
    }

    @Test
    void lifeAsOfAnyOther() {
        try (Container web = sleeping().name("web").memory("64m").run()) {
            int before = web.pid();
            web.pause();
            web.resume();
            web.restart();
            assertNotEquals(before, web.pid());
            assertTrue(web.top().toString().contains("observer"), () -> web.top().toString());
            try (Container beside = tiny().pidOf("web").stopTimeout(Duration.ZERO).command(observer("sleep", "60")).run()) {
                assertEquals(observeIn(web, "namespaces").get("ns.pid"), observeIn(beside, "namespaces").get("ns.pid"));
            }
            web.stop();
            assertEquals(Container.State.EXITED, web.state());
        }
        assertEquals("y\n", tiny().pidHost().command(TINY_ECHO, "y").execute().stdout());
    }

    @Test
    void refusedWithAReason() {
        for (ContainerBuilder wrong : new ContainerBuilder[] {sleeping().userns(UserNamespace.auto()), sleeping().timeNamespace(), tiny().sandbox().pidHost(), sleeping().detached()}) {
            ContainerException refused = assertThrows(ContainerException.class, wrong::run);
            assertTrue(refused.getMessage().contains("pid"), refused.getMessage());
        }
    }
}
