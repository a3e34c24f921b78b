package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Execution;
import dev.caisson.LaunchFailed;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** /dev, and devices a container makes itself. Rows 7, 41, 48. */
class DevicesTest extends EngineTest {
    /** Kind, mode, owner and number or target of each entry: all of /dev. */
    private static final Map<String, String> GOLDEN = Map.ofEntries(Map.entry("core", "l -> /proc/kcore"), Map.entry("fd", "l -> /proc/self/fd"),
            Map.entry("full", "c 0666 0:0 1:7"), Map.entry("mqueue", "d 1777 0:0"), Map.entry("null", "c 0666 0:0 1:3"), Map.entry("ptmx", "l -> pts/ptmx"),
            Map.entry("pts", "d 0755 0:0"), Map.entry("random", "c 0666 0:0 1:8"), Map.entry("shm", "d 1777 0:0"), Map.entry("stderr", "l -> /proc/self/fd/2"),
            Map.entry("stdin", "l -> /proc/self/fd/0"), Map.entry("stdout", "l -> /proc/self/fd/1"), Map.entry("tty", "c 0666 0:0 5:0"),
            Map.entry("urandom", "c 0666 0:0 1:9"), Map.entry("zero", "c 0666 0:0 1:5"));

    @Test
    void devHoldsTheDefaultDevicesAndNoOthers() {
        Observation seen = observe(tiny(), "list", "/dev");
        assertEquals(new TreeMap<>(GOLDEN), entries(seen));
        assertTrue(entries(observe(tiny().privileged(), "list", "/dev")).size() > GOLDEN.size(), "the control: privileged() has the host's");
    }

    /** "l 0777 0:0 size=13 … -> target" without what differs from run to run. */
    private static Map<String, String> entries(Observation seen) {
        return seen.values().entrySet().stream().filter(e -> !e.getKey().startsWith("list.")).collect(Collectors.toMap(Map.Entry::getKey, e -> {
            String[] words = e.getValue().split(" ");
            String last = words[words.length - 1];
            return switch (words[0]) {
                case "l" -> "l -> " + last;
                case "d" -> "d " + words[1] + " " + words[2];
                default -> words[0] + " " + words[1] + " " + words[2] + " " + last.substring("rdev=".length());
            };
        }, (a, b) -> b, TreeMap::new));
    }

    @Test
    void devicesMadeInsideCannotBeOpened() {
        for (String device : new String[] {"b 254 0", "c 1 1", "c 1 2", "c 1 4", "c 10 232", "c 10 229", "b 7 0"}) {
            String[] words = device.split(" ");
            Observation seen = observe(tiny(), "mknod", "/node", words[0], words[1], words[2]);
            assertEquals("ok", seen.get("mknod"), "docker lets the node be made: " + device);
            assertEquals("EPERM", seen.get("mknod.open"), device);
            if (!device.equals("c 10 229")) { // a policy of its own, then
                assertEquals("EPERM", observe(tiny().device("/dev/fuse"), "mknod", "/node", words[0], words[1], words[2]).get("mknod.open"), device);
            }
        }
        assertEquals("EPERM", observe(tiny().capDrop(Capability.MKNOD), "mknod", "/node", "c", "1", "3").get("mknod"));
        assertEquals("ok", observe(tiny(), "mknod", "/node", "c", "1", "5").get("mknod.open"), "the control: zero is allowed");
        assertEquals("ok", observe(tiny().privileged(), "mknod", "/node", "c", "10", "229").get("mknod.open"), "the control: privileged() may");
    }

    @Test
    void aDeviceThatWasAskedForIsThereWithTheAccessAskedFor() {
        Observation seen = observe(tiny().device("/dev/fuse", "/dev/some/where", "r"), "stat", "/dev/some/where", "+", "readable", "/dev/some/where", "+", "writable",
                "/dev/some/where");
        assertTrue(seen.get("/dev/some/where").endsWith("rdev=10:229"), seen.values()::toString);
        assertEquals("ok", seen.get("readable./dev/some/where"));
        assertEquals("EPERM", seen.get("writable./dev/some/where"));
        assertEquals("ok", observe(tiny().device("/dev/fuse"), "writable", "/dev/fuse").get("writable./dev/fuse"), "the control: rwm");
        assertTrue(observe(tiny().device("/dev/full"), "stat", "/dev/full").get("/dev/full").endsWith("rdev=1:7"), "one of the usual ones, by name");
        assertTrue(assertThrows(LaunchFailed.class, () -> observe(tiny().device("/dev/zero", "/dev/null", "r"), "true")).getMessage().contains("/dev/null"), "what hides is null");
        assertEquals("ok", observe(tiny().deviceRule("c 10:229 rw"), "mknod", "/node", "c", "10", "229").get("mknod.open"));
    }

    @Test
    void theDevicesBehaveAsTheyShould() {
        root.withShell();
        Execution e = tiny().command("sh", "-c", "head -c 3 /dev/zero | wc -c; echo x > /dev/null; echo x > /dev/full; head -c 2 /dev/urandom | wc -c; cat /dev/null | wc -c").execute();
        assertEquals("3\n2\n0\n", e.stdout());
        assertTrue(e.stderr().contains("No space left on device"), e.stderr());
    }

    @Test
    void anImagesDevLinksLeadNowhereElse() {
        // Row 7: the image's own /dev is a link; streams and devices are not opened through it.
        dev.caisson.testkit.Canary canary = dev.caisson.testkit.Canary.plant(directory.resolve("canary"));
        delete(root.at("dev"));
        root.link("dev", canary.path().toString());
        assertThrowsOrStaysInside();
        canary.assertUntouched();
    }

    private void assertThrowsOrStaysInside() {
        try {
            assertTrue(observe(tiny(), "stat", "/dev/null").get("/dev/null").endsWith("rdev=1:3"));
        } catch (dev.caisson.LaunchFailed e) {
            assertEquals(125, e.exitCode());
        }
    }
}
