package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Execution;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rules lead what the host's programs send to published ports of 127.0.0.1 to containers, and nothing from there to anything on 127.0.0.1. Row 102. */
class HostLoopbackTest extends NetworkTest {
    /** Operands: interface, MAC to send to, source and destination address, port, text. */
    private static final String SEND = """
            import socket, struct, sys
            dev, mac, src, dst, port, text = sys.argv[1:7]
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            s.bind((dev, 0))
            def checksum(b):
                n = sum(struct.unpack('!%dH' % (len(b) // 2), b))
                n = (n >> 16) + (n & 0xffff)
                return ~(n + (n >> 16)) & 0xffff
            udp = struct.pack('!HHHH', 7, int(port), 8 + len(text), 0) + text.encode()
            head = lambda c: struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(udp), 1, 0, 64, 17, c) + socket.inet_aton(src) + socket.inet_aton(dst)
            for i in range(3):
                s.send(bytes.fromhex(mac.replace(':', '')) + s.getsockname()[4] + b'\\x08\\x00' + head(checksum(head(0))) + udp)
            print('sent')
            """;

    private static String received(DatagramSocket socket, int milliseconds) throws IOException {
        socket.setSoTimeout(milliseconds);
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        try {
            socket.receive(packet);
            return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
        } catch (SocketTimeoutException e) {
            return "";
        }
    }

    private static DatagramSocket bound(String address) throws IOException {
        return new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), 0));
    }

    @Test
    void aContainerReachesNothingThere() throws IOException {
        try (DatagramSocket here = bound("127.0.0.1"); DatagramSocket everywhere = bound("0.0.0.0");
                Container attacker = engine.hostRoot().network("bridge").stopTimeout(Duration.ZERO).command("sleep", "600").run()) {
            String gateway = hostEnd();
            assertEquals(0, attacker.exec("/bin/busybox", "ping", "-c", "1", "-W", "5", gateway).run().exitCode());
            String router = attacker.exec("sh", "-c", "ip neigh show dev eth0 | sed -n 's/.*lladdr \\([0-9a-f:]*\\) .*/\\1/p' | head -1").run().stdout().strip();
            assertEquals("sent\n", send(attacker, router, attacker.ipAddress(), gateway, everywhere.getLocalPort(), "control"));
            assertEquals("control", received(everywhere, 30_000), "an address of the host that it may reach");
            assertEquals("sent\n", send(attacker, router, attacker.ipAddress(), "127.0.0.1", here.getLocalPort(), "forged"));
            assertEquals("sent\n", send(attacker, router, "127.0.0.1", "127.0.0.1", here.getLocalPort(), "forged"));
            assertEquals("sent\n", send(attacker, router, "127.0.0.1", gateway, everywhere.getLocalPort(), "from loopback"));
            assertEquals("", received(here, 1000));
            for (String text = received(everywhere, 1000); !text.isEmpty(); text = received(everywhere, 1000)) {
                assertEquals("control", text, "each was sent more than once");
            }
        }
    }

    private static String hostEnd() {
        return output("ip", "-o", "-4", "addr").lines().filter(l -> l.contains(" csn")).findFirst().orElseThrow().replaceFirst(".* inet ([0-9.]+)/.*", "$1");
    }

    private static String send(Container from, String mac, String source, String destination, int port, String text) {
        Execution sent = from.exec("/usr/bin/python3", "-c", SEND, "eth0", mac, source, destination, "" + port, text).run();
        return sent.stdout() + sent.stderr();
    }

    /** The uplink takes 127.0.0.1 for an address of its own, as answers need it: even somebody in the router can use that for nothing. */
    @Test
    void norWouldSomebodyInTheRouter() throws IOException {
        try (DatagramSocket here = bound("127.0.0.1"); DatagramSocket everywhere = bound("0.0.0.0"); Container web = web().port("127.0.0.1", 0, 80).run()) {
            answering(web);
            String address = hostEnd();
            String link = output("ip", "-o", "link").lines().filter(l -> l.contains(" csn")).findFirst().orElseThrow();
            String mac = link.replaceFirst("(?s).*link/ether ([0-9a-f:]+) .*", "$1");
            String source = web.ipAddress();
            assertEquals("sent\n", inRouter("python3", "-c", SEND, "uplink", mac, source, address, "" + everywhere.getLocalPort(), "control"));
            assertEquals("control", received(everywhere, 30_000));
            for (String forged : new String[] {source, "127.0.0.1"}) {
                assertEquals("sent\n", inRouter("python3", "-c", SEND, "uplink", mac, forged, "127.0.0.1", "" + here.getLocalPort(), "forged"));
            }
            assertEquals("", received(here, 1000));
        }
    }

    @Test
    void aPortBehindWhichNobodyListensRefuses() throws IOException {
        try (Container idle = busybox("sleep", "600").stopTimeout(Duration.ZERO).port(80).port("127.0.0.1", 0, 81).run(); Container web = web().port(80).run()) {
            for (int port : new int[] {80, 81}) {
                assertThrows(ConnectException.class, () -> new Socket("127.0.0.1", idle.port(port)).close());
            }
            answering(web);
            new Socket("127.0.0.1", web.port(80)).close();
        }
    }
}
