package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What of the host shows inside: nothing. Rows 46, 54, 64. */
class ViewTest extends EngineTest {
    private static final Set<String> NAMESPACES = Set.of("mnt", "pid", "net", "ipc", "uts", "cgroup");

    @Test
    void everyNamespaceIsItsOwn() {
        Observation host = observeHost("namespaces");
        try (Container one = tiny().command(observer("sleep", "30")).run(); Container two = tiny().command(observer("sleep", "30")).timeNamespace().run()) {
            Observation first = observeIn(one, "namespaces");
            Observation second = observeIn(two, "namespaces");
            for (String kind : NAMESPACES) {
                assertNotEquals(host.get("ns." + kind), first.get("ns." + kind), kind);
                assertNotEquals(first.get("ns." + kind), second.get("ns." + kind), kind);
            }
            assertEquals(host.get("ns.user"), first.get("ns.user"), "the control: what is not asked for is shared");
            assertEquals(host.get("ns.time"), first.get("ns.time"), "the control: no time namespace was asked for");
            assertNotEquals(host.get("ns.time"), second.get("ns.time"));
            assertEquals(host.get("ns.net"), observe(tiny().networkHost(), "namespaces").get("ns.net"), "the control: the host's network was asked for");
        }
    }

    @Test
    void onlyItsOwnProcessesShow() {
        Observation inside = observe(tiny(), "ids", "+", "list", "/proc");
        assertEquals(1, inside.integer("pid"));
        assertEquals(0, inside.integer("ppid"));
        assertEquals(Set.of("1"), pids(inside));
        assertTrue(pids(observeHost("list", "/proc")).size() > 2, "the control: the host has processes to hide");
    }

    private static Set<String> pids(Observation proc) {
        return proc.values().keySet().stream().filter(k -> k.matches("\\d+")).collect(Collectors.toSet());
    }

    @Test
    void mountsAreThoseDeclaredAndNoOthers() {
        List<String> targets = mounts(observe(tiny(), "mounts")).stream().filter(t -> !t.startsWith("/proc/") && !t.startsWith("/sys/")).toList();
        assertEquals(List.of("/", "/dev", "/dev/mqueue", "/dev/pts", "/dev/shm", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/proc", "/sys"), targets);
        assertTrue(observe(tiny().bind(hostDirectory("shared"), "/mnt/shared"), "mounts").values().toString().contains("/mnt/shared"), "the control");
    }

    private static List<String> mounts(Observation observed) {
        return observed.values().entrySet().stream().filter(e -> e.getKey().startsWith("mount.")).map(e -> e.getValue().split(" ")[4]).sorted().toList();
    }

    @Test
    void theHostsNamesAndInterfacesAreHidden() {
        Observation host = observeHost("host");
        Observation inside = observe(tiny().hostname("inside").domainName("example.org"), "host", "+", "list", "/sys/class/net");
        assertEquals("inside", inside.get("hostname"));
        assertEquals("example.org", inside.get("domainname"));
        assertEquals(host.get("kernel"), inside.get("kernel"));
        assertTrue(inside.ok("list./sys/class/net"));
        assertTrue(inside.has("lo"), inside.values()::toString);
        assertFalse(inside.has("eth0"), inside.values()::toString);
        assertEquals(Set.of("lo"), interfaces(inside));
        assertTrue(interfaces(observeHost("list", "/sys/class/net")).size() > 1, "the control: the host has interfaces to hide");
        assertEquals(interfaces(observeHost("list", "/sys/class/net")), interfaces(observe(tiny().networkHost(), "list", "/sys/class/net")), "the control");
    }

    private static Set<String> interfaces(Observation observed) {
        return observed.values().keySet().stream().filter(k -> !k.startsWith("list.") && !k.contains("name") && !k.equals("kernel") && !k.equals("machine"))
                .collect(Collectors.toSet());
    }

    @Test
    void twoContainersHaveDifferentSessionKeyrings() {
        Set<String> first = sessionKeyrings();
        Set<String> second = sessionKeyrings();
        assertFalse(first.isEmpty(), "the control: /proc/keys shows the reader's own");
        second.removeAll(first); // the first may be listed still, until the kernel's collector came by
        assertEquals(1, second.size(), "a keyring joined by name would be the first container's");
    }

    /** Serial numbers. /proc/keys shows what the reader may see; it is masked, so only a privileged container can tell. */
    private Set<String> sessionKeyrings() {
        String keys = tiny().privileged().command(observer("cat", "/proc/keys")).execute().stdout();
        return keys.lines().filter(l -> l.contains(" _ses:")).map(l -> l.split(" ")[0]).collect(Collectors.toSet());
    }

    @Test
    void timeNamespaceShiftsTheMonotonicClocks() {
        double plain = uptime(observeUptime(Duration.ZERO));
        double shifted = uptime(observeUptime(Duration.ofDays(365)));
        assertEquals(Duration.ofDays(365).toSeconds(), shifted - plain, 60);
    }

    private String observeUptime(Duration offset) {
        return tiny().bootTimeOffset(offset).command(observer("cat", "/proc/uptime")).execute().stdout();
    }

    private static double uptime(String text) {
        return Double.parseDouble(text.split(" ")[0]);
    }
}
