package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HostProbeTest {
    @Test
    void factsAreThoseOfTheRunningKernel() throws Exception {
        int before = Descriptors.count();
        HostFacts facts = HostProbe.probe();
        assertEquals(before, Descriptors.count());
        assertEquals(System.getProperty("os.version"), facts.kernelRelease());
        assertTrue(facts.pageSize() >= 4096);
        assertTrue(facts.lastCapability() >= 37);
        assertTrue(facts.probe("pidfd").available(), facts.probe("pidfd").toString());
        assertTrue(facts.probe("openat2").available());
        for (Probe probe : facts.probes()) {
            assertFalse(probe.how().isEmpty());
            assertTrue(probe.available() || !probe.cause().isEmpty(), probe.toString());
        }
        assertTrue(assertThrows(IllegalArgumentException.class, () -> facts.probe("warp")).getMessage().contains("openat2"));
    }

    @Test
    void eachControllerIsMountedWhereItSays() {
        HostFacts facts = HostProbe.probe();
        facts.controllers().forEach((controller, mount) -> {
            long type = FileCalls.statfs(Path.of(mount)).type();
            assertEquals(controller.isEmpty() ? StatFs.CGROUP2 : StatFs.CGROUP, type, controller);
            if (facts.ownCgroups().containsKey(controller)) {
                assertTrue(Files.isDirectory(Path.of(mount)), mount);
            }
        });
    }
}
