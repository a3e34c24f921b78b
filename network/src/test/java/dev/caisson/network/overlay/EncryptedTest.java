package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.NetworkProblem;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.network.overlay.Host.Inhabitant;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.network.Network;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.RealEtcd;
import dev.caisson.testkit.hosts.Wire;
import dev.caisson.testkit.registry.Pki;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes from host to host, encrypted; where the kernel has no WireGuard, that is what is said. Row 109. */
class EncryptedTest extends OverlayTest {
    private static final String SECURE = "https://192.168.77.1:2379";
    private static final String MARK = "in-plain-sight";
    /** Counts what passes: frames with the mark, frames to a port, frames to the third host. */
    private static final String LISTENER = """
            import select, socket, struct, sys
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            s.bind(('port1', 0))
            print('ready', flush=True)
            seen = {'mark': 0, 'third': 0}
            while True:
                ready, _, _ = select.select([s, sys.stdin], [], [])
                if s in ready:
                    frame = s.recv(65536)
                    seen['mark'] += b'in-plain-sight' in frame
                    if len(frame) > 41 and frame[12:14] == b'\\x08\\x00':
                        seen['third'] += frame[30:34] == bytes([192, 168, 77, 13])
                        if frame[23] == 17:
                            port = struct.unpack('>H', frame[36:38])[0]
                            seen[port] = seen.get(port, 0) + 1
                elif sys.stdin in ready:
                    break
            print(seen, flush=True)
            """;

    private Path authority;
    private String[] secure;

    @Override
    boolean wantsEtcd() {
        return false;
    }

    @BeforeEach
    void begin() {
        Pki pki = new Pki(directory.resolve("pki"));
        Pki.Identity server = pki.issue("etcd", "IP:192.168.77.1,IP:127.0.0.1", "-days 2");
        authority = pki.directory().resolve("ca.crt");
        etcd = new RealEtcd(wire.middle(), directory.resolve("etcd"), "https", "--cert-file", server.certificate().toString(), "--key-file", server.key().toString());
        secure = new String[] {"etcd", SECURE, "etcd-ca", authority.toString()};
    }

    @AfterEach
    void check() {
        for (Host each : List.of(one, two)) {
            assertFalse(each.space.output("ip", "-o", "link").contains("caisson-wg"), "it is in a namespace of its own");
        }
    }

