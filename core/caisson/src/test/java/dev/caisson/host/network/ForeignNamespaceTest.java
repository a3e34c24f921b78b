package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.Network;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A container's interface has its other end in the router, of whose namespace the kernel gives it a number (rtnetlink(7), IFLA_LINK_NETNSID); who has NET_ADMIN in the host's user namespace may
 * name a namespace by that (IFLA_TARGET_NETNSID). Without that capability nothing comes of it; with it, what is removed is made again. Row 111.
 */
class ForeignNamespaceTest extends NetworkTest {
    /** Lists the interfaces of the namespace behind eth0, and removes a bridge there. */
    private static final String ATTACK = """
            import socket, struct
            s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            s.bind((0, 0))
            def attribute(t, d):
                return struct.pack('HH', 4 + len(d), t) + d + b'\\0' * (-len(d) % 4)
            def ask(kind, flags, index, more):
                body = struct.pack('BxHiII', 0, 0, index, 0, 0) + more
                s.send(struct.pack('IHHII', 16 + len(body), kind, flags | 1, 1, 0) + body)
                return s.recv(65536)
            def parts(d, at, end):
                while at + 4 <= end:
                    length, kind = struct.unpack_from('HH', d, at)
                    if length < 4:
                        return
                    yield kind, d[at + 4:at + length]
                    at += (length + 3) & ~3
            own = ask(18, 0, 0, attribute(3, b'eth0\\0'))
            number = [v for k, v in parts(own, 32, len(own)) if k == 37][0]
            all = ask(18, 0x300, 0, attribute(46, number))
            at, found = 0, []
            while at < len(all):
                length, kind = struct.unpack_from('IH', all, at)
                if kind != 16:
                    print('answered', struct.unpack_from('i', all, at + 16)[0])
                    break
                index = struct.unpack_from('i', all, at + 20)[0]
                found += [(index, v[:-1].decode()) for k, v in parts(all, at + 32, at + length) if k == 3]
                at += (length + 3) & ~3
            for index, name in found:
                if name.startswith('bridge'):
                    print('removed', name, struct.unpack_from('i', ask(17, 4, index, attribute(46, number)), 16)[0])
            """;

    private Container python(Network app, Capability... more) {
        return engine.hostRoot().network(app.name()).capAdd(more).stopTimeout(Duration.ZERO).command("sleep", "600").run();
    }

    @Test
    void theRouterOfAnInterface() {
        try (Network app = engine.networks().create("app"); Container web = web().network("app").run(); Container usual = python(app); Container admin = python(app, Capability.NET_ADMIN)) {
            answering(web);
            assertEquals("answered -13\n", usual.exec("python3", "-c", ATTACK).run().stdout(), "EACCES");
            String removed = admin.exec("python3", "-c", ATTACK).run().stdout();
            assertTrue(removed.contains("removed bridge") && removed.endsWith(" 0\n"), "the control, and the kernel's word: " + removed);
            eventually("it is made again", PATIENCE, () -> getAtOnce(web.ipAddress()).equals(name(web)));
        }
    }
}
