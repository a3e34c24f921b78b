package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Faults;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** MAC and link-local addresses of the caller's choice: they work, hold as the others do, and are nobody else's. */
class LinkAddressesTest extends NetworkTest {
    private static final String MAC = "92:d0:c6:0a:29:33";
    private static final String LOCAL = "169.254.7.7";

    private ContainerBuilder on(String network) {
        return busybox("sleep", "600").network(network).stopTimeout(Duration.ZERO);
    }

    private static String mac(Container of) {
        return of.exec("/busybox", "cat", "/sys/class/net/eth0/address").run().stdout().strip();
    }

    @Test
    void theyWorkAndHold() {
        try (Network app = engine.networks().create("app", n -> n.ipv6()); Container web = web().network("app").macAddress(MAC).linkLocalIp(LOCAL).stopTimeout(Duration.ZERO).run();
                Container client = on("app").linkLocalIp("169.254.7.8").run(); Container plain = on("app").run()) {
            assertEquals(MAC, mac(web));
            eventually("at its address", PATIENCE, () -> get(client, web.ipAddress()).equals(name(web)));
            assertEquals(name(web), get(client, LOCAL), "and at its further one");
            assertEquals(name(web), get(web.ipAddress()), "from the host");
            assertEquals(0, client.exec("/busybox", "ping", "-6", "-c", "1", "-W", "10", web.ip6Address()).run().exitCode(), "over IPv6, whose link-local address follows from the MAC address");
            try (Faults cut = app.between(client, web).partition()) {
                assertEquals("", getAtOnce(client, web.ipAddress()), "faults know it by that MAC address");
            }
            assertEquals(name(web), get(client, web.ipAddress()));
            web.restart();
            eventually("after a restart", PATIENCE, () -> get(client, LOCAL).equals(name(web)));
            assertEquals(MAC, mac(web));
            app.disconnect(web);
            app.connect(web, n -> n.macAddress("92:d0:c6:0a:29:34"));
            assertEquals(name(web), get(client, web.ipAddress()), "given while it runs");
        }
    }

    @Test
    void nobodyElseHasThem() {
        try (Network app = engine.networks().create("app"); Container one = on("app").macAddress(MAC).linkLocalIp(LOCAL).run();
                Container evil = on("app").capAdd(Capability.NET_ADMIN).run()) {
            assertTrue(assertThrows(NetworkProblem.class, () -> on("app").macAddress(MAC).run()).getMessage().contains("container " + one.name() + " has it"));
            assertTrue(assertThrows(NetworkProblem.class, () -> on("app").linkLocalIp(LOCAL).run()).getMessage().contains("container " + one.name() + " has it"));
            String gateways = "02:42" + java.util.Arrays.stream(app.gateway().split("\\.")).map(b -> String.format(":%02x", Integer.parseInt(b))).collect(java.util.stream.Collectors.joining());
            assertTrue(assertThrows(NetworkProblem.class, () -> on("app").macAddress(gateways).run()).getMessage().contains("it is the gateway's"));
            assertTrue(assertThrows(NetworkProblem.class, () -> on("app").macAddress(mac(evil)).run()).getMessage().contains("that of whoever has the address"));
            evil.exec("/busybox", "ip", "addr", "add", "169.254.7.9/16", "dev", "eth0").run();
            assertEquals(1, evil.exec("/busybox", "ping", "-c", "1", "-W", "1", "-I", "169.254.7.9", LOCAL).run().exitCode(), "one that it was not given is of no use");
            assertEquals(2, app.members().size());
        }
    }

    @Test
    void otherDriversRefuseThem() {
        NetworkProblem refused = assertThrows(NetworkProblem.class, () -> {
            try (Wire wire = new Wire(); Network lan = engine.networks().create("lan", n -> n.driver("macvlan").option("parent", "wire0").subnet("198.51.100.0/24"))) {
                on("lan").macAddress(MAC).run();
            }
        });
        assertTrue(refused.getMessage().contains("macvlan") && refused.remedy().contains("driver bridge"), refused.getMessage());
    }
}
