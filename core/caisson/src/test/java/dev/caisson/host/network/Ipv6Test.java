package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import dev.caisson.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Networks with IPv6 beside IPv4: addresses, names, the way out, published ports, and who reaches what. Rows 101 to 103, 105, 108. */
class Ipv6Test extends NetworkTest {
    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        return usual.ipv6();
    }

    @BeforeEach
    void ipv6IsThere() {
        assertTrue(Files.exists(Path.of("/proc/net/if_inet6")), "a kernel without IPv6 would show nothing");
    }

    private ContainerBuilder idle() {
        return busybox("sleep", "600").stopTimeout(Duration.ZERO);
    }

    private ContainerBuilder served() {
        return web().stopTimeout(Duration.ZERO);
    }

    /** What a container gets from the web server of an IPv6 address. */
    private static String get6(Container from, String address, int port, int seconds) {
        return body(from.exec("/busybox", "nc", "-w", "" + seconds, address, "" + port).stdin("GET /etc/hostname HTTP/1.0\r\n\r\n").run().stdout());
    }

    private static String[] client6(String address, int port, int seconds) {
        return new String[] {"timeout", "" + seconds, "bash", "-c", "exec 3<>/dev/tcp/" + address + "/" + port + "; printf 'GET /etc/hostname HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"};
    }

    private static String get6(String address, int port, int seconds) {
        return body(output(client6(address, port, seconds)));
    }

    private void answering6(Container web) {
        eventually("the web server answers over IPv6", PATIENCE, () -> !get6(web.ip6Address(), 80, ANSWERED).isEmpty());
    }

    @Test
    void addressesAndNames() {
        try (Network app = engine.networks().create("app", n -> n.ipv6()); Network old = engine.networks().create("old");
                Container web = served().name("web").network("app").networkAlias("www").run(); Container asks = idle().network("app").run();
                Container plain = idle().network("old").run()) {
            answering6(web);
            assertTrue(app.subnet6().matches("fd[0-9a-f:]+/64") && web.ip6Address().startsWith("fd"), app.subnet6() + " " + web.ip6Address());
            assertEquals(name(web), get6(asks, web.ip6Address(), 80, ANSWERED));
            for (String name : List.of("web", "WWW", "web.app", name(web))) {
                String answer = asks.exec("/busybox", "nslookup", "-type=aaaa", name).run().stdout();
                assertTrue(answer.contains("Address: " + web.ip6Address()), answer);
            }
            String reverse = asks.exec("/busybox", "nslookup", web.ip6Address()).run().stdout();
            assertTrue(reverse.contains("name = web.app"), reverse);
            assertTrue(asks.exec("/busybox", "cat", "/etc/hosts").run().stdout().contains(asks.ip6Address() + "\t" + name(asks) + "\n"));
            assertFalse(plain.exec("/busybox", "ip", "-6", "addr", "show", "dev", "eth0").run().stdout().contains("inet6"), "no address on a network that has none");
            assertThrows(NetworkProblem.class, plain::ip6Address);
            app.connect(plain, n -> n.ip6(app.gateway6().replaceFirst("1$", "77")));
            assertEquals(app.gateway6().replaceFirst("1$", "77"), plain.ip6Address());
            assertEquals(name(web), get6(plain, web.ip6Address("app"), 80, ANSWERED));
            app.disconnect(plain);
            assertEquals("", get6(plain, web.ip6Address(), 80, NOT_ANSWERED));
            for (String taken : List.of(web.ip6Address(), app.gateway6(), "fd00::5")) {
                assertTrue(assertThrows(NetworkProblem.class, () -> idle().network("app").ip6(taken).run()).getMessage().contains(taken));
            }
            assertTrue(assertThrows(NetworkProblem.class, () -> idle().network("old").ip6("fd00::5").run()).getMessage().contains("no IPv6"));
            web.restart();
            answering6(web);
        }
    }

    /** Rows 105 and 106: of different networks, and of one without a way out. */
    @Test
    void networksAreApartAndInternalOnesToThemselves() {
        try (Network app = engine.networks().create("app", n -> n.subnet("fd12:3456:789a:5::/64")); Network other = engine.networks().create("other", n -> n.ipv6());
                Network vault = engine.networks().create("vault", n -> n.ipv6().internal());
                Container web = served().network("app").run(); Container inside = served().network("vault").run(); Container neighbour = idle().network("vault").run();
                Container stranger = idle().network("other").run(); Container usual = idle().network("bridge").run()) {
            answering6(web);
            assertEquals("fd12:3456:789a:5::/64", app.subnet6());
            assertTrue(web.ip6Address().startsWith("fd12:3456:789a:5::"), web.ip6Address());
            assertEquals("", get6(stranger, web.ip6Address(), 80, NOT_ANSWERED));
            assertEquals("", get6(usual, web.ip6Address(), 80, NOT_ANSWERED));
            assertTrue(usual.ip6Address().startsWith("fd"), "the default network has IPv6 where the engine was told so");
            eventually("inside", PATIENCE, () -> get6(neighbour, inside.ip6Address(), 80, ANSWERED).equals(name(inside)));
            assertEquals("", get6(inside.ip6Address(), 80, NOT_ANSWERED), "not even from the host");
            assertEquals("", get6(neighbour, web.ip6Address(), 80, NOT_ANSWERED));
            assertFalse(neighbour.exec("/busybox", "ip", "-6", "route").run().stdout().contains("default"));
            for (String taken : List.of("fd12:3456:789a::/48", other.subnet6())) {
                NetworkProblem refused = assertThrows(NetworkProblem.class, () -> engine.networks().create("more", n -> n.subnet(taken)));
                assertTrue(refused.getMessage().contains(taken) && !refused.remedy().isEmpty(), refused.getMessage());
            }
        }
        assertEquals("", output("ip", "-6", "route", "show", "fd12:3456:789a:5::/64"));
    }

    /** Rows 102, 103 and 108: another host reaches what was published, where it was published, and nothing else; what leaves has the host's address. */
    @Test
    void publishedAndMasqueraded() throws IOException {
        try (Wire wire = new Wire(); Network app = engine.networks().create("app", n -> n.ipv6());
                Container web = served().network("app").port(80).port("::1", 0, 81).port(Wire.HERE6, 0, 82).run(); Container client = idle().network("app").run()) {
            answering6(web);
            int port = web.port(80);
            assertEquals(name(web), get6("::1", port, ANSWERED));
            assertEquals(name(web), get("127.0.0.1:" + port), "one port, both families");
            assertEquals(name(web), body(wire.there(client6(Wire.HERE6, port, ANSWERED))));
            assertEquals(name(web), body(wire.there(client(Wire.HERE + ":" + port))));
            assertEquals(name(web), get6(client, Wire.HERE6, port, ANSWERED), "from a container, over the host");
            assertTrue(wire.there("ip", "-6", "route", "add", app.subnet6(), "via", Wire.HERE6).isEmpty());
            assertEquals("", body(wire.there(client6(web.ip6Address(), 80, NOT_ANSWERED))), "with a route of its own: what was not published there");
            assertTrue(output("ss", "-Hltn").contains("[::1]:" + web.port(81)), "published on loopback it listens there");
            assertFalse(output("ss", "-Hltn").contains("[::]:" + web.port(81)) || output("ss", "-Hltn").contains("0.0.0.0:" + web.port(81)));
            assertTrue(output("ss", "-Hltn").contains("[" + Wire.HERE6 + "]:" + web.port(82)));
            assertEquals(Wire.HERE6, senderSeenOver(wire, client), "what leaves has the host's address");
            NetworkProblem refused = assertThrows(NetworkProblem.class, () -> {
                engine.networks().create("old");
                served().network("old").port("::1", 0, 80).run();
            });
            assertTrue(refused.getMessage().contains("no IPv6") && !refused.remedy().isEmpty(), refused.getMessage());
        }
    }

    /** As for IPv4: a client that never falls silent is led to who has its port now. */
    @Test
    void aUdpClientFollowsItsPortToTheNextContainer() throws IOException {
        String echo = "import socket; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('', 7))\nwhile True: m, a = s.recvfrom(9); s.sendto(m, a)";
        try (Wire wire = new Wire(); Network app = engine.networks().create("app", n -> n.ipv6())) {
            int port = 0;
            for (int life = 1; life <= 2; life++) {
                try (Container web = engine.hostRoot().network("app").port(port, 7, Protocol.UDP).stopTimeout(Duration.ZERO).command("/usr/bin/python3", "-c", echo).run()) {
                    port = web.port(7, Protocol.UDP);
                    String ask = "import socket; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('', 5555)); s.settimeout(1); s.sendto(b'hello', ('" + Wire.HERE6 + "', " + port
                            + ")); print(s.recv(9).decode(), end='')";
                    eventually("it answers, the " + life + ". one", Duration.ofSeconds(10), () -> wire.there("python3", "-c", ask).equals("hello"));
                }
            }
        }
    }

    /** All addresses of one family are none of the other's. */
    @Test
    void publishedOnAllAddressesOfOneFamily() throws IOException {
        int six;
        try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
            six = free.getLocalPort();
        }
        try (Wire wire = new Wire(); Network app = engine.networks().create("app", n -> n.ipv6()); Container web = served().network("app").port("0.0.0.0", 0, 80).port("::", six, 80).run()) {
            answering6(web);
            assertEquals(name(web), body(wire.there(client(Wire.HERE + ":" + web.port(80)))), "the control");
            assertEquals("", body(wire.there(client6(Wire.HERE6, web.port(80), NOT_ANSWERED))), "asked for on IPv4 alone");
            assertEquals("", get6("::1", web.port(80), NOT_ANSWERED));
            assertEquals(name(web), body(wire.there(client6(Wire.HERE6, six, ANSWERED))), "the control");
            assertEquals(name(web), get6("::1", six, ANSWERED));
            assertEquals("", body(wire.there(client(Wire.HERE + ":" + six))), "asked for on IPv6 alone");
            assertEquals("", getAtOnce("127.0.0.1:" + six));
        }
    }

    /** Who a connection of a container's comes from, as the other host sees it. */
    private static String senderSeenOver(Wire wire, Container client) {
        String accept = "import socket\ns = socket.socket(socket.AF_INET6)\ns.bind(('" + Wire.THERE6 + "', 7000))\ns.listen()\ns.settimeout(60)\nprint(s.accept()[1][0])";
        java.util.concurrent.CompletableFuture<String> seen = java.util.concurrent.CompletableFuture.supplyAsync(() -> wire.there("python3", "-c", accept).strip());
        while (!seen.isDone()) {
            client.exec("/busybox", "nc", "-w", "1", Wire.THERE6, "7000").stdin("x").run();
        }
        return seen.join();
    }

    /** Row 101: what the kernel does by itself. */
    @Test
    void theHostsEndTakesNoAdvertisementsAndNothingIsLeft() {
        try (Network app = engine.networks().create("app", n -> n.ipv6()); Container one = idle().network("app").run()) {
            String link = output("ip", "-o", "link").lines().filter(l -> l.contains("csn")).findFirst().orElseThrow().replaceFirst(".*(csn[0-9a-f]+).*", "$1");
            assertEquals("0\n", output("cat", "/proc/sys/net/ipv6/conf/" + link + "/accept_ra"));
            assertEquals("0\n", one.exec("/busybox", "cat", "/proc/sys/net/ipv6/conf/eth0/accept_ra").run().stdout());
            assertTrue(output("nft", "list", "tables").contains("table ip6 caisson_"));
            assertTrue(output("ip", "-6", "route").contains(link), "the control: there is a route");
        }
        engine.close();
        assertEquals("", output("nft", "list", "tables"));
        assertFalse(output("ip", "-6", "route").contains("csn"));
    }
}
