package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.bridge.Trunk;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.testkit.Patience;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.Wire;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes from host to host of an encrypted network, and who is heard there. Row 109. Each was seen on Debian's stock kernel, which has WireGuard. */
class EncryptedTest extends EncryptionTest {
    private static final String[] MESH = with("encrypted", "true", "subnet", "10.50.0.0/24", OverlayPlan.VNI, "77");

    @Test
    void nothingGoesOverTheWireInPlain() {
        needsWireGuard();
        Pair pair = pair("mesh", with("encrypted", "true"));
        String heard = Overheard.during(middle(), () -> assertTrue(Overheard.said(pair.a(), pair.b())));
        assertTrue(heard.contains("'mark': 0") && heard.contains("51820: ") && !heard.contains("4789: "), heard);
    }

    /** The control, on every kernel: who listens at the switch does hear what is not encrypted. */
    @Test
    void withoutItAllGoesOverTheWireInPlain() {
        Pair pair = pair("open", with());
        String heard = Overheard.during(middle(), () -> assertTrue(Overheard.said(pair.a(), pair.b())));
        assertTrue(heard.contains("4789: ") && !heard.contains("51820: ") && !heard.contains("'mark': 0"), heard);
    }

    @Test
    void framesAreAsLongAsFitsIntoTheTunnel() {
        needsWireGuard();
        var made = container(one, network(one, "mesh", MESH), "", "a");
        assertTrue(made.space().output("ip", "-o", "link", "show", "eth0").contains(" mtu 1390 "), "1500 of the underlay less 110");
    }

    @Test
    void whoLeavesIsNotReached() {
        needsWireGuard();
        Pair pair = pair("mesh", with("encrypted", "true"));
        assertEquals(List.of(), one.problems(pair.left()));
        pair.a().leave();
        one.remove(pair.left());
        assertFalse(pair.b().pings(pair.a().address()));
    }

    @Test
    void whoHasNoKeyIsSentNothing() {
        needsWireGuard();
        Pair pair = pair("mesh", MESH);
        wire.host();
        String member = "{\"ip\":\"10.50.0.9\",\"mac\":\"02:42:0a:32:00:09\",\"host\":\"192.168.77.13\",\"id\":\"x\",\"names\":[\"x\"]}";
        assertTrue(etcd.call("kv/put", key("mesh/10.50.0.9") + ",\"value\":\"" + base64(member) + "\"}").contains("revision"));
        eventually("it is known", () -> pair.a().resolves("x").equals(List.of("10.50.0.9")));
        String heard = Overheard.during(middle(), () -> assertFalse(pair.a().pings("10.50.0.9")));
        assertTrue(heard.contains("'third': 0"), "not even a handshake: " + heard);
        String reached = Overheard.during(middle(), () -> eventually("the third host answers", () -> one.space.output("busybox", "ping", "-c", "1", "-W", "1", Wire.address(3)).contains(" 0% packet loss")));
        assertFalse(reached.contains("'third': 0"), "the control: " + reached);
    }

    @Test
    void whoHasNoKeyIsNotHeard() throws Exception {
        needsWireGuard();
        Pair pair = pair("mesh", MESH);
        NetworkSpace third = wire.host();
        third.shell("ip addr add " + Wire.address(2) + "/32 dev eth0"); // whatever address it sends from
        assertEquals("y", firstHeard(pair, third), "the control is the first that arrives");
    }

    /** The control of that, on every kernel: the same packet is heard where nothing is encrypted, since it comes from the address of the host that has the sender. */
    @Test
    void whoSendsFromTheAddressOfAHostIsHeardWithoutIt() throws Exception {
        Pair pair = pair("mesh", with("subnet", "10.50.0.0/24", OverlayPlan.VNI, "77"));
        NetworkSpace third = wire.host();
        third.shell("ip addr add " + Wire.address(2) + "/32 dev eth0");
        assertEquals("forged", firstHeard(pair, third));
    }

    /** Forged packets of b's to a, then one of b's own. */
    private static String firstHeard(Pair pair, NetworkSpace third) throws Exception {
        InetAddress any = InetAddress.getByName("0.0.0.0");
        try (DatagramSocket socket = pair.a().space().in(() -> new DatagramSocket(9999, any))) {
            socket.setSoTimeout((int) Patience.of(30_000));
            int target = Prefix.parseAddress(pair.a().address());
            int peer = Prefix.parseAddress(pair.b().address());
            for (int port : new int[] {4789, 51820}) {
                StaticPeersTest.send(third, Wire.address(2), port, StaticPeersTest.frame(77, Trunk.mac(target), Trunk.mac(peer), 0x0800, peer, target, "forged"));
            }
            Overheard.say(pair.b(), pair.a(), "y");
            DatagramPacket first = new DatagramPacket(new byte[100], 100);
            socket.receive(first);
            return new String(first.getData(), 0, first.getLength(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aKeyThatSomebodyDeletesIsSaidAgain() {
        needsWireGuard();
        Pair pair = pair("mesh", MESH);
        String key = key("mesh/host/" + Wire.address(2)) + "}";
        assertTrue(etcd.call("kv/range", key).contains("\"kvs\""), "it is there");
        assertTrue(etcd.call("kv/deleterange", key).contains("\"deleted\""));
        eventually("it is there again", () -> etcd.call("kv/range", key).contains("\"kvs\""));
        eventually("and they reach each other", () -> pair.b().reaches(pair.a().address()));
    }
}
