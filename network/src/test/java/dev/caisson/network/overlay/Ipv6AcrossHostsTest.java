package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.NetworkProblem;
import dev.caisson.network.bridge.Trunk;
import dev.caisson.network.overlay.Host.Inhabitant;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** IPv6 on a network of two hosts: an address follows from that of IPv4, neighbours are known beforehand, and nothing that neighbours could be deceived with comes through. */
class Ipv6AcrossHostsTest extends OverlayTest {
    private static final int VNI = 77;
    private static final Prefix6 SUBNET = Prefix6.parse("fd12:3456:789a:5::/64");
    /** Says what of IPv6 arrives at a container: types of ICMPv6, and the payload of UDP; ends with the control. */
    private static final String LISTENER = """
            import socket
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86dd))
            s.bind(('eth0', 0))
            print('ready', flush=True)
            while True:
                frame, where = s.recvfrom(65536)
                if where[2] == socket.PACKET_OUTGOING:
                    continue
                if frame[:6] == bytes.fromhex('333300000016'): # what the router's own interfaces listen to (RFC 3810), told at some time; nothing forged goes there
                    continue
                if frame[20] == 58:
                    print('icmp', frame[54], flush=True)
                elif frame[20] == 17:
                    text = frame[62:].decode('latin1')
                    print(text, flush=True)
                    if text == 'the control':
                        break
                else:
                    print('next header', frame[20], flush=True)
            """;

    private static String follows(Network network, Inhabitant of) {
        return Trunk.address6(Prefix6.parse(network.subnet6()), Prefix.parseAddress(of.address())).text();
    }

    @Test
    void theyReachEachOtherByNameAndNothingIsFlooded() {
        Network left = one.network("mesh", "etcd", ETCD, "ipv6", "true");
        Network right = two.network("mesh", "etcd", ETCD);
        assertEquals(left.subnet6() + left.gateway6(), right.subnet6() + right.gateway6(), "as the others have it");
        assertTrue(left.subnet6().startsWith("fd") && left.subnet6().endsWith("::/64"), left.subnet6());
        Inhabitant a = one.container(left, "", "a");
        Inhabitant beside = one.container(left, "", "beside");
        Inhabitant b = two.container(right, "", "b", "front");
        assertEquals(follows(left, a), a.address6());
        assertEquals(follows(left, b), b.address6());
        eventually("the name is known over there", () -> a.resolves("front", "aaaa").equals(List.of(b.address6())) && b.resolves("a", "aaaa").equals(List.of(a.address6())));
        assertTrue(a.space().output("busybox", "nslookup", b.address6(), a.attachment().nameservers().get(0)).contains("b.mesh"));
        assertTrue(a.reaches(b.address6()) && b.reaches(a.address6()) && a.reaches(beside.address6()) && a.reaches(left.gateway6()) && a.reaches(b.address()));

        one.space.shell("nft add table ip seen && nft add chain ip seen out '{ type filter hook output priority 0; }' && nft add rule ip seen out udp dport 4789 counter");
        assertFalse(a.pings(Trunk.address6(Prefix6.parse(left.subnet6()), Prefix.parseAddress(a.address()) ^ 0x60).text()));
        a.space().output("busybox", "ping", "-c", "1", "-W", "1", "ff02::1%eth0");
        assertTrue(one.space.shell("nft list table ip seen").contains("counter packets 0 "), "nobody over there is asked for who is nobody's, nor for all");
        assertTrue(a.reaches(b.address6()));
        assertFalse(one.space.shell("nft list table ip seen").contains("counter packets 0 "), "the control");

        b.leave();
        eventually("it is forgotten", () -> a.resolves("front", "aaaa").isEmpty());
        assertFalse(a.pings(b.address6()));
    }

