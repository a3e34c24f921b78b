package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Execution;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which names containers know, asked by busybox's resolver, by glibc's, and by hand. Row 106. */
class ContainerNamesTest extends NetworkTest {
    private StubNameServer stub;

    @BeforeEach
    void nameServer() {
        output("ip", "addr", "add", "198.51.100.1/32", "dev", "lo");
        stub = new StubNameServer("198.51.100.1");
    }

    @AfterEach
    void withoutNameServer() {
        stub.close();
        output("ip", "addr", "del", "198.51.100.1/32", "dev", "lo");
    }

    private ContainerBuilder idle() {
        return busybox("sleep", "600").stopTimeout(Duration.ZERO).dns("198.51.100.1");
    }

    /** By busybox's own resolver library. */
    private static String ping(Container from, String name) {
        Execution ping = from.exec("/busybox", "ping", "-c", "1", "-W", "10", name).run();
        return ping.exitCode() == 0 ? ping.stdout().replaceFirst("(?s).*?\\(([0-9.]+)\\).*", "$1") : "";
    }

    private static Execution nslookup(Container from, String... words) {
        return from.exec(prefixed("/busybox", prefixed("nslookup", words))).run();
    }

    /** By glibc: the host's own getent in a view of the host, asking where the container would. */
    private static String getent(Container from, String database, String key) {
        return from.exec("/usr/bin/getent", database, key).run().stdout().strip();
    }

    @Test
    void everyNameOfAContainerOnEveryKindOfNetwork() {
        try (Network app = engine.networks().create("app")) {
            for (String network : List.of("app", "bridge")) {
                try (Container web = idle().name("web").hostname("Front").network(network).networkAlias("api").networkAlias("www").run(); Container asks = idle().network(network).run()) {
                    for (String name : List.of("web", "WEB", "front", "api", "www", name(web), "web." + network)) {
                        assertEquals(web.ipAddress(), ping(asks, name), name + " on " + network);
                    }
                    assertEquals("", ping(asks, "nobody"));
                    String reverse = nslookup(asks, web.ipAddress()).stdout();
                    assertTrue(reverse.contains("name = web." + network), reverse);
                    Execution ipv6 = nslookup(asks, "-type=aaaa", "web");
                    assertEquals(0, ipv6.exitCode(), "no error: " + ipv6.stdout());
                    assertFalse(ipv6.stdout().contains("NXDOMAIN"));
                }
            }
        }
        assertTrue(stub.asked().stream().noneMatch(n -> n.matches("(?i)web|front|api|www|web\\..*")), "nobody else hears those names: " + stub.asked());
    }

    @Test
    void namesComeAndGoWithContainersAndNetworks() {
        try (Network app = engine.networks().create("app"); Network store = engine.networks().create("store"); Container asks = idle().network("app").run()) {
            try (Container one = idle().network("app").networkAlias("pool").run(); Container two = idle().network("app").networkAlias("pool").run();
                    Container db = idle().name("db").network("store").run()) {
                String both = nslookup(asks, "pool").stdout();
                assertTrue(both.contains(one.ipAddress()) && both.contains(two.ipAddress()), both);
                assertEquals("", ping(asks, "db"), "of another network");
                store.connect(asks);
                assertEquals(db.ipAddress(), ping(asks, "db"));
                app.connect(db, n -> n.alias("database"));
                assertEquals(db.ipAddress("app"), ping(one, "database"));
                app.disconnect(asks);
                assertEquals(db.ipAddress("store"), ping(asks, "db"), "its first network is gone, the resolver is not");
                assertEquals("", ping(asks, "pool"));
                app.connect(asks);
            }
            assertEquals(List.of(), nslookup(asks, "pool").stdout().lines().filter(l -> l.startsWith("Name:")).toList(), "nobody has it any more");
        }
    }

    @Test
    void whatIsNobodysIsAskedOnOverUdpAndTcp() {
        try (Container asks = idle().network("bridge").dnsSearch("corp.example").dnsOption("ndots:1").run(); Container web = idle().name("web").network("bridge").run()) {
            assertTrue(nslookup(asks, "there.example").stdout().contains("192.0.2.1"));
            assertEquals("", ping(asks, "nothere.example"));
            String resolv = asks.exec("/busybox", "cat", "/etc/resolv.conf").run().stdout();
            assertTrue(resolv.contains("search corp.example\n") && resolv.contains("options ndots:1\n") && !resolv.contains("198.51.100.1"), resolv);
            asks.exec("/busybox", "ping", "-c", "1", "-W", "1", "there").run();
            assertTrue(stub.asked().contains("there.corp.example"), "searched: " + stub.asked());
            assertEquals(web.ipAddress(), ping(asks, "web"), "after the search");
        }
        String usual = busybox("cat", "/etc/resolv.conf").network("bridge").execute().stdout();
        assertTrue(usual.contains("ndots:"), usual);
        assertEquals("nameserver 127.0.0.1", busybox("cat", "/etc/resolv.conf").network("bridge").dns("127.0.0.1").execute().stdout().lines()
                .filter(l -> l.startsWith("nameserver")).findFirst().orElse(""), "its own loopback it asks itself");
    }

