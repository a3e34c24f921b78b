package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** /proc and /sys: what is masked, what is read-only, what can be set. Rows 27, 30, 37, 39, 40, 60 and the lists of section B.1. */
class KernelFilesTest extends EngineTest {
    private static final List<String> MASKED = List.of("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
            "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware");
    private static final List<String> READ_ONLY = List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");
    private static final List<String> SETTINGS = List.of("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory",
            "/proc/sys/net/ipv4/ip_forward", "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity");

    private static List<String> existing(List<String> paths) {
        return paths.stream().filter(p -> Files.exists(Path.of(p))).toList();
    }

    @Test
    void everyMaskedPathIsEmptyAndReadOnly() throws IOException {
        List<String> masked = new ArrayList<>(existing(MASKED));
        try (Stream<Path> cpus = Files.list(Path.of("/sys/devices/system/cpu"))) {
            cpus.map(c -> c.resolve("thermal_throttle")).filter(Files::exists).map(Path::toString).forEach(masked::add);
        }
        assertTrue(masked.contains("/proc/keys") && masked.contains("/proc/interrupts") && masked.contains("/sys/firmware"), masked::toString);
        List<String> directories = masked.stream().filter(p -> Files.isDirectory(Path.of(p))).toList();
        List<String> files = masked.stream().filter(p -> !Files.isDirectory(Path.of(p))).toList();
        Observation seen = observe(tiny(), words("stat", masked, "+", "list", directories));
        for (String file : files) {
            assertTrue(seen.get(file).startsWith("c 0666 0:0") && seen.get(file).endsWith("rdev=1:3"), file + " is /dev/null: " + seen.get(file));
        }
        for (String made : directories) {
            assertTrue(seen.ok("list." + made));
            assertEquals("EROFS", observe(tiny(), "mkdir", made + "/x").get("mkdir." + made + "/x"));
        }
        assertEquals(masked.size() + directories.size(), seen.values().size(), () -> "the masked directories are empty: " + seen.values());
        Observation control = observe(tiny().privileged(), words("stat", masked, "+", "list", directories));
        assertTrue(files.stream().noneMatch(f -> control.get(f).endsWith("rdev=1:3")), "the control: privileged() masks nothing");
    }

    private static String[] words(String first, List<String> operands, Object... more) {
        List<String> words = new ArrayList<>(List.of(first));
        words.addAll(operands);
        for (Object word : more) {
            if (word instanceof List<?> list) {
                list.forEach(w -> words.add(w.toString()));
            } else {
                words.add(word.toString());
            }
        }
        return words.toArray(String[]::new);
    }

    @Test
    void everyReadOnlyPathRefusesWriting() {
        List<String> targets = existing(SETTINGS);
        Observation seen = observe(tiny(), words("writable", targets, "+", "statfs", existing(READ_ONLY)));
        targets.forEach(t -> assertEquals("EROFS", seen.get("writable." + t), t));
        existing(READ_ONLY).forEach(p -> assertTrue(seen.get("statfs." + p).contains("flags=ro"), p));
        Observation control = observe(tiny().privileged(), words("writable", targets));
        targets.forEach(t -> assertTrue(control.ok("writable." + t), "the control: privileged() can open " + t));
    }

