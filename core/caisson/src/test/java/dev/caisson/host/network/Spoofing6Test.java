package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Exec;
import dev.caisson.Execution;
import dev.caisson.Network;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a container with NET_RAW makes by hand on a network with IPv6: router advertisements, openly and behind headers, redirects, and another's address. Rows 100 and 111. */
class Spoofing6Test extends NetworkTest {
    /** Every frame has the attacker's own MAC address, as the bridge would drop it otherwise anyway. Operands: its own address, the victim's. */
    private static final String ATTACK = """
            import socket, struct
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            s.bind(('eth0', 0))
            mac = s.getsockname()[4]
            pton = lambda a: socket.inet_pton(socket.AF_INET6, a)
            own, victim, all = pton('%s'), pton('%s'), pton('ff02::1')
            local = pton('fe80::') [:8] + bytes([mac[0] ^ 2]) + mac[1:3] + b'\\xff\\xfe' + mac[3:]
            def checksum(b):
                n = sum(struct.unpack('!%%dH' %% (len(b) // 2), b))
                n = (n >> 16) + (n & 0xffff)
                return ~(n + (n >> 16)) & 0xffff
            def icmp(src, kind, rest, dst=all):
                m = lambda c: struct.pack('!BBH', kind, 0, c) + rest
                return m(checksum(src + dst + struct.pack('!II', len(m(0)), 58) + m(0)))
            def send(src, next, body):
                s.send(b'\\x33\\x33\\0\\0\\0\\x01' + mac + b'\\x86\\xdd' + struct.pack('!IHBB', 6 << 28, len(body), next, 255) + src + all + body)
            ra = struct.pack('!BBHII', 64, 0, 1800, 0, 0) + b'\\x03\\x04\\x40\\xc0' + struct.pack('!III', 9000, 9000, 0) + pton('2001:db8::')
            redirect = b'\\0' * 4 + local + pton('2001:db8:9::1')
            option = b'\\x02\\x01' + mac
            padding = lambda next: bytes([next, 0, 1, 4, 0, 0, 0, 0])
            fragment = lambda next, offset, more: struct.pack('!BBHI', next, 0, offset | more, 7)
            for src in (local, own, pton('fe80::bad'), b'\\0' * 16):
                a = icmp(src, 134, ra)
                send(src, 58, a)
                send(src, 0, padding(58) + a)
                send(src, 60, padding(58) + a)
                send(src, 60, padding(60) + padding(58) + a)
                send(src, 43, bytes([58, 0, 0, 0, 0, 0, 0, 0]) + a)
                send(src, 44, fragment(58, 0, 0) + a)
                send(src, 44, fragment(60, 0, 1) + padding(58))
                send(src, 44, fragment(60, 8, 0) + a)
                send(src, 51, bytes([58, 1, 0, 0]) + b'\\0' * 8 + a)
                send(src, 58, icmp(src, 137, redirect))
                send(src, 58, icmp(src, 136, b'\\x20\\0\\0\\0' + victim + option))
            send(victim, 58, icmp(victim, 136, b'\\x20\\0\\0\\0' + victim + option))
            send(victim, 58, icmp(victim, 135, b'\\0' * 4 + own + b'\\x01\\x01' + mac))
            send(victim, 17, struct.pack('!HHHH', 7, 7, 8, 0))
            send(own, 58, icmp(own, 136, b'\\x20\\0\\0\\0' + own + option))
            send(own, 58, icmp(own, 128, b'done'))
            print('sent')
            """;
    /** Prints what comes from the attacker's MAC address over IPv6, as next header and first byte, until its echo request. */
    private static final String LISTEN = """
            import socket
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            s.bind(('eth0', 3))
            s.settimeout(90)
            evil = bytes.fromhex('%s')
            print('listening', flush=True)
            while True:
                m, a = s.recvfrom(2000)
                if m[6:12] != evil or a[2] == socket.PACKET_OUTGOING or m[12:14] != b'\\x86\\xdd':
                    continue
                if m[20] == 58 and m[54] == 128:
                    print('echo', flush=True)
                    break
                if m[20] == 58 and m[54] == 135:
                    continue
                print(m[20], m[54], flush=True)
            """;

    private ContainerBuilder debian() {
        return engine.hostRoot().network("app").stopTimeout(Duration.ZERO).command("sleep", "600");
    }

    private static Execution python(Container in, String program) {
        return in.exec("/usr/bin/python3", "-c", program).run();
    }

    private static int ping(Container from, Container to, int bytes) {
        return from.exec("busybox", "ping", "-6", "-c", "1", "-s", "" + bytes, "-W", "5", to.ip6Address()).run().exitCode();
    }

    private static String mac(Container of) {
        return of.exec("cat", "/sys/class/net/eth0/address").run().stdout().strip();
    }

    /** The neighbour takes advertisements, as privileged() can have it. */
    @Test
    void advertisementsAndRedirectsReachNobody() {
        try (Network app = engine.networks().create("app", n -> n.ipv6()); Container evil = debian().run(); Container victim = debian().run();
                Container neighbour = debian().privileged().run()) {
            assertEquals("2\n", neighbour.exec("sh", "-c", "cd /proc/sys/net/ipv6/conf/eth0; echo 2 > accept_ra; cat accept_ra").run().stdout());
            assertEquals(0, ping(neighbour, victim, 56), "it knows where the victim is");
            Exec listening = neighbour.exec("/usr/bin/python3", "-c", LISTEN.formatted(mac(evil).replace(":", ""))).start();
            eventually("it listens", PATIENCE, () -> python(neighbour, "print(open('/proc/net/packet').read().count('\\n'))").stdout().strip().equals("2"));
            Execution sent = python(evil, ATTACK.formatted(evil.ip6Address(), victim.ip6Address()));
            assertEquals("sent\n", sent.stdout(), sent.stderr());
            assertEquals("listening\n58 136\necho\n", listening.await().stdout(), "where it is itself it may say, and nothing else came");
            assertFalse(neighbour.exec("ip", "-6", "route").run().stdout().contains("fe80::bad"));
            assertFalse(neighbour.exec("ip", "-6", "addr").run().stdout().contains("2001:db8"));
            String victims = neighbour.exec("ip", "neigh", "show", victim.ip6Address()).run().stdout();
            assertTrue(victims.contains(mac(victim)) && !victims.contains(mac(evil)), victims);
            assertEquals(0, ping(neighbour, victim, 4000), "an echo in fragments is no attack");
            assertFalse(inRouter("ip", "-6", "route").contains("2001:db8"), "nor the router");
            assertFalse(output("ip", "-6", "route").contains("2001:db8::"), "nor the host");
        }
    }

    /** The control: on a wire without the bridge's rules the same frames are taken. */
    @Test
    void theSameAdvertisementIsTakenWhereNothingDropsIt() {
        String script = """
                ip link add eth0 type veth peer name victim
                ip link set eth0 address 02:42:0a:28:00:05
                echo 2 > /proc/sys/net/ipv6/conf/victim/accept_ra; echo 0 > /proc/sys/net/ipv6/conf/victim/accept_dad
                ip link set eth0 up; ip link set victim up
                for i in $(seq 300); do
                  /usr/bin/python3 -c "$1" > /dev/null
                  ip -6 addr show dev victim | grep -q 2001:db8 && echo taken && exit
                  sleep 0.1
                done
                """;
        assertEquals("taken\n", output("unshare", "--net", "sh", "-c", script, "sh", ATTACK.formatted("fd00::5", "fd00::6")));
    }
}
