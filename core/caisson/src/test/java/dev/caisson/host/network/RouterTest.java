package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Network;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What others do to the host's firewall and interfaces while containers run. Row 104. */
class RouterTest extends NetworkTest {
    private static int exit(String... command) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String table() {
        return output("nft", "list", "tables").lines().filter(l -> l.contains("caisson_")).findFirst().orElseThrow().replaceFirst("table ", "");
    }

    /** A reload of the host's firewall begins with a flush of everything. */
    @Test
    void aFlushOfTheHostsRulesetLeavesOurs() {
        try (Network app = engine.networks().create("app"); Container web = web().network("app").port(80).port("127.0.0.1", 0, 81).run();
                Container same = busybox("sleep", "100").network("app").run(); Container other = busybox("sleep", "100").network("bridge").run()) {
            answering(web);
            String rules = output("nft", "list", "table", "ip", table().replaceFirst("ip ", ""));
            assertTrue(rules.contains("masquerade") && rules.contains("dnat") && rules.contains("elements"), rules);
            assertEquals(0, exit("nft", "add", "table", "ip", "strangers"));
            exit("nft", "flush", "ruleset");
            assertFalse(output("nft", "list", "tables").contains("strangers"), "the control: it was flushed");
            assertNotEquals(0, exit(("nft delete table " + table()).split(" ")), "nobody else may");
            assertNotEquals(0, exit(("nft flush table " + table()).split(" ")));
            assertEquals(rules, output("nft", "list", "table", "ip", table().replaceFirst("ip ", "")));
            assertEquals("", getAtOnce(other, web.ipAddress()), "still apart");
            assertEquals(name(web), get(same, web.ipAddress()));
            assertEquals(name(web), get("127.0.0.1:" + web.port(80)));
        }
    }

    /** As a VPN leads everything over itself without touching the default route: that takes no subnet. */
    @Test
    void aDefaultRouteInPiecesIsNobodysSubnet() throws IOException {
        try (Wire wire = new Wire()) {
            for (String half : new String[] {"0.0.0.0/1", "128.0.0.0/1"}) {
                assertEquals(0, exit("ip", "route", "add", half, "via", Wire.THERE));
            }
            for (String piece : new String[] {"::/3", "2000::/4", "3000::/4", "fc00::/7"}) {
                assertEquals(0, exit("ip", "-6", "route", "add", piece, "via", Wire.THERE6));
            }
            try (Network app = engine.networks().create("app", n -> n.subnet("10.40.0.0/24").subnet("fd12:3456:789a:5::/64")); Network any = engine.networks().create("any", n -> n.ipv6());
                    Container web = web().network("app").network("any").port(80).run()) {
                answering(web);
                assertEquals(name(web), get("127.0.0.1:" + web.port(80)));
            }
        }
    }
}
