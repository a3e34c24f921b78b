package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Network;
import dev.caisson.testkit.hosts.NetworkSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the router takes for itself, and whom the host forwards for. Rows 103 and 105. */
class RouterInputTest extends NetworkTest {
    private static int ping(Container from, String address) {
        return from.exec("/busybox", "ping", "-c", "1", "-W", "1", address).run().exitCode();
    }

    @Test
    void aContainerReachesTheGatewayOfItsOwnNetworkAlone() {
        try (Network app = engine.networks().create("app", n -> n.ipv6()); Network other = engine.networks().create("other", n -> n.ipv6());
                Container one = busybox("sleep", "600").network("app").stopTimeout(Duration.ZERO).run()) {
            eventually("the control", PATIENCE, () -> ping(one, app.gateway()) == 0);
            eventually("the control", PATIENCE, () -> ping(one, app.gateway6()) == 0);
            assertEquals(1, ping(one, other.gateway()), "the router has it, and is not asked by this network");
            assertEquals(1, ping(one, other.gateway6()));
            String uplink = inRouter("ip", "-4", "-o", "addr", "show", "uplink").replaceFirst("(?s).*inet ([0-9.]+)/.*", "$1");
            String uplink6 = inRouter("ip", "-6", "-o", "addr", "show", "uplink", "scope", "global").replaceFirst("(?s).*inet6 ([0-9a-f:]+)/.*", "$1");
            assertTrue(uplink.endsWith(".255.254") && uplink6.startsWith("fd"), uplink + " " + uplink6);
            assertEquals(1, ping(one, uplink));
            assertEquals(1, ping(one, uplink6));
        }
    }

    /** A host that forwarded nothing begins to with the first container: for containers, not for strangers. */
    @Test
    void aHostThatForwardedNothingBeginsToForNoStranger() throws IOException {
        assertEquals("", strangers("0"), "it forwarded nothing before");
        assertEquals("1\n", strangers("1"), "the control: where it did before, it still does");
    }

    private String strangers(String before) throws IOException {
        Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), before);
        try (Wire near = new Wire(); NetworkSpace far = NetworkSpace.make()) {
            output("ip", "link", "add", "wire2", "type", "veth", "peer", "name", "wire3", "netns", "" + far.pid());
            output("ip", "addr", "add", "203.0.113.1/24", "dev", "wire2");
            output("ip", "link", "set", "wire2", "up");
            far.shell("ip addr add 203.0.113.2/24 dev wire3; ip link set wire3 up; ip route add default via 203.0.113.1");
            near.there("ip", "route", "add", "203.0.113.0/24", "via", Wire.HERE);
            try (dev.caisson.Engine own = dev.caisson.Engine.builder().root(directory.resolve("forward" + before)).runDirectory(directory.resolve("forward-run" + before)).build();
                    Container web = own.rootfs(root.path()).bindReadOnly(Path.of("/bin/busybox"), "/busybox").command("/busybox", "httpd", "-f", "-p", "80", "-h", "/").port(80)
                            .stopTimeout(Duration.ZERO).run()) {
                eventually("a stranger reaches what is published", PATIENCE, () -> body(near.there(client(Wire.HERE + ":" + web.port(80)))).equals(name(web)));
                assertEquals("1", Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward")).strip());
                return near.there("sh", "-c", "busybox ping -c 2 -W 3 203.0.113.2 > /dev/null && echo 1");
            }
        } finally {
            output("ip", "link", "del", "wire2");
            Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "1");
        }
    }
}