    private String[] with(String... more) {
        List<String> all = new ArrayList<>(Arrays.asList(secure));
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    private boolean refused() {
        String made = one.space.output("sh", "-c", "ip link add probe type wireguard 2>&1 && ip link del probe && echo made");
        if (made.contains("made")) {
            return false;
        }
        assertFalse(one.space.output("uname", "-v").contains("Debian"), "the stock kernel has it");
        UnsupportedOnThisHost missing = assertThrows(UnsupportedOnThisHost.class, () -> one.network("mesh", with("encrypted", "true")));
        assertTrue(missing.getMessage().contains("this kernel has no WireGuard") && missing.remedy().contains("modprobe wireguard"), missing.getMessage());
        assertFalse(etcd.call("kv/range", "{\"key\":\"AA==\",\"range_end\":\"AA==\"}", "--cacert", authority.toString()).contains("\"kvs\""), "nobody was told of it");
        return true;
    }

    private String heard(Runnable work) throws IOException {
        Process listener = new ProcessBuilder(wire.middle().command("python3", "-c", LISTENER)).redirectErrorStream(true).start();
        try {
            assertEquals('r', listener.getInputStream().read());
            work.run();
            Thread.sleep(200); // what is on its way
            listener.getOutputStream().close();
            return new String(listener.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            NetworkSpace.end(listener);
        }
    }

    /** Connects a new container; an etcd on emulated processors may be too slow at first. */
    private static Inhabitant container(Host on, Network network, String address, String name) {
        List<Inhabitant> made = new ArrayList<>();
        eventually("etcd says that the address is free", () -> {
            try {
                made.add(on.container(network, address, name));
            } catch (NetworkProblem e) {
                assertTrue(e.getMessage().contains("no answer within"), e.getMessage());
            }
            return !made.isEmpty();
        });
        return made.get(0);
    }

    /** Says the mark to an address, so often that one comes through. @return whether it was heard there */
    private static boolean said(Inhabitant from, Inhabitant to) {
        InetAddress any = new java.net.InetSocketAddress(0).getAddress();
        return to.space().in(() -> {
            try (DatagramSocket there = new DatagramSocket(9999, any)) {
                there.setSoTimeout(1000);
                for (int i = 0; i < 5; i++) {
                    from.space().in(() -> {
                        try (DatagramSocket here = new DatagramSocket()) {
                            byte[] text = MARK.getBytes(StandardCharsets.UTF_8);
                            here.send(new DatagramPacket(text, text.length, InetAddress.getByName(to.address()), 9999));
                        }
                        return null;
                    });
                    try {
                        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                        there.receive(packet);
                        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8).equals(MARK);
                    } catch (java.net.SocketTimeoutException e) {
                        // again
                    }
                }
                return false;
            }
        });
    }

    @Test
    void nothingGoesOverTheWireInPlain() throws IOException {
        if (refused()) {
            return;
        }
        Network left = one.network("mesh", with("encrypted", "true"));
        Network right = two.network("mesh", secure); // as the others have it
        Inhabitant a = container(one, left, "", "a");
        Inhabitant b = container(two, right, "", "b");
        eventually("they know each other", () -> b.resolves("a").size() == 1 && a.resolves("b").size() == 1);
        assertTrue(a.reaches(b.address()) && b.reaches(a.address()));
        assertTrue(a.space().output("ip", "-o", "link", "show", "eth0").contains(" mtu 1390 "), "1500 of the underlay less 110");
        String encrypted = heard(() -> assertTrue(said(a, b)));
        assertTrue(encrypted.contains("'mark': 0") && encrypted.contains("51820: ") && !encrypted.contains("4789: "), encrypted);

        Network openLeft = one.network("open", with("subnet", "10.60.0.0/24"));
        Network openRight = two.network("open", with("subnet", "10.60.0.0/24"));
        Inhabitant c = container(one, openLeft, "", "c");
        Inhabitant d = container(two, openRight, "", "d");
        eventually("they know each other", () -> c.resolves("d").size() == 1 && d.resolves("c").size() == 1);
        String plain = heard(() -> assertTrue(said(c, d)));
        assertTrue(plain.contains("4789: ") && !plain.contains("'mark': 0"), "the control: " + plain);

        assertTrue(assertThrows(NetworkProblem.class, () -> two.network("open", with("encrypted", "true"))).getMessage().contains("do not encrypt"));
        Network second = one.network("second", with("encrypted", "true"));
        assertTrue(two.network("second", with("encrypted", "true")).subnet().equals(second.subnet()), "a port of its own");
        assertEquals(List.of(), one.problems(left));
        one.remove(left);
        assertFalse(b.pings(a.address()));
    }

    @Test
    void whoHasNoKeyGetsNothingAndIsNotHeard() throws Exception {
        if (refused()) {
            return;
        }
        Network left = one.network("mesh", with("encrypted", "true", "subnet", "10.50.0.0/24", OverlayPlan.VNI, "77"));
        Network right = two.network("mesh", secure);
        Inhabitant a = container(one, left, "10.50.0.2", "a");
        Inhabitant b = container(two, right, "10.50.0.3", "b");
        eventually("they know each other", () -> a.resolves("b").size() == 1 && b.reaches(a.address()));

        NetworkSpace third = wire.host();
        String member = "{\"ip\":\"10.50.0.9\",\"mac\":\"02:42:0a:32:00:09\",\"host\":\"192.168.77.13\",\"id\":\"x\",\"names\":[\"x\"]}";
        put("/caisson/members/mesh/10.50.0.9", member);
        eventually("it is known", () -> a.resolves("x").equals(List.of("10.50.0.9")));
        String toThird = heard(() -> assertFalse(a.pings("10.50.0.9")));
        assertTrue(toThird.contains("'third': 0"), "not even a handshake: " + toThird);
        String reached = heard(() -> one.space.output("busybox", "ping", "-c", "1", "-W", "1", Wire.address(3)));
        assertFalse(reached.contains("'third': 0"), "the control: " + reached);

        third.shell("ip addr add " + Wire.address(2) + "/32 dev eth0"); // whatever address it sends from
        InetAddress any = InetAddress.getByName("0.0.0.0");
        try (DatagramSocket socket = a.space().in(() -> new DatagramSocket(9999, any))) {
            socket.setSoTimeout(10_000);
            int target = Prefix.parseAddress(a.address());
            int peer = Prefix.parseAddress(b.address());
            for (int port : new int[] {4789, 51820}) {
                StaticPeersTest.send(third, Wire.address(2), port, StaticPeersTest.frame(77, dev.caisson.network.bridge.Trunk.mac(target), dev.caisson.network.bridge.Trunk.mac(peer), 0x0800,
                        peer, target, "forged"));
            }
            b.space().in(() -> {
                try (DatagramSocket here = new DatagramSocket()) {
                    here.send(new DatagramPacket(new byte[] {'y'}, 1, InetAddress.getByName(a.address()), 9999));
                }
                return null;
            });
            DatagramPacket first = new DatagramPacket(new byte[100], 100);
            socket.receive(first);
            assertEquals("y", new String(first.getData(), 0, first.getLength(), StandardCharsets.UTF_8), "the control is the first that arrives");
        }
        etcd.call("kv/deleterange", "{\"key\":\"" + base64("/caisson/members/mesh/host/" + Wire.address(2)) + "\"}", "--cacert", authority.toString());
        eventually("a key that somebody deletes is said again", () -> keyOf(2) && b.reaches(a.address()));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private void put(String key, String value) {
        assertTrue(etcd.call("kv/put", "{\"key\":\"" + base64(key) + "\",\"value\":\"" + base64(value) + "\"}", "--cacert", authority.toString()).contains("revision"));
    }

    private boolean keyOf(int host) {
        return etcd.call("kv/range", "{\"key\":\"" + base64("/caisson/members/mesh/host/" + Wire.address(host)) + "\"}", "--cacert", authority.toString()).contains("\"kvs\"");
    }

    @Test
    void keysComeOverAWayThatNobodyChangesOrNotAtAll() {
        assertTrue(assertThrows(InvalidSpec.class, () -> one.network("mesh", "subnet", "10.50.0.0/24", "ip-range", "10.50.0.0/26", OverlayPlan.VNI, "77", "peers",
                Wire.address(2) + "=10.50.0.64/26", "encrypted", "true")).getMessage().contains("static peers"));
        if (refused()) {
            return;
        }
        NetworkProblem open = assertThrows(NetworkProblem.class, () -> one.network("mesh", "etcd", ETCD, "encrypted", "true"));
        assertTrue(open.getMessage().contains("http://192.168.77.1:2379") && open.remedy().contains("https://"), open.getMessage());
    }
}