    /** A query of an internal network would carry what is secret out in its name. Row 106. */
    @Test
    void anInternalNetworkAsksNobodyOutside() {
        try (Network vault = engine.networks().create("vault", n -> n.internal()); Network app = engine.networks().create("app");
                Container web = idle().name("web").network("vault").run(); Container inside = idle().network("vault").run(); Container outside = idle().network("app").run()) {
            assertEquals(web.ipAddress(), ping(inside, "web"));
            nslookup(inside, "secret.example");
            nslookup(inside, "secret.example", app.gateway());
            nslookup(inside, "host.docker.internal");
            assertEquals(List.of(), stub.asked());
            assertEquals("", ping(inside, "host.docker.internal"));
            nslookup(outside, "secret.example");
            assertTrue(stub.asked().contains("secret.example"), "the control");
        }
    }

    @Test
    void theHostByName() {
        try (Container asks = idle().network("bridge").addHost("outer", "host-gateway").run()) {
            String host = ping(asks, "host.docker.internal");
            assertNotEquals("", host);
            assertEquals(host, ping(asks, "outer"));
            assertTrue(output("ip", "-4", "addr").contains("inet " + host + "/"), host + " is the host's");
        }
        assertTrue(busybox("cat", "/etc/hosts").networkHost().addHost("outer", "host-gateway").execute().stdout().contains("127.0.0.1\touter\n"));
        NetworkProblem refused = assertThrows(NetworkProblem.class, () -> busybox("true").networkNone().addHost("outer", "host-gateway").execute());
        assertTrue(refused.getMessage().contains("host-gateway") && !refused.remedy().isEmpty());
    }

    /** Debian's own programs in a copy-on-write view of the host; its resolv.conf is bound, as a view of the host has no files of the engine's. */
    @Test
    void glibcToo() throws java.io.IOException {
        try (Container web = idle().name("web").network("bridge").run(); Container asks = idle().network("bridge").run()) {
            java.nio.file.Path resolv = hostDirectory("etc").resolve("resolv.conf");
            java.nio.file.Files.writeString(resolv, asks.exec("/busybox", "cat", "/etc/resolv.conf").run().stdout());
            try (Container debian = engine.hostRoot().network("bridge").bindReadOnly(resolv, "/etc/resolv.conf").command("sleep", "600").stopTimeout(Duration.ZERO)
                    .dns("198.51.100.1").run()) {
                assertEquals(web.ipAddress(), getent(debian, "ahostsv4", "web").split("\\s+")[0]);
                assertTrue(getent(debian, "hosts", web.ipAddress()).endsWith("web.bridge"));
                assertEquals("192.0.2.1", getent(debian, "ahostsv4", "there.example").split("\\s+")[0]);
                assertEquals("192.0.2.1", getent(debian, "ahostsv4", "large.example").split("\\s+")[0], "cut over UDP, whole over TCP");
                assertEquals("", getent(debian, "ahostsv4", "nothere.example"));
            }
        }
    }

    /** Alpine's C library, which asks for both kinds of address at once and takes one NXDOMAIN for both. */
    @Test
    void muslToo() throws java.io.IOException {
        java.nio.file.Path directory = hostDirectory("musl");
        java.nio.file.Path source = directory.resolve("names.c");
        try (java.io.InputStream in = ContainerNamesTest.class.getResourceAsStream("names.c")) {
            java.nio.file.Files.copy(in, source);
        }
        java.nio.file.Path program = directory.resolve("names");
        assertEquals("", output("musl-gcc", "-static", "-O1", "-o", program.toString(), source.toString()));
        try (Network app = engine.networks().create("app"); Container web = idle().name("web").network("app").networkAlias("www").run()) {
            Execution asked = tiny().bindReadOnly(program, "/names").network("app").dns("198.51.100.1").dnsSearch("corp.example")
                    .command("/names", "web", "www", "web.app", "there.example", "nothere.example", "localhost").execute();
            List<String> said = asked.stdout().lines().filter(l -> !l.startsWith("localhost ::1")).map(l -> l.replaceFirst(" - .*", " -")).toList();
            assertEquals(List.of("web " + web.ipAddress(), "www " + web.ipAddress(), "web.app " + web.ipAddress(), "there.example 192.0.2.1", "nothere.example -", "localhost 127.0.0.1"), said,
                    asked.toString());
        }
    }
}