    @Test
    void sysAndCgroupsAreReadOnly() throws IOException {
        List<String> cgroups;
        try (Stream<Path> hierarchies = Stream.concat(Stream.of(Path.of("/sys/fs/cgroup")), Files.list(Path.of("/sys/fs/cgroup")))) { // v2 alone, or one each
            cgroups = hierarchies.filter(Files::isDirectory).filter(h -> Files.exists(h.resolve("cgroup.procs"))).map(Path::toString).toList();
        }
        Observation seen = observe(tiny(), words("writable", List.of("/sys/kernel/profiling", "/sys/class/net/lo/tx_queue_len"), "+", "list", List.of("/sys/fs/cgroup"), "+",
                "writable", cgroups.stream().flatMap(c -> Stream.of(c + "/cgroup.procs", c + "/notify_on_release", c + "/release_agent", c + "/devices.allow")).toList(), "+",
                "mkdir", cgroups.stream().map(c -> c + "/escape").toList()));
        assertEquals("EROFS", seen.get("writable./sys/class/net/lo/tx_queue_len"));
        int hierarchies = 0;
        for (String cgroup : cgroups) {
            String procs = seen.get("writable." + cgroup + "/cgroup.procs");
            assertTrue(procs.equals("EROFS") || procs.equals("ENOENT"), cgroup + " " + procs);
            hierarchies += procs.equals("EROFS") ? 1 : 0;
            for (String file : List.of("/notify_on_release", "/release_agent", "/devices.allow")) {
                assertTrue(List.of("EROFS", "ENOENT", "EACCES").contains(seen.get("writable." + cgroup + file)), cgroup + file + " " + seen.get("writable." + cgroup + file));
            }
            assertTrue(List.of("EROFS", "ENOENT").contains(seen.get("mkdir." + cgroup + "/escape")), cgroup + " " + seen.get("mkdir." + cgroup + "/escape"));
        }
        assertTrue(hierarchies > 0, "the control: cgroups are visible inside, " + seen.values());
        String beside = observe(tiny(), "mkdir", "/sys/fs/cgroup/escape").get("mkdir./sys/fs/cgroup/escape");
        assertEquals("EROFS", beside, "nor beside the hierarchies");
        assertTrue(observeHost("writable", "/sys/class/net/lo/tx_queue_len").ok("writable./sys/class/net/lo/tx_queue_len"), "the control: the host can");
    }

    @Test
    void namespacedSysctlsAreSetInsideOnly() throws IOException {
        String host = Files.readString(Path.of("/proc/sys/kernel/msgmax"));
        Observation seen = observe(tiny().sysctl("kernel.msgmax", "12345").sysctl("net.ipv4.ip_forward", "1"), "cat", "/proc/sys/kernel/msgmax");
        assertTrue(seen.values().isEmpty());
        assertEquals("12345\n0\t2147483647\n0\n", tiny().sysctl("kernel.msgmax", "12345").command(observer("cat", "/proc/sys/kernel/msgmax",
                "/proc/sys/net/ipv4/ping_group_range", "/proc/sys/net/ipv4/ip_unprivileged_port_start")).execute().stdout());
        assertEquals(host, Files.readString(Path.of("/proc/sys/kernel/msgmax")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel.core_pattern", "vm.swappiness", "kernel/../vm/swappiness", "kernel.panic", "fs.file-max", "kernel.hostname", "kernel.shm/../core_pattern",
            "kernel.msg/../../vm/swappiness", "net/../kernel/core_pattern", "net.ipv4/../../kernel/core_pattern", "net/ipv4/../../kernel/core_pattern", "kernel.shm.x/../core_pattern",
            "fs.mqueue.x/../../../kernel/core_pattern", "kernel.shmmax\n", "", "net", ".net.x", "KERNEL.core_pattern", "net.ipv4.../kernel", "dev.cdrom.debug"})
    void sysctlsThatAreNoNamespacesAreRefused(String key) throws IOException {
        String before = hostSettings();
        String value = present(key); // where the defence fails the host must live on
        assertThrows(dev.caisson.ContainerException.class, () -> tiny().sysctl(key, value).command(observer("true")).execute());
        assertEquals(before, hostSettings());
    }

    private static String present(String key) throws IOException {
        Path file = Path.of("/proc/sys", (key.contains("/") ? key : key.replace('.', '/')).strip()).normalize();
        return Files.isRegularFile(file) && file.startsWith("/proc/sys") ? Files.readString(file).strip() : "1";
    }

    private static String hostSettings() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String path : List.of("kernel/core_pattern", "vm/swappiness", "kernel/panic", "fs/file-max", "kernel/hostname", "kernel/shmmax")) {
            all.append(Files.readString(Path.of("/proc/sys", path)));
        }
        return all.toString();
    }

    @Test
    void sysctlsOfTheHostsNetworkAndSeveralValuesAreRefused() {
        assertThrows(InvalidSpec.class, () -> tiny().networkHost().sysctl("net.ipv4.ip_forward", "0").spec());
        assertThrows(InvalidSpec.class, () -> tiny().sysctl("kernel.msgmax", "1\nkernel.core_pattern=|/x").spec());
        assertFalse(tiny().sysctl("net.ipv4.conf.lo/1.forwarding", "0").spec().security().sysctls().isEmpty(), "the control");
    }
}