    @Test
    void aHostThatReturnsIsReachedAgain() {
        Network left = one.network("mesh", "etcd", ETCD, "etcd-ttl", "2s", "subnet6", SUBNET.toString());
        Network right = two.network("mesh", "etcd", ETCD, "etcd-ttl", "2s");
        assertEquals(SUBNET.toString(), right.subnet6(), "private");
        Inhabitant a = one.container(left, "", "a");
        Inhabitant b = two.container(right, "", "b");
        eventually("they know each other", () -> b.resolves("a", "aaaa").size() == 1 && a.resolves("b", "aaaa").size() == 1);
        wire.plugged(1, false);
        eventually("forgotten over there", () -> b.resolves("a", "aaaa").isEmpty());
        wire.plugged(1, true);
        eventually("back", () -> b.resolves("a", "aaaa").equals(List.of(a.address6())) && b.pings(a.address6()) && a.pings(b.address6()));
    }

    @Test
    void whatIsRefused() {
        Network left = one.network("mesh", "etcd", ETCD);
        assertEquals("", left.subnet6());
        assertTrue(assertThrows(NetworkProblem.class, () -> two.network("mesh", "etcd", ETCD, "ipv6", "true")).getMessage().contains("have no IPv6"));
        Network lab = one.network("lab", "etcd", ETCD, "subnet6", "2001:db8:5::/64");
        assertTrue(assertThrows(NetworkProblem.class, () -> two.network("lab", "etcd", ETCD)).getMessage().contains("2001:db8:5::/64, which is not private"));
        assertTrue(assertThrows(NetworkProblem.class, () -> two.network("lab", "etcd", ETCD, "subnet6", SUBNET.toString())).getMessage().contains("not " + SUBNET));
        two.network("lab", "etcd", ETCD, "subnet6", "2001:db8:5::/64");
        try (NetworkSpace inside = NetworkSpace.make()) {
            AttachRequest wanted = new AttachRequest("c", "c", lab, List.of("c"), List.of(), "", List.of(), List.of(), "2001:db8:5::77");
            NetworkProblem other = assertThrows(NetworkProblem.class, () -> one.space.in(() -> one.driver.attach(wanted, new NamespaceRef(inside.namespace().value()))));
            assertTrue(other.getMessage().contains("follows from the IPv4 address") && other.remedy().contains("ip(…)"), other.getMessage());
        }
    }

    private static byte[] frame(byte[] toMac, byte[] fromMac, Prefix6 from, Prefix6 to, int next, byte[] body) {
        return ByteBuffer.allocate(8 + 14 + 40 + body.length).putInt(0x08000000).putInt(VNI << 8).put(toMac).put(fromMac).putShort((short) 0x86dd).putInt(0x60000000).putShort((short) body.length)
                .put((byte) next).put((byte) 255).put(from.bytes()).put(to.bytes()).put(body).array();
    }

