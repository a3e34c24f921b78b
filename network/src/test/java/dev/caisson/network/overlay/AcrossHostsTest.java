package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.NetworkProblem;
import dev.caisson.network.overlay.Host.Inhabitant;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.network.Network;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.Wire;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Containers of two hosts on one network. */
class AcrossHostsTest extends OverlayTest {
    private static final String TWO = Wire.address(2);

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private void put(String key, String value) {
        assertTrue(etcd.call("kv/put", "{\"key\":\"" + base64(key) + "\",\"value\":\"" + base64(value) + "\"}").contains("revision"));
    }

    private String keys() {
        return etcd.call("kv/range", "{\"key\":\"" + base64("/caisson/") + "\",\"range_end\":\"" + base64("/caisson0") + "\",\"keys_only\":true}");
    }

    @Test
    void theyReachEachOtherByNameAndNothingIsFlooded() throws IOException {
        Network left = one.network("mesh", "etcd", ETCD);
        Network right = two.network("mesh", "etcd", ETCD);
        assertEquals(left.subnet() + left.gateway(), right.subnet() + right.gateway());
        Inhabitant web = one.container(left, "", "web", "front");
        Inhabitant beside = one.container(left, "", "beside");
        Inhabitant client = two.container(right, "", "client");
        Inhabitant second = two.container(right, "", "second", "front");
        eventually("the name is known over there", () -> client.resolves("web").equals(List.of(web.address())));
        eventually("all of one alias", () -> client.resolves("front.mesh").size() == 2 && beside.resolves("front").size() == 2);
        assertEquals(4, List.of(web, beside, client, second).stream().map(Inhabitant::address).distinct().count());
        assertTrue(client.reaches(web.address()) && web.reaches(client.address()) && beside.reaches(web.address()));
        assertTrue(client.space().output("ip", "-o", "link", "show", "eth0").contains(" mtu 1450 "), "1500 of the underlay less 50");
        String much = "much ".repeat(40_000);
        Files.writeString(Files.createDirectory(directory.resolve("served")).resolve("file"), much);
        Process server = web.space().start("busybox", "httpd", "-f", "-p", "80", "-h", directory.resolve("served").toString());
        try {
            eventually("TCP, and in segments that fit", () -> client.space().output("curl", "-sS", "-m", "3", "http://" + web.address() + "/file").equals(much));
        } finally {
            NetworkSpace.end(server);
        }

        one.space.shell("nft add table ip seen && nft add chain ip seen out '{ type filter hook output priority 0; }' && nft add rule ip seen out udp dport 4789 counter");
        send(web, Prefix.text(Prefix.parse(left.subnet()).last()));
        send(web, "255.255.255.255");
        send(web, "224.0.0.1");
        List<String> taken = List.of(web.address(), beside.address(), client.address(), second.address()); // given out from anywhere in the subnet
        String nobodys = IntStream.range(200, 205).mapToObj(i -> left.subnet().replaceFirst("0/24$", "" + i)).filter(a -> !taken.contains(a)).findFirst().orElseThrow();
        assertFalse(web.pings(nobodys), "nobody's");
        String counted = one.space.shell("nft list table ip seen");
        assertTrue(counted.contains("counter packets 0 "), "broadcast, multicast and questions for nobody stay at home: " + counted);
        assertTrue(web.reaches(client.address()));
        assertFalse(one.space.shell("nft list table ip seen").contains("counter packets 0 "), "the control");

        second.leave();
        eventually("who left is forgotten", () -> beside.resolves("front").equals(List.of(web.address())));
        assertFalse(beside.pings(second.address()));
        assertTrue(assertThrows(NetworkProblem.class, () -> one.container(left, client.address(), "thief")).getMessage().contains("container client of host " + TWO));
        assertEquals(second.address(), one.container(left, second.address(), "heir").address(), "given back");
        assertEquals(List.of(), one.problems(left));
    }

