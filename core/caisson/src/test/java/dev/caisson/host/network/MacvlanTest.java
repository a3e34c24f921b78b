package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.InvalidSpec;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Containers as neighbours of another host on a wire of the host's. */
class MacvlanTest extends NetworkTest {
    private Wire wire;

    @BeforeEach
    void wire() throws IOException {
        wire = new Wire();
    }

    @AfterEach
    void unplug() {
        wire.close();
    }

    private Network lan(String name, String mode) {
        return engine.networks().create(name, n -> n.driver("macvlan").option("parent", "wire0").option("macvlan_mode", mode).subnet("198.51.100.0/24").gateway(Wire.THERE)
                .ipRange("198.51.100.64/27"));
    }

    private ContainerBuilder served() {
        return web().stopTimeout(Duration.ZERO);
    }

    private ContainerBuilder idle() {
        return busybox("sleep", "600").stopTimeout(Duration.ZERO);
    }

    private String neighbourGets(String address) {
        return body(wire.there(client(address)));
    }

    private String neighbourGetsAtOnce(String address) {
        return body(wire.there(clientAtOnce(address)));
    }

    @Test
    void neighboursReachItAtItsOwnAddress() {
        try (Network lan = lan("lan", "bridge"); Container web = served().network("lan").run(); Container fixed = served().network("lan", n -> n.ip("198.51.100.200")).run();
                Container both = idle().network("bridge").network("lan").run()) {
            assertTrue(web.ipAddress().matches("198\\.51\\.100\\.(6[4-9]|[78]\\d|9[0-5])"), web.ipAddress());
            eventually("the neighbour reaches it", PATIENCE, () -> neighbourGets(web.ipAddress()).equals(name(web)));
            eventually("the neighbour reaches it", PATIENCE, () -> neighbourGets("198.51.100.200").equals(name(fixed)));
            assertEquals(name(web), get(both, web.ipAddress()), "containers reach each other");
            assertTrue(web.exec("/busybox", "ip", "route").run().stdout().contains("default via " + Wire.THERE + " dev lan0"));
            assertTrue(both.exec("/busybox", "ip", "route").run().stdout().lines().anyMatch(l -> l.startsWith("default") && l.contains("eth0")), "the first network has the way out");
            assertThrows(NetworkProblem.class, lan::remove);
            lan.disconnect(both);
            assertEquals("", getAtOnce(both, web.ipAddress()));
            lan.connect(both);
            assertEquals(name(web), get(both, web.ipAddress()));
            web.restart();
            eventually("also after a restart", PATIENCE, () -> neighbourGets(web.ipAddress()).equals(name(web)));
        }
        assertFalse(output("ip", "-o", "link").contains("macvlan"));
    }

    /** A machine there knew the one before by another MAC address, and would go on sending there for a while. */
    @Test
    void whoHasAnAddressOfAnothersIsKnownAtOnce() {
        try (Network lan = lan("lan", "bridge")) {
            String before;
            try (Container first = served().network("lan", n -> n.ip("198.51.100.90")).run()) {
                eventually("the neighbour reaches it", PATIENCE, () -> neighbourGets("198.51.100.90").equals(name(first)));
                before = mac(first);
                assertTrue(wire.there("ip", "neigh", "show", "198.51.100.90").contains(before));
            }
            try (Container second = served().network("lan", n -> n.ip("198.51.100.90")).run()) {
                assertFalse(mac(second).equals(before), "the control");
                eventually("the neighbour was told", PATIENCE, () -> wire.there("ip", "neigh", "show", "198.51.100.90").contains(mac(second)));
                eventually("and reaches it", PATIENCE, () -> neighbourGetsAtOnce("198.51.100.90").equals(name(second)));
            }
        }
    }

    private static String mac(Container of) {
        return of.exec("/busybox", "cat", "/sys/class/net/lan0/address").run().stdout().strip();
    }

    @Test
    void privateContainersDoNotReachEachOther() {
        try (Network lan = lan("apart", "private"); Container web = served().network("apart").run(); Container other = idle().network("apart").run()) {
            eventually("the neighbour reaches it", PATIENCE, () -> neighbourGets(web.ipAddress()).equals(name(web)));
            assertEquals("", getAtOnce(other, web.ipAddress()));
        }
    }

    /** Frames between them go over the wire to a switch that sends them back, of which there is none here. */
    @Test
    void vepaContainersReachEachOtherOverTheSwitchAlone() {
        try (Network lan = lan("vepa", "vepa"); Container web = served().network("vepa").run(); Container other = idle().network("vepa").run()) {
            eventually("the neighbour reaches it", PATIENCE, () -> neighbourGets(web.ipAddress()).equals(name(web)));
            assertEquals("", getAtOnce(other, web.ipAddress()));
            String inside = "/proc/" + web.pid() + "/ns/net";
            assertTrue(output("nsenter", "--net=" + inside, "ip", "-d", "link", "show", "lan0").contains("mode vepa"));
        }
    }

    /** One container has the parent, with its MAC address. */
    @Test
    void passthruIsForOneContainer() {
        String mac = output("cat", "/sys/class/net/wire0/address").strip();
        try (Network lan = lan("through", "passthru")) {
            try (Container web = served().network("through").run()) {
                assertEquals(mac, web.exec("/busybox", "cat", "/sys/class/net/lan0/address").run().stdout().strip());
                eventually("the neighbour reaches it", PATIENCE, () -> neighbourGets(web.ipAddress()).equals(name(web)));
                NetworkProblem second = assertThrows(NetworkProblem.class, () -> idle().network("through").run());
                assertTrue(second.getMessage().contains("wire0") && second.getMessage().contains("EINVAL") && second.remedy().contains("passthru"), second.getMessage());
                assertEquals(1, lan.members().size());
            }
            try (Container web = served().network("through").run()) {
                eventually("the next one", PATIENCE, () -> neighbourGets(web.ipAddress()).equals(name(web)));
            }
        }
    }

    @Test
    void refusedByName() {
        NetworkProblem missing = assertThrows(NetworkProblem.class, () -> engine.networks().create("a", n -> n.driver("macvlan").option("parent", "eth77").subnet("10.40.0.0/24")));
        assertTrue(missing.getMessage().contains("eth77") && missing.remedy().contains("wire0"), missing.getMessage());
        NetworkProblem loopback = assertThrows(NetworkProblem.class, () -> engine.networks().create("a", n -> n.driver("macvlan").option("parent", "lo").subnet("10.40.0.0/24")));
        assertFalse(loopback.remedy().isEmpty());
        assertThrows(InvalidSpec.class, () -> engine.networks().create("a", n -> n.driver("macvlan").option("parent", "wire0")));
        assertThrows(InvalidSpec.class, () -> engine.networks().create("a", n -> n.driver("macvlan").option("parent", "wire0").subnet("10.40.0.0/24").option("macvlan_mode", "fast")));
        assertThrows(InvalidSpec.class, () -> engine.networks().create("a", n -> n.driver("macvlan").option("parent", "wire0").subnet("10.40.0.0/24").internal()));
        try (Network lan = lan("lan", "bridge")) {
            NetworkProblem port = assertThrows(NetworkProblem.class, () -> served().network("lan").port(80).run());
            assertTrue(port.getMessage().contains("80/tcp") && !port.remedy().isEmpty(), port.getMessage());
            assertTrue(assertThrows(NetworkProblem.class, () -> idle().network("lan").bandwidth("10mbit", "").run()).getMessage().contains("macvlan"));
            assertEquals(0, lan.members().size());
        }
    }
}
