package dev.caisson.host.network;

import dev.caisson.Container;
import java.util.List;

/** What root with every capability tries to get a packet out with. Each has a mark in it that says how it was made. */
final class EgressAttack {
    /** Without a policy these arrive; the others are dropped by the bridge or the router in any case. */
    private static final List<String> ARRIVE = List.of("udp", "dns", "icmp", "synwithdata", "route", "mark", "udp6", "options", "gre");
    private static final String SCRIPT = """
            import socket, struct, subprocess, sys, os
            who, there, there6, other = sys.argv[1:5]
            def mark(how): return ("MARK-%s-%s;" % (who, how)).encode()
            def attempt(f):
                try: f()
                except Exception as e: print(f.__name__, e)
            def sh(*words): subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            def checksum(d):
                if len(d) % 2: d += b"\\0"
                s = sum(struct.unpack("!%dH" % (len(d) // 2), d))
                s = (s >> 16) + (s & 0xffff); s += s >> 16
                return ~s & 0xffff
            route = subprocess.run(["ip", "-4", "route", "show", "default"], capture_output=True, text=True).stdout.split()
            gateway, device = route[2], route[4]
            own = subprocess.run(["ip", "-4", "-o", "addr", "show", "dev", device], capture_output=True, text=True).stdout.split()[3].split("/")[0]
            sh("busybox", "ping", "-c", "1", "-W", "10", gateway)
            neighbour = subprocess.run(["ip", "neigh", "show", gateway], capture_output=True, text=True).stdout.split()
            gate_mac = bytes.fromhex(neighbour[neighbour.index("lladdr") + 1].replace(":", ""))
            own_mac = bytes.fromhex(open("/sys/class/net/%s/address" % device).read().strip().replace(":", "")) if os.path.exists("/sys/class/net/%s/address" % device) else \\
                bytes.fromhex(subprocess.run(["ip", "-o", "link", "show", "dev", device], capture_output=True, text=True).stdout.split("link/ether ")[1].split()[0].replace(":", ""))
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); wire.bind((device, 0))
            def ip(source, target, protocol, body, frag=0, options=b""):
                h = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(body), 7, frag, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(target)) + options
                return h[:10] + struct.pack("!H", checksum(h)) + h[12:] + body
            def frame(packet, mac=own_mac, kind=0x0800): wire.send(gate_mac + mac + struct.pack("!H", kind) + packet)
            def datagram(port, data): return struct.pack("!HHHH", 4000, port, 8 + len(data), 0) + data
            def segment(source, target, port, flags, data):
                t = struct.pack("!HHIIBBHHH", 4001, port, 1, 1, 0x50, flags, 8192, 0, 0) + data
                pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, 6, len(t))
                return t[:16] + struct.pack("!H", checksum(pseudo + t)) + t[18:]
            def udp(): socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(mark("udp"), (there, 9999))
            def dns(): socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(mark("dns"), (there, 53))
            def quic(): socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(mark("quic"), (there, 443))
            def icmp():
                d = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + mark("icmp")
                socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).sendto(d[:2] + struct.pack("!H", checksum(d)) + d[4:], (there, 0))
            def synwithdata(): frame(ip(own, there, 6, segment(own, there, 53, 2, mark("synwithdata"))))
            def synoverproxy(): frame(ip(own, there, 6, segment(own, there, 443, 2, mark("synoverproxy"))))
            def ack(): frame(ip(own, there, 6, segment(own, there, 53, 16, mark("ack"))))
            def forged(): frame(ip(other, there, 17, datagram(9999, mark("forged"))))
            def forgedmac(): frame(ip(other, there, 17, datagram(9999, mark("forgedmac"))), bytes([2, 0x42]) + socket.inet_aton(other))
            def fragment(): frame(ip(own, there, 17, datagram(9999, b"x" * 8), 0x2000)); frame(ip(own, there, 17, mark("fragment"), 2))
            def options(): frame(ip(own, there, 17, datagram(9999, mark("options")), 0, b"\\x01\\x01\\x01\\x00"))
            def sourceroute(): frame(ip(own, gateway, 17, datagram(9999, mark("sourceroute")), 0, b"\\x83\\x07\\x04" + socket.inet_aton(there) + b"\\x00"))
            def tunnel(): frame(ip(own, there, 4, ip(own, there, 17, datagram(9999, mark("tunnel")))))
            def gre(): frame(ip(own, there, 47, b"\\0\\0\\x08\\0" + mark("gre")))
            def esp(): frame(ip(own, there, 50, struct.pack("!II", 9, 1) + mark("esp")))
            def throughgateway(): frame(ip(own, gateway, 4, ip(own, there, 17, datagram(9999, mark("throughgateway")))))
            def broadcast():
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                s.sendto(mark("broadcast"), ("255.255.255.255", 9999)); s.sendto(mark("directed"), ("198.51.100.255", 9999))
            def markd():
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, 36, 1); s.sendto(mark("mark"), (there, 9999))
            def route_():
                sh("ip", "route", "add", there + "/32", "via", gateway, "dev", device, "onlink")
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(mark("route"), (there, 9999))
            def relay():
                sh("ip", "route", "replace", there + "/32", "via", other, "dev", device)
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(mark("relay"), (there, 9999))
                sh("ip", "route", "del", there + "/32")
            def address():
                sh("ip", "addr", "add", other.rsplit(".", 1)[0] + ".201/32", "dev", device)
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((other.rsplit(".", 1)[0] + ".201", 0)); s.sendto(mark("address"), (there, 9999))
            def udp6(): socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(mark("udp6"), (there6, 9999))
            def icmp6():
                socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6).sendto(struct.pack("!BBHHH", 128, 0, 0, 1, 1) + mark("icmp6"), (there6, 0))
            def vlan():
                sh("ip", "link", "add", "link", device, "name", "v5", "type", "vlan", "id", "5"); sh("ip", "link", "set", "v5", "up")
                frame(struct.pack("!HH", 5, 0x0800) + ip(own, there, 17, datagram(9999, mark("vlan"))), own_mac, 0x8100)
            for each in (udp, dns, quic, icmp, synwithdata, synoverproxy, ack, forged, forgedmac, fragment, options, sourceroute, tunnel, gre, esp, throughgateway, broadcast, markd, route_, relay,
                    address, udp6, icmp6, vlan): attempt(each)
            """;

    private final Outside outside;

    EgressAttack(Outside outside) {
        this.outside = outside;
    }

    /** All of it. @param who for the marks; @param other the address of a container that may do more */
    void run(Container from, String who, String other) {
        var run = from.exec("/usr/bin/python3", "-c", SCRIPT, who, Outside.REPO, Wire.THERE6, other).run();
        if (run.exitCode() != 0) {
            throw new AssertionError(run.stdout() + run.stderr());
        }
    }

    boolean throughAsExpected(String who) {
        return ARRIVE.stream().allMatch(how -> outside.saw("MARK-" + who + "-" + how));
    }

    /** A packet that arrives after all others. */
    void control(Container from) {
        from.exec("/usr/bin/python3", "-c", "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'MARK-last;', ('" + Outside.REPO + "', 9999))").run();
    }
}
