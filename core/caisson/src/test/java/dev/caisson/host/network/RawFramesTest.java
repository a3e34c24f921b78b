package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Exec;
import dev.caisson.Execution;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Frames with one field forged and all others true, by the NET_RAW that a container has anyway: none comes out of the bridge, and the bridge learns nothing from it. Row 111. */
class RawFramesTest extends NetworkTest {
    /** Operands: the MAC and address of the victim, of a third, and the sender's own address. */
    private static final String SEND = """
            import socket, struct, time
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            s.bind(('eth0', 0))
            own = s.getsockname()[4]
            victim, vip, third, tip, ip = bytes.fromhex('%s'), socket.inet_aton('%s'), bytes.fromhex('%s'), socket.inet_aton('%s'), socket.inet_aton('%s')
            def checksum(b):
                n = sum(struct.unpack('!%%dH' %% (len(b) // 2), b))
                n = (n >> 16) + (n & 0xffff)
                return ~(n + (n >> 16)) & 0xffff
            def ipv4(mac, src, text, kind=b'\\x08\\x00'):
                udp = struct.pack('!HHHH', 7, 7, 8 + len(text), 0) + text
                head = lambda c: struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(udp), 1, 0, 64, 17, c) + src + vip
                s.send(victim + mac + kind + head(checksum(head(0))) + udp)
            def arp(mac, sha, spa, op=2):
                s.send(victim + mac + b'\\x08\\x06' + struct.pack('!HHBBH', 1, 0x800, 6, 4, op) + sha + spa + victim + vip)
            for i in range(3):
                ipv4(own, tip, b'forged address')
                ipv4(own, socket.inet_aton('198.51.100.9'), b'outside address')
                ipv4(own, b'\\0' * 4, b'no address')
                ipv4(third, ip, b'forged mac')
                ipv4(b'\\x02\\0\\0\\0\\0\\1', ip, b'no mac')
                ipv4(own, ip, b'in a vlan', b'\\x81\\0\\0\\1\\x08\\0')
                ipv4(own, ip, b'another type', b'\\x88\\xb5')
                for op in (1, 2):
                    arp(own, third, ip, op)
                    arp(own, own, tip, op)
                    arp(third, own, ip, op)
                    arp(third, third, tip, op)
            arp(own, own, ip)
            ipv4(own, ip, b'done')
            print('sent')
            """;
    /** Prints what comes to its own MAC address and is none of the neighbours' business as usual, until "done". */
    private static final String LISTEN = """
            import socket
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            s.bind(('eth0', 3))
            s.settimeout(90)
            own = s.getsockname()[4]
            print('listening', flush=True)
            while True:
                m, a = s.recvfrom(2000)
                if m[0:6] != own:
                    continue
                if m[12:14] == b'\\x08\\x06':
                    print('arp', m[6:12].hex(), m[22:28].hex(), socket.inet_ntoa(m[28:32]), flush=True)
                elif m[12:14] == b'\\x08\\x00' and m[23] == 17 and m[42:46] == b'done':
                    print('done', flush=True)
                    break
                elif m[12:14] != b'\\x08\\x00' or m[23] == 17:
                    print(m[12:14].hex(), m[42:], flush=True)
            """;

    private ContainerBuilder debian() {
        return engine.hostRoot().network("bridge").stopTimeout(Duration.ZERO).command("sleep", "600");
    }

    private static Execution python(Container in, String program) {
        return in.exec("/usr/bin/python3", "-c", program).run();
    }

    private static String mac(Container of) {
        return of.exec("cat", "/sys/class/net/eth0/address").run().stdout().strip();
    }

    @Test
    void aFieldThatIsForgedComesOutNowhere() {
        try (Container evil = debian().run(); Container victim = debian().run(); Container third = web().network("bridge").stopTimeout(Duration.ZERO).run()) {
            answering(third);
            String thirdMac = third.exec("/busybox", "cat", "/sys/class/net/eth0/address").run().stdout().strip();
            Exec listening = victim.exec("/usr/bin/python3", "-c", LISTEN).start();
            eventually("it listens", PATIENCE, () -> python(victim, "print(open('/proc/net/packet').read().count('\\n'))").stdout().strip().equals("2"));
            Execution sent = python(evil, SEND.formatted(mac(victim).replace(":", ""), victim.ipAddress(), thirdMac.replace(":", ""), third.ipAddress(), evil.ipAddress()));
            assertEquals("sent\n", sent.stdout(), sent.stderr());
            String evils = mac(evil).replace(":", "");
            assertEquals("listening\narp " + evils + " " + evils + " " + evil.ipAddress() + "\ndone\n", listening.await().stdout(), "what is true arrives, and nothing else");
            String learnt = inRouter("bridge", "fdb", "show", "br", "bridge0");
            String port = learnt.lines().filter(l -> l.startsWith(mac(evil))).findFirst().orElseThrow(() -> new AssertionError(learnt)).replaceFirst(".* dev (\\S+) .*", "$1");
            assertFalse(learnt.lines().anyMatch(l -> l.startsWith(thirdMac) && l.contains(" dev " + port + " ")), "nobody's frames are led to who said their MAC address: " + learnt);
            assertTrue(learnt.contains(thirdMac), "the control: it learns");
        }
    }
}
