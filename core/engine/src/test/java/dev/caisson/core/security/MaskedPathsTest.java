package dev.caisson.core.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row 37 of the attack table: the exact lists. */
class MaskedPathsTest {
    @Test
    void dockersLists() {
        MaskedPaths paths = MaskedPaths.of(List.of("cpu0", "cpu1"), path -> true);
        assertEquals(List.of("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
                "/sys/devices/system/cpu/cpu0/thermal_throttle", "/sys/devices/system/cpu/cpu1/thermal_throttle"), paths.masked());
        assertEquals(List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"), paths.readOnly());
    }

    @Test
    void whatTheHostLacksIsLeftOut() {
        MaskedPaths paths = MaskedPaths.of(List.of("cpu0"), path -> path.equals("/proc/keys") || path.equals("/proc/sys"));
        assertEquals(new MaskedPaths(List.of("/proc/keys"), List.of("/proc/sys")), paths);
    }

    @Test
    void processorsInOrderAndNothingElse(@TempDir Path directory) throws Exception {
        for (String name : List.of("cpu10", "cpu2", "cpufreq", "cpuidle", "cpu0", "online")) {
            Files.createDirectory(directory.resolve(name));
        }
        assertEquals(List.of("cpu0", "cpu2", "cpu10"), MaskedPaths.cpus(directory));
        assertEquals(List.of(), MaskedPaths.cpus(directory.resolve("none")));
    }

    @Test
    void thisHostHasTheOnesThatEveryLinuxHas() {
        MaskedPaths host = MaskedPaths.ofHost();
        assertTrue(host.readOnly().contains("/proc/sys") && host.masked().stream().allMatch(path -> Files.exists(Path.of(path))));
    }
}