    private static void send(Inhabitant from, String address) {
        from.space().in(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.send(new DatagramPacket(new byte[] {1}, 1, InetAddress.getByName(address), 9));
            }
            return null;
        });
    }

    /** Row 105: between networks, and row 109. */
    @Test
    void twoNetworksAreApart() {
        Network red = one.network("red", "etcd", ETCD);
        Network blue = one.network("blue", "etcd", ETCD, "subnet", "10.60.0.0/24", "internal", "true");
        Network redThere = two.network("red", "etcd", ETCD);
        Network blueThere = two.network("blue", "etcd", ETCD, "subnet", "10.60.0.0/24", "internal", "true");
        assertNotEquals(red.subnet(), blue.subnet());
        Inhabitant redOne = one.container(red, "", "r1");
        Inhabitant blueOne = one.container(blue, "", "b1");
        Inhabitant redTwo = two.container(redThere, "", "r2");
        Inhabitant blueTwo = two.container(blueThere, "", "b2");
        eventually("they know each other", () -> redTwo.resolves("r1").size() == 1 && blueTwo.resolves("b1").size() == 1);
        eventually("the other way round", () -> redOne.resolves("r2").size() == 1 && blueOne.resolves("b2").size() == 1);
        assertTrue(redTwo.reaches(redOne.address()) && blueTwo.reaches(blueOne.address()), "the control");
        List<Inhabitant> reds = List.of(redOne, redTwo);
        List<Inhabitant> blues = List.of(blueOne, blueTwo);
        List<String> across = reds.parallelStream().flatMap(r -> blues.parallelStream().filter(b -> r.pings(b.address()) || b.pings(r.address())).map(b -> r.address() + " and "
                + b.address())).toList();
        assertEquals(List.of(), across);
        assertEquals(List.of(), redTwo.resolves("b1"));
        redTwo.space().shell("ip route replace " + blue.subnet() + " via " + red.gateway());
        blueOne.space().shell("ip route replace " + red.subnet() + " via " + blue.gateway());
        assertFalse(redTwo.pings(blueOne.address()), "nor with routes of their own");
        assertTrue(assertThrows(NetworkProblem.class, () -> one.network("green", "etcd", ETCD, "subnet", "10.60.0.128/25")).getMessage().contains("overlaps"));
    }

    @Test
    void theHostsAgreeAndTheLastOneTidiesUp() {
        Network left = one.network("mesh", "etcd", ETCD, "subnet", "10.50.0.0/24", "gateway", "10.50.0.9", OverlayPlan.VNI, "77", "data-path-port", "4790");
        for (String[] other : new String[][] {{"subnet", "10.51.0.0/24"}, {OverlayPlan.VNI, "78"}, {"data-path-port", "4789"}}) {
            assertTrue(assertThrows(NetworkProblem.class, () -> two.network("mesh", "etcd", ETCD, other[0], other[1])).getMessage().contains("the other hosts have"), other[0]);
        }
        assertTrue(assertThrows(NetworkProblem.class, () -> two.network("other", "etcd", ETCD, OverlayPlan.VNI, "77")).getMessage().contains("'mesh' has it"));
        Network right = two.network("mesh", "etcd", ETCD);
        assertEquals("10.50.0.0/24 10.50.0.9", right.subnet() + " " + right.gateway());
        assertTrue(assertThrows(NetworkProblem.class, () -> two.network("mesh", "etcd", ETCD)).getMessage().contains("overlaps"), "a second time on one host");
        assertTrue(assertThrows(NetworkProblem.class, () -> two.network("big", "etcd", ETCD, OverlayPlan.MTU, "1500")).remedy().contains("1450"));
        one.remove(left);
        assertTrue(two.space.in(() -> two.driver.problems(right)).isEmpty() && keys().contains(base64("/caisson/networks/mesh")));
        two.remove(right);
        assertFalse(keys().contains("\"key\""), keys());
        assertEquals("10.52.0.0/24", one.network("mesh", "etcd", ETCD, "subnet", "10.52.0.0/24").subnet(), "free to be made anew");
    }

    /** Row 109: whoever can write into etcd makes nothing reachable that is not the network's. */
    @Test
    void whatIsWrittenByAnybodyIsNotTrusted() {
        put("/caisson/networks/evil", "{\"vni\":5,\"port\":4789,\"subnet\":\"8.8.8.0/24\",\"gateway\":\"8.8.8.1\"}");
        put("/caisson/hosts/evil/192.168.77.99", "x");
        assertTrue(assertThrows(NetworkProblem.class, () -> one.network("evil", "etcd", ETCD)).getMessage().contains("not private"));
        put("/caisson/networks/evil", "garbage");
        assertTrue(assertThrows(NetworkProblem.class, () -> one.network("evil", "etcd", ETCD)).getMessage().contains("not valid"));

        Network mesh = one.network("mesh", "etcd", ETCD, "subnet", "10.50.0.0/24");
        Inhabitant victim = one.container(mesh, "10.50.0.2", "victim");
        String good = "{\"ip\":\"10.50.0.77\",\"mac\":\"02:42:0a:32:00:4d\",\"host\":\"" + TWO + "\",\"id\":\"x\",\"names\":[\"x\"]}";
        put("/caisson/members/mesh/" + victim.address(), good.replace("10.50.0.77", victim.address()).replace(":4d", ":02"));
        put("/caisson/members/mesh/10.50.0.1", good.replace("10.50.0.77", "10.50.0.1").replace(":4d", ":01"));
        put("/caisson/members/mesh/8.8.8.8", good.replace("10.50.0.77", "8.8.8.8"));
        put("/caisson/members/mesh/../../x", good);
        put("/caisson/members/mesh/10.50.0.78", good);
        put("/caisson/members/mesh/10.50.0.79", "[".repeat(10_000));
        put("/caisson/members/mesh/10.50.0.77", good);
        eventually("what is valid is there", () -> victim.resolves("x").equals(List.of("10.50.0.77")));
        List<String> problems = one.problems(mesh);
        assertTrue(problems.stream().anyMatch(p -> p.startsWith("10.50.0.78 ")) && problems.stream().anyMatch(p -> p.startsWith("10.50.0.1 "))
                && problems.stream().anyMatch(p -> p.contains("container victim was given to container x")), problems.toString());
        assertEquals(List.of(victim.address()), victim.resolves("victim"));
        assertTrue(victim.reaches(mesh.gateway()), "the gateway is still its own");
    }
}
