package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Protocol;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Flags of {@code docker run} without a room of their own, by what the kernel or the program says. */
class FlagEffectsTest extends EngineTest {
    @Test
    void variablesOfAFileArrive() throws IOException {
        Files.writeString(directory.resolve("env"), "# mine\nA=1 = one\nPATH\n");
        Observation seen = observe(tiny().envFile(directory.resolve("env")).inheritEnv("LANG"), "env");
        assertEquals("1 = one", seen.get("env.A"));
        assertEquals(System.getenv("PATH"), seen.get("env.PATH"));
    }

    @Test
    void exposedPortsArePublishedByPublishAll() {
        try (Container web = tiny().expose(8080).expose(53, Protocol.UDP).publishAll().command(observer("sleep", "60")).run()) {
            assertTrue(web.port(8080) > 0 && web.port(53, Protocol.UDP) > 0);
        }
        try (Container web = tiny().network("bridge").expose(8080).command(observer("sleep", "60")).run()) {
            assertThrows(ContainerException.class, () -> web.port(8080));
        }
    }

    /** Where the cgroup above has no real-time budget to give, the kernel refuses, and that is said of this setting. */
    @Test
    void realTimeIsSetOrRefusedByItsName() {
        try (Container c = tiny().cpuRealtime(Duration.ofMillis(1), Duration.ofSeconds(1)).command(observer("sleep", "60")).run()) {
            assertTrue(c.pid() > 0);
        } catch (ContainerException e) {
            assertTrue(e.getMessage().contains("cpuRealtime"), e.getMessage());
        }
    }

    @Test
    void aWeightOfADeviceIsSetOrRefusedByItsName() {
        ContainerException e = assertThrows(ContainerException.class, () -> tiny().blkioWeight("/dev/no-such-disk", 300).command(observer("true")).execute());
        assertTrue(e.getMessage().contains("no-such-disk") || e.getMessage().contains("blkioWeight"), e.getMessage());
    }
}
