package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.NetworkProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An interface of the host's is a container's for a while, and comes back as it was. A veth stands in for a card. */
class HostInterfaceTest extends NetworkTest {
    private Wire wire;
    private String before;
    private String routes;

    @BeforeEach
    void wire() throws IOException {
        wire = new Wire();
        output("ip", "addr", "add", "198.51.100.7/24", "dev", "wire0");
        output("ip", "route", "add", "203.0.113.0/24", "via", Wire.THERE);
        output("ip", "-6", "route", "add", "2001:db8:9::/64", "via", Wire.THERE6);
        before = addresses();
        routes = routes();
        assertTrue(before.contains(Wire.HERE) && before.contains(Wire.HERE6) && routes.contains("203.0.113.0/24 via") && routes.contains("2001:db8:9::/64 via"), before + routes);
    }

    @AfterEach
    void unplug() {
        wire.close();
    }

    private static String addresses() {
        return output("sh", "-c", "ip -o addr show dev wire0 scope global | sed 's/^[0-9]*: //; s/\\\\.*//' | sort");
    }

    private static String routes() {
        return output("sh", "-c", "ip route show dev wire0; ip -6 route show dev wire0 | grep -v fe80");
    }

    private ContainerBuilder served() {
        return web().hostInterface("wire0").stopTimeout(Duration.ZERO);
    }

    private void isBack() {
        eventually("it is back with all it had: " + addresses() + routes(), PATIENCE, () -> addresses().equals(before) && routes().equals(routes));
        eventually("and works", PATIENCE, () -> output("busybox", "ping", "-c", "1", "-W", "1", Wire.THERE).contains("1 packets received"));
    }

    @Test
    void withAddressesAndRoutesAndBack() {
        try (Container web = served().run()) {
            assertEquals("", output("sh", "-c", "ip link show wire0 2>/dev/null"), "the host has it no more");
            assertEquals(Wire.HERE, web.ipAddress());
            assertEquals(Wire.HERE6, web.ip6Address());
            String inside = web.exec("/busybox", "ip", "addr", "show", "wire0").run().stdout();
            assertTrue(inside.contains(Wire.HERE + "/24") && inside.contains("198.51.100.7/24") && inside.contains(Wire.HERE6 + "/64"), inside);
            assertTrue(web.exec("/busybox", "ip", "route").run().stdout().contains("203.0.113.0/24 via " + Wire.THERE));
            eventually("the neighbour reaches it", PATIENCE, () -> body(wire.there(client(Wire.HERE))).equals(name(web)));
            NetworkProblem taken = assertThrows(NetworkProblem.class, () -> served().run());
            assertTrue(taken.getMessage().contains("container " + web.id() + " has it"), taken.getMessage());
            web.restart();
            eventually("also after a restart", PATIENCE, () -> body(wire.there(client(Wire.HERE))).equals(name(web)));
        }
        isBack();
    }

    @Test
    void besideABridgeWhichHasTheWayOutAndThePorts() {
        output("ip", "route", "add", "default", "via", Wire.THERE, "metric", "50");
        routes = routes();
        try (Container web = web().network("bridge").hostInterface("wire0").port(80).stopTimeout(Duration.ZERO).run()) {
            eventually("the port", PATIENCE, () -> get("127.0.0.1:" + web.port(80)).equals(name(web)));
            eventually("the wire", PATIENCE, () -> body(wire.there(client(Wire.HERE))).equals(name(web)));
            assertFalse(web.ipAddress().equals(Wire.HERE));
            assertEquals(Wire.HERE, web.ipAddress("interface:wire0"));
        }
        isBack();
    }

    /** A container with NET_ADMIN renames it and takes its addresses away. */
    @Test
    void whateverTheContainerDidToIt() {
        try (Container root = busybox("sleep", "600").hostInterface("wire0").capAdd(Capability.NET_ADMIN).stopTimeout(Duration.ZERO).run()) {
            for (String line : new String[] {"ip addr flush dev wire0", "ip link set wire0 down", "ip link set wire0 name mine", "ip link set lo name wire0"}) {
                root.exec("/busybox", "sh", "-c", "/busybox " + line).run();
            }
            assertTrue(root.exec("/busybox", "ip", "link").run().stdout().contains("mine"));
        }
        isBack();
    }

    @Test
    void anotherHasItsNameMeanwhile() {
        Container web = served().run();
        output("ip", "link", "add", "wire0", "type", "bridge");
        web.close();
        assertTrue(output("ip", "-o", "-d", "link", "show", "wire0").contains("bridge"), "that one is left alone");
        eventually("it is back under some name", PATIENCE, () -> output("ip", "-o", "addr").contains(Wire.HERE + "/24"));
        String other = output("ip", "-o", "addr").lines().filter(l -> l.contains(Wire.HERE + "/24")).findFirst().orElseThrow().replaceFirst("^\\d+: (\\S+) .*", "$1");
        assertTrue(other.matches("dev\\d+"), other);
        eventually("it works under that name", PATIENCE, () -> output("busybox", "ping", "-c", "1", "-W", "1", Wire.THERE).contains("1 packets received"));
        output("ip", "link", "del", "wire0");
        output("sh", "-c", "ip link set " + other + " down; ip link set " + other + " name wire0; ip link set wire0 up");
    }

    /** One of the same name that comes later is another, and gets nothing of it. */
    @Test
    void oneThatItsContainerRemovedLeavesNothing() throws IOException {
        try (Container root = busybox("sleep", "600").hostInterface("wire0").capAdd(Capability.NET_ADMIN).stopTimeout(Duration.ZERO).run()) {
            assertEquals(0, root.exec("/busybox", "ip", "link", "del", "wire0").run().exitCode());
        }
        output("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire9");
        try (Container other = busybox("sleep", "600").hostInterface("wire0").stopTimeout(Duration.ZERO).run()) {
            String inside = other.exec("/busybox", "ip", "addr", "show", "wire0").run().stdout();
            assertFalse(inside.contains("inet ") || inside.contains(Wire.HERE6), inside);
        }
        assertEquals("", output("sh", "-c", "ip -o -4 addr show dev wire0"));
    }

    /** Of what did not come, nothing is remembered. */
    @Test
    void oneThatCannotBeMovedLeavesNothing() throws IOException {
        output("ip", "link", "add", "br78", "type", "bridge"); // the kernel binds it to its namespace
        try {
            String said = assertThrows(NetworkProblem.class, () -> busybox("true").hostInterface("br78").run()).getMessage();
            assertTrue(said.contains("EINVAL"), said);
            try (Stream<Path> all = Files.walk(directory.resolve("engine"))) {
                assertEquals(List.of(), all.filter(p -> p.endsWith("br78")).toList());
            }
        } finally {
            output("ip", "link", "del", "br78");
        }
    }

    @Test
    void refusedByName() {
        NetworkProblem missing = assertThrows(NetworkProblem.class, () -> web().hostInterface("eth77").run());
        assertTrue(missing.getMessage().contains("eth77") && missing.remedy().contains("wire0"), missing.getMessage());
        assertTrue(assertThrows(NetworkProblem.class, () -> served().port(80).run()).remedy().contains("bridge"));
        output("ip", "link", "add", "br77", "type", "bridge");
        output("ip", "link", "set", "wire0", "master", "br77");
        assertTrue(assertThrows(NetworkProblem.class, () -> served().run()).getMessage().contains("it is a port of br77"));
        output("ip", "link", "del", "br77");
        assertThrows(NetworkProblem.class, () -> engine.networks().create("a", n -> n.driver("interface")));
        isBack();
    }
}