    /** With a checksum. */
    private static byte[] sealed(Prefix6 from, Prefix6 to, int next, int at, ByteBuffer body) {
        int sum = next + body.capacity();
        for (ByteBuffer part : List.of(ByteBuffer.wrap(from.bytes()), ByteBuffer.wrap(to.bytes()), body)) {
            for (int i = 0; i < part.capacity(); i++) {
                sum += (part.get(i) & 0xff) << (i % 2 == 0 ? 8 : 0);
            }
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return body.putShort(at, (short) ~sum).array();
    }

    private static byte[] udp(Prefix6 from, Prefix6 to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return sealed(from, to, 17, 6, ByteBuffer.allocate(8 + bytes.length).putShort((short) 5555).putShort((short) 9999).putShort((short) (8 + bytes.length)).putShort((short) 0).put(bytes));
    }

    /** A neighbour advertisement, router advertisement or redirect: all begin alike for who looks at the type. */
    private static byte[] icmp(Prefix6 from, Prefix6 to, int type, Prefix6 target) {
        return sealed(from, to, 58, 2, ByteBuffer.allocate(40).put((byte) type).put((byte) 0).putShort((short) 0).putInt(type == 134 ? 0x40000708 : 0x20000000).put(target.bytes()).put(target.bytes()));
    }

    /** Rows 109 and 111: of a peer's packets those are taken that its containers may send, from their own addresses; router advertisements, redirects and others' neighbour advertisements are not. */
    @Test
    void forgedPackets() throws IOException {
        Network left = one.network("mesh", "subnet", "10.50.0.0/24", "ip-range", "10.50.0.0/26", "subnet6", SUBNET.toString(), OverlayPlan.VNI, "" + VNI, "peers", Wire.address(2) + "=10.50.0.64/26");
        Inhabitant victim = one.container(left, "", "victim");
        NetworkSpace attacker = wire.host();
        attacker.shell("ip addr add " + Wire.address(2) + "/32 dev eth0");
        Process listener = new ProcessBuilder(victim.space().command("python3", "-c", LISTENER)).redirectErrorStream(true).start();
        try (BufferedReader heard = listener.inputReader(StandardCharsets.ISO_8859_1)) {
            assertEquals("ready", heard.readLine());
            int at = Prefix.parseAddress(victim.address());
            int peer = Prefix.parseAddress("10.50.0.70");
            byte[] toVictim = Trunk.mac(at);
            byte[] mac = Trunk.mac(peer);
            Prefix6 target = Trunk.address6(SUBNET, at);
            Prefix6 own = Trunk.address6(SUBNET, peer);
            Prefix6 gateway = Prefix6.parseAddress(left.gateway6());
            Prefix6 linkLocal = Prefix6.parseAddress("fe80::42:aff:fe32:46");
            Prefix6 all = Prefix6.parseAddress("ff02::1");
            byte[] toAll = {0x33, 0x33, 0, 0, 0, 1};
            send(attacker, Wire.address(3), frame(toVictim, mac, own, target, 17, udp(own, target, "a stranger")));
            send(attacker, Wire.address(2), frame(toVictim, Trunk.mac(peer + 1), own, target, 17, udp(own, target, "another's MAC")));
            for (Prefix6 from : List.of(Trunk.address6(SUBNET, peer + 1), gateway, target, Prefix6.parseAddress("2001:db8::1"), linkLocal)) {
                send(attacker, Wire.address(2), frame(toVictim, mac, from, target, 17, udp(from, target, "from " + from.text())));
            }
            for (int type : new int[] {134, 137, 130, 143, 138}) {
                for (Prefix6 from : List.of(own, linkLocal)) {
                    send(attacker, Wire.address(2), frame(toVictim, mac, from, target, 58, icmp(from, target, type, own)));
                    send(attacker, Wire.address(2), frame(toAll, mac, from, all, 58, icmp(from, all, type, own)));
                }
            }
            send(attacker, Wire.address(2), frame(toVictim, mac, own, target, 58, icmp(own, target, 136, gateway)));
            send(attacker, Wire.address(2), frame(toAll, mac, own, all, 58, icmp(own, all, 136, gateway)));
            byte[] hidden = icmp(own, target, 134, own);
            for (int header : new int[] {0, 60, 43}) { // hop-by-hop and destination options, routing
                send(attacker, Wire.address(2), frame(toVictim, mac, own, target, header, ByteBuffer.allocate(8 + hidden.length).put((byte) 58).put((byte) 0).put(new byte[6]).put(hidden).array()));
            }
            send(attacker, Wire.address(2), frame(toVictim, mac, own, target, 44, ByteBuffer.allocate(8 + hidden.length).put((byte) 58).put(new byte[7]).put(hidden).array()));
            send(attacker, Wire.address(2), frame(Trunk.mac(Prefix.parseAddress(left.gateway())), mac, own, target, 17, udp(own, target, "over the router")));
            send(attacker, Wire.address(2), frame(toVictim, mac, own, target, 17, udp(own, target, "the control")));
            assertEquals("the control", heard.readLine(), "it is the last that was sent, and the first that arrives");
        } finally {
            NetworkSpace.end(listener);
        }
    }

    private static void send(NetworkSpace from, String address, byte[] packet) {
        StaticPeersTest.send(from, address, 4789, packet);
    }
}
