package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Exec;
import dev.caisson.Execution;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Frames that a container makes by hand, with the NET_RAW it has anyway: router advertisements and poisoned ARP. Rows 100 and 111. */
class SpoofingTest extends NetworkTest {
    private static final String SEND = """
            import socket, struct, sys
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            s.bind(('eth0', 0))
            own = s.getsockname()[4]
            ip = socket.inet_aton
            def arp(op, mac, sender, to_mac, target):
                return to_mac + own + b'\\x08\\x06' + struct.pack('!HHBBH', 1, 0x800, 6, 4, op) + mac + ip(sender) + to_mac + ip(target)
            def checksum(b):
                n = sum(struct.unpack('!%dH' % (len(b) // 2), b))
                n = (n >> 16) + (n & 0xffff)
                return ~(n + (n >> 16)) & 0xffff
            def advertisement():
                src, dst = socket.inet_pton(socket.AF_INET6, 'fe80::bad'), socket.inet_pton(socket.AF_INET6, 'ff02::1')
                def icmp(c):
                    return struct.pack('!BBHBBHII', 134, 0, c, 64, 0, 1800, 0, 0) + b'\\x03\\x04\\x40\\xc0' + struct.pack('!III', 9000, 9000, 0) + socket.inet_pton(socket.AF_INET6, '2001:db8::')
                body = icmp(checksum(src + dst + struct.pack('!II', len(icmp(0)), 58) + icmp(0)))
                return b'\\x33\\x33\\0\\0\\0\\x01' + own + b'\\x86\\xdd' + struct.pack('!IHBB', 6 << 28, len(body), 58, 255) + src + dst + body
            everybody = b'\\xff' * 6
            """;
    /** Prints the type and sender of what comes, and of an advertisement its length, until ARP from "done" comes. */
    private static final String LISTEN = """
            import socket
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            s.bind(('eth0', 3))
            s.settimeout(90)
            print('listening', flush=True)
            while True:
                m, a = s.recvfrom(2000)
                if a[2] == socket.PACKET_OUTGOING:
                    continue
                kind = m[12:14].hex()
                if kind == '86dd':
                    print('ipv6', flush=True)
                if kind == '0806' and m[38:42] == socket.inet_aton('%s'):
                    print('done', flush=True)
                    break
            """;

    private ContainerBuilder debian() {
        return engine.hostRoot().network("bridge").stopTimeout(Duration.ZERO).command("sleep", "600");
    }

    private static Execution python(Container in, String program) {
        return in.exec("/usr/bin/python3", "-c", program).run();
    }

    private static void send(Container from, String what) {
        Execution sent = python(from, SEND + what + "\nprint('sent')\n");
        assertEquals("sent\n", sent.stdout(), sent.stderr());
    }

    @BeforeEach
    void ipv6IsThere() {
        assertTrue(java.nio.file.Files.exists(java.nio.file.Path.of("/proc/net/if_inet6")), "a kernel without IPv6 would show nothing");
    }

    /** The neighbour has IPv6 switched on and takes advertisements, as privileged() can: what comes shows on its interface. Row 100. */
    @Test
    void aRouterAdvertisementReachesNobody() {
        try (Container evil = debian().run(); Container neighbour = debian().privileged().run()) {
            assertEquals(0, neighbour.exec("sh", "-c", "cd /proc/sys/net/ipv6/conf/eth0; echo 0 > disable_ipv6; echo 2 > accept_ra; cat accept_ra").run().exitCode());
            Exec listening = neighbour.exec("/usr/bin/python3", "-c", LISTEN.formatted(evil.ipAddress())).start();
            eventually("it listens", PATIENCE, () -> python(neighbour, "print(open('/proc/net/packet').read().count('\\n'))").stdout().strip().equals("2"));
            send(evil, "for i in range(3): s.send(advertisement())\ns.send(arp(1, own, '" + evil.ipAddress() + "', everybody, '" + evil.ipAddress() + "'))");
            assertEquals("listening\ndone\n", listening.await().stdout(), "ARP of its own came, no IPv6");
            assertEquals("", neighbour.exec("ip", "-6", "route", "show", "default").run().stdout());
            assertFalse(neighbour.exec("ip", "-6", "addr").run().stdout().contains("2001:db8"));
            assertFalse(output("ip", "-6", "route").contains("fe80::bad"), "nor the host");
        }
    }

    /** "The web server's address is at my MAC address", to everybody and to one alone. Row 111. */
    @Test
    void aPoisonedNeighbourTableOfAThirdStaysRight() {
        try (Container web = web().network("bridge").run(); Container evil = debian().run(); Container third = debian().run()) {
            answering(web);
            assertTrue(third.exec("bash", "-c", "exec 3<>/dev/tcp/" + web.ipAddress() + "/80").run().exitCode() == 0, "it knows the web server now");
            String right = mac(third, web.ipAddress());
            assertTrue(right.startsWith("02:42"), right);
            String attacked = "bytes.fromhex('" + third.exec("cat", "/sys/class/net/eth0/address").run().stdout().strip().replace(":", "") + "')";
            for (String to : new String[] {"everybody", attacked}) {
                for (int op = 1; op <= 2; op++) {
                    send(evil, "for i in range(5): s.send(arp(" + op + ", own, '" + web.ipAddress() + "', " + to + ", '" + third.ipAddress() + "'))");
                }
            }
            third.exec("bash", "-c", "exec 3<>/dev/tcp/" + evil.ipAddress() + "/80").run();
            assertTrue(mac(third, evil.ipAddress()).startsWith("02:42"), "the control: ARP that is true is heard");
            assertEquals(right, mac(third, web.ipAddress()));
            assertEquals(0, third.exec("bash", "-c", "exec 3<>/dev/tcp/" + web.ipAddress() + "/80").run().exitCode());
        }
    }

    /** What a container holds to be the MAC address of another. */
    private static String mac(Container in, String address) {
        return in.exec("ip", "neigh", "show", address).run().stdout().replaceFirst("(?s).*lladdr ([0-9a-f:]+).*", "$1");
    }
}
