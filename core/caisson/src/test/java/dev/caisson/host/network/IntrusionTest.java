package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerEvent;
import dev.caisson.EventFilter;
import dev.caisson.Network;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Somebody takes away what the engine made on the host: it is there again, and an event of the containers says so. Row 104. */
class IntrusionTest extends NetworkTest {
    private Wire wire;
    private Network app;
    private Network chosen;
    private Container web;
    private Container client;
    private String link;

    @BeforeEach
    void networks() throws IOException {
        wire = new Wire();
        app = engine.networks().create("app", n -> n.ipv6());
        chosen = engine.networks().create("chosen", n -> n.subnet("10.41.0.0/24"));
        web = web().network("app").port(80).stopTimeout(Duration.ZERO).run();
        client = busybox("sleep", "600").network("app").network("chosen").stopTimeout(Duration.ZERO).run();
        answering(web);
        link = output("ip", "-o", "link").lines().filter(l -> l.contains("csn")).findFirst().orElseThrow().replaceFirst(".*(csn[0-9a-f]+).*", "$1");
        works();
    }

    @AfterEach
    void end() {
        client.close();
        web.close();
        chosen.close();
        app.close();
        wire.close();
    }

    /** From the host, from another host over both families, between containers, and back out. */
    private void works() {
        eventually("the host reaches it", PATIENCE, () -> get(web.ipAddress()).equals(name(web)));
        eventually("another host reaches its port", PATIENCE, () -> body(wire.there(client(Wire.HERE + ":" + web.port(80)))).equals(name(web)));
        eventually("over IPv6 too", PATIENCE, () -> body(wire.there("timeout", "1", "bash", "-c", "exec 3<>/dev/tcp/" + Wire.HERE6 + "/" + web.port(80)
                + "; printf 'GET /etc/hostname HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3")).equals(name(web)));
        eventually("its neighbour reaches it", PATIENCE, () -> get(client, web.ipAddress()).equals(name(web)));
        eventually("names are answered", PATIENCE, () -> client.exec("/busybox", "nslookup", web.name()).run().stdout().contains(web.ipAddress()));
        eventually("there is a way out", PATIENCE, () -> client.exec("/busybox", "ping", "-c", "1", "-W", "1", Wire.THERE).run().exitCode() == 0);
    }

    private static void succeeds(String... command) {
        assertEquals("ok\n", output("sh", "-c", String.join(" ", command) + " && echo ok"));
    }

    private List<ContainerEvent> said(Container of, String words) {
        return engine.events().past(EventFilter.all().action("network").container(of.id())).stream().filter(e -> e.attributes().get("network").contains(words)).toList();
    }

    private void isMadeAgain(String what, String... command) {
        int before = said(web, what).size();
        succeeds(command);
        eventually("an event says that it was made again: " + what, PATIENCE, () -> said(web, "made again").size() > 0 && said(web, what).size() > before);
        works();
        assertFalse(said(client, what).isEmpty(), "of each container");
    }

    @Test
    void theUplink() {
        isMadeAgain("the interface " + link, "ip link del " + link);
        isMadeAgain("the interface " + link, "ip link del " + link);
        assertTrue(output("ip", "route").contains("10.41.0.0/24 via"), "with the routes of networks");
        isMadeAgain("the state up of " + link, "ip link set " + link + " down");
        assertEquals(List.of(), app.problems());
    }

    @Test
    void routesAndAddresses() {
        String own = output("ip", "route").lines().filter(l -> l.contains(link) && l.contains("/16 via")).findFirst().orElseThrow().split(" ")[0];
        isMadeAgain("the route to " + own, "ip route del " + own);
        isMadeAgain("the route to 10.41.0.0/24", "ip route del 10.41.0.0/24");
        isMadeAgain("the address of " + link, "ip -4 addr flush dev " + link);
        String own6 = output("ip", "-6", "route").lines().filter(l -> l.contains(link) && l.contains("/48 via")).findFirst().orElseThrow().split(" ")[0];
        isMadeAgain("the route to " + own6, "ip -6 route del " + own6);
        isMadeAgain("the IPv6 address of " + link, "ip -6 addr flush dev " + link + " scope global");
    }

    @Test
    void aBridgeInTheRouter() {
        inRouter("ip", "link", "del", "bridge1");
        eventually("an event says so", PATIENCE, () -> !said(web, "the bridge of network 'app'").isEmpty());
        works();
        client.exec("/busybox", "ip", "link", "del", "eth1").run();
        inRouter("ip", "link", "del", "bridge2");
        eventually("one without containers too", PATIENCE, () -> !said(web, "the bridge of network 'chosen'").isEmpty());
        works();
    }

    /** What is in the way is not taken away: it is a problem until it is gone. */
    @Test
    void whatCannotBeMadeAgainIsSaid() {
        succeeds("ip route replace 10.41.0.0/24 dev wire0");
        eventually("a problem", PATIENCE, () -> !chosen.problems().isEmpty());
        assertTrue(chosen.problems().get(0).contains("10.41.0.0/24") && chosen.problems().get(0).contains("(ip route delete 10.41.0.0/24)"), chosen.problems().toString());
        eventually("an event says so", PATIENCE, () -> !said(client, "10.41.0.0/24").isEmpty());
        assertTrue(output("ip", "route").contains("10.41.0.0/24 dev wire0"), "it is left alone");
        succeeds("ip route del 10.41.0.0/24");
        eventually("over when it is gone", Duration.ofSeconds(30), () -> chosen.problems().isEmpty());
        assertTrue(output("ip", "route").contains("10.41.0.0/24 via"));
        eventually("an event says so", PATIENCE, () -> !said(client, "no longer so").isEmpty());
    }

    @Test
    void forwardingThatIsSwitchedOffIsSaidAndLeft() {
        succeeds("sysctl -qw net.ipv4.ip_forward=0");
        eventually("a problem", PATIENCE, () -> app.problems().stream().anyMatch(p -> p.contains("ip_forward") && p.contains("sysctl -w")));
        assertEquals("0\n", output("cat", "/proc/sys/net/ipv4/ip_forward"));
        succeeds("sysctl -qw net.ipv4.ip_forward=1");
        eventually("over", PATIENCE, () -> app.problems().isEmpty());
        works();
    }

    /** Nobody is fought without end. */
    @Test
    void whatIsRemovedAgainAndAgainIsLeft() {
        for (int i = 0; i < 60 && !app.problems().toString().contains("again and again"); i++) {
            output("ip", "link", "del", link);
            pause(150);
        }
        assertTrue(app.problems().toString().contains("again and again"), app.problems().toString());
        output("ip", "link", "del", link);
        pause(1000);
        assertEquals("", output("sh", "-c", "ip -o link show " + link + " 2>/dev/null"), "left as it is");
        assertNotEquals("", get(client, web.ipAddress()), "what is behind it is as it was");
        assertEquals("", getAtOnce(web.ipAddress()), "and nothing comes in");
    }
}
