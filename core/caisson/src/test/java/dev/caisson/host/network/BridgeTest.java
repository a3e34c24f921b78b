package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.Faults;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What containers of the default bridge can do to each other and to the host. Rows 101 and 111. */
class BridgeTest extends NetworkTest {
    @Test
    void nobodyTakesAnothersAddress() {
        try (Container web = web().network("bridge").run(); Container evil = busybox("sleep", "100").network("bridge").capAdd(Capability.NET_ADMIN).run()) {
            answering(web);
            assertEquals(name(web), get(evil, web.ipAddress()), "the control");
            String spare = web.ipAddress().replaceFirst("\\.\\d+$", ".77");
            assertEquals(0, evil.exec("/busybox", "ip", "addr", "add", spare + "/17", "dev", "eth0").run().exitCode());
            evil.exec("/busybox", "ip", "addr", "del", evil.ipAddress() + "/17", "dev", "eth0").run();
            assertEquals("", getAtOnce(evil, web.ipAddress()), "an address that is not its own");
            evil.exec("/busybox", "ip", "addr", "del", spare + "/17", "dev", "eth0").run();
            evil.exec("/busybox", "ip", "addr", "add", evil.ipAddress() + "/17", "dev", "eth0").run();
            assertEquals(name(web), get(evil, web.ipAddress()), "its own again");
            evil.exec("/busybox", "ip", "link", "set", "eth0", "address", "02:00:00:00:00:01").run();
            assertEquals("", getAtOnce(evil, web.ipAddress()), "a MAC address that is not its own");
        }
    }

    @Test
    void thereIsNoIpv6ToAdvertiseOn() {
        try (Container one = busybox("sleep", "100").network("bridge").capAdd(Capability.NET_ADMIN).run();
                Container two = busybox("sleep", "100").network("bridge").run()) {
            assertFalse(two.exec("/busybox", "ip", "-6", "addr").run().stdout().contains("fe80"), "no link-local address");
            assertTrue(two.exec("/busybox", "ip", "-4", "addr").run().stdout().contains(two.ipAddress() + "/17"), "the control");
            assertNotEquals(one.ipAddress(), two.ipAddress());
        }
        assertFalse(output("ip", "-6", "addr").contains("csn"), "nor on the host's end");
    }

    @Test
    void itIsFoundByItsName() {
        assertEquals(Optional.empty(), engine.networks().find("brid"));
        Network bridge = engine.networks().find("bridge").orElseThrow();
        try (Container web = web().network("bridge").run(); Network app = engine.networks().create("app"); Container other = busybox("sleep", "100").network("app").run()) {
            answering(web);
            assertEquals("bridge", bridge.name() + bridge.labels().entrySet().stream().map(Object::toString).reduce("", String::concat));
            assertEquals(List.of(web.id() + " " + web.ipAddress() + bridge.subnet().replaceFirst(".*/", "/")), bridge.members().stream().map(m -> m.containerId() + " " + m.address()).toList());
            assertEquals("", get(other, web.ipAddress()), "the control");
            bridge.connect(other);
            assertEquals(name(web), get(other, web.ipAddress()));
            try (Faults cut = bridge.between(web, other).partition()) {
                assertEquals("", get(other, web.ipAddress()));
            }
            bridge.disconnect(other);
            assertEquals("", get(other, web.ipAddress()));
            assertEquals(bridge.id(), engine.networks().find(bridge.id()).orElseThrow().id());
            assertEquals(List.of(app), engine.networks().list(), "it was not made by anybody");
            assertTrue(assertThrows(NetworkProblem.class, bridge::remove).getMessage().contains("as long as it is open"));
            assertThrows(NetworkProblem.class, () -> engine.networks().remove("bridge"));
            answering(web);
        }
    }

    @Test
    void itKnowsItsOwnName() {
        String hosts = busybox("cat", "/etc/hosts").hostname("me").network("bridge").execute().stdout();
        assertTrue(hosts.lines().anyMatch(l -> l.matches("[0-9.]+\tme")), hosts);
    }

    @Test
    void theHostsTableIsThereWhileTheEngineIsAndEnginesDoNotCollide() {
        try (Container one = web().network("bridge").run(); dev.caisson.Engine second = dev.caisson.Engine.builder().root(directory.resolve("second"))
                .runDirectory(directory.resolve("second-run")).build()) {
            assertTrue(output("nft", "list", "tables").contains("caisson_"), "the control: there is one to be removed");
            try (Container two = second.rootfs(root.path()).bindReadOnly(java.nio.file.Path.of("/bin/busybox"), "/busybox")
                    .command("/busybox", "httpd", "-f", "-p", "80", "-h", "/").network("bridge").run()) {
                answering(one);
                answering(two);
                assertEquals(2, output("nft", "list", "tables").lines().filter(l -> l.contains("caisson_")).count());
                assertEquals("", getAtOnce(one, two.ipAddress()), "another engine's network");
            }
        }
        engine.close();
        assertEquals("", output("nft", "list", "tables"));
        assertFalse(output("ip", "link").contains("csn"));
    }
}
