package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.NetworkProblem;
import dev.caisson.network.bridge.Trunk;
import dev.caisson.network.overlay.Host.Inhabitant;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.network.Network;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.Wire;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Without etcd; and what strangers send to the port. */
class StaticPeersTest extends OverlayTest {
    private static final int VNI = 77;

    @Override
    boolean wantsEtcd() {
        return false;
    }

    private Network network(Host host, String range, int other, String otherRange) {
        return host.network("mesh", "subnet", "10.50.0.0/24", "ip-range", range, OverlayPlan.VNI, "" + VNI, "peers", Wire.address(other) + "=" + otherRange);
    }

    @Test
    void addressesSayWhoseTheyAre() {
        Network left = network(one, "10.50.0.0/26", 2, "10.50.0.64/26");
        Network right = network(two, "10.50.0.64/26", 1, "10.50.0.0/26");
        Inhabitant a = one.container(left, "", "a");
        Inhabitant b = two.container(right, "", "b");
        Inhabitant c = two.container(right, "10.50.0.99", "c");
        assertTrue(Prefix.parse("10.50.0.0/26").contains(Prefix.parseAddress(a.address())) && Prefix.parse("10.50.0.64/26").contains(Prefix.parseAddress(b.address())));
        assertTrue(a.reaches(b.address()) && b.reaches(a.address()) && a.reaches(c.address()));
        one.space.shell("nft add table ip seen && nft add chain ip seen out '{ type filter hook output priority 0; }' && nft add rule ip seen out udp dport 4789 counter");
        assertFalse(a.pings("10.50.0.200"));
        assertTrue(one.space.shell("nft list table ip seen").contains("counter packets 0 "), "nobody's: not asked for over there");
        assertTrue(assertThrows(NetworkProblem.class, () -> one.container(left, "10.50.0.99", "d")).getMessage().contains("host " + Wire.address(2) + " has it"));
        assertTrue(assertThrows(NetworkProblem.class, () -> one.container(left, "10.50.0.200", "d")).getMessage().contains("10.50.0.0/26"));
        a.leave();
        one.remove(left);
        assertFalse(b.pings(a.address()));
    }


    /** Row 109: a packet of the network's number is taken from a peer, for what the peer has, to a container. All else is dropped. */
    @Test
    void forgedPackets() throws Exception {
        Network left = network(one, "10.50.0.0/26", 2, "10.50.0.64/26");
        Inhabitant victim = one.container(left, "", "victim");
        NetworkSpace attacker = wire.host();
        attacker.shell("ip addr add " + Wire.address(2) + "/32 dev eth0");
        InetAddress any = InetAddress.getByName("0.0.0.0");
        DatagramSocket socket = victim.space().in(() -> new DatagramSocket(9999, any));
        try {
            socket.setSoTimeout(30_000);
            int target = Prefix.parseAddress(victim.address());
            int peer = Prefix.parseAddress("10.50.0.70");
            byte[] toVictim = Trunk.mac(target);
            send(attacker, Wire.address(3), frame(VNI, toVictim, Trunk.mac(peer), 0x0800, peer, target, "a stranger"));
            send(attacker, Wire.address(2), frame(VNI, toVictim, Trunk.mac(peer + 1), 0x0800, peer, target, "another's MAC"));
            send(attacker, Wire.address(2), frame(VNI, toVictim, Trunk.mac(Prefix.parseAddress("10.50.0.200")), 0x0800, Prefix.parseAddress("10.50.0.200"), target, "beyond its part"));
            send(attacker, Wire.address(2), frame(VNI, toVictim, Trunk.mac(Prefix.parseAddress("10.50.0.1")), 0x0800, Prefix.parseAddress("10.50.0.1"), target, "the gateway"));
            send(attacker, Wire.address(2), frame(VNI, toVictim, Trunk.mac(peer), 0x0800, Prefix.parseAddress("8.8.8.8"), target, "from outside"));
            send(attacker, Wire.address(2), frame(VNI + 1, toVictim, Trunk.mac(peer), 0x0800, peer, target, "another number"));
            send(attacker, Wire.address(2), frame(VNI, toVictim, Trunk.mac(peer), 0x86dd, peer, target, "not IPv4"));
            send(attacker, Wire.address(2), frame(VNI, Trunk.mac(Prefix.parseAddress("10.50.0.1")), Trunk.mac(peer), 0x0800, peer, target, "over the router"));
            send(attacker, Wire.address(2), Arrays.copyOf(frame(VNI, toVictim, Trunk.mac(peer), 0x0800, peer, target, "short"), 20));
            send(attacker, Wire.address(2), frame(VNI, toVictim, Trunk.mac(peer), 0x0800, peer, target, "the control"));
            DatagramPacket first = new DatagramPacket(new byte[100], 100);
            socket.receive(first);
            assertEquals("the control", new String(first.getData(), 0, first.getLength(), StandardCharsets.UTF_8), "it is the last that was sent, and the first that arrives");
            assertArrayEquals(Prefix.bytes(peer), first.getAddress().getAddress());
        } finally {
            socket.close();
        }
    }

    private static void send(NetworkSpace from, String address, byte[] packet) {
        send(from, address, 4789, packet);
    }

    static void send(NetworkSpace from, String address, int port, byte[] packet) {
        from.in(() -> {
            try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, 0))) {
                socket.send(new DatagramPacket(packet, packet.length, new InetSocketAddress(Wire.address(1), port)));
            }
            return null;
        });
    }

    /** VXLAN, Ethernet, IPv4, UDP. */
    static byte[] frame(int vni, byte[] toMac, byte[] fromMac, int type, int from, int to, String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(8 + 14 + 20 + 8 + body.length);
        out.putInt(0x08000000).putInt(vni << 8).put(toMac).put(fromMac).putShort((short) type);
        int ip = out.position();
        out.put((byte) 0x45).put((byte) 0).putShort((short) (28 + body.length)).putInt(0).put((byte) 64).put((byte) 17).putShort((short) 0).putInt(from).putInt(to);
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += Short.toUnsignedInt(out.getShort(ip + i));
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        out.putShort(ip + 10, (short) ~((sum & 0xffff) + (sum >>> 16)));
        return out.putShort((short) 5555).putShort((short) 9999).putShort((short) (8 + body.length)).putShort((short) 0).put(body).array();
    }
}
