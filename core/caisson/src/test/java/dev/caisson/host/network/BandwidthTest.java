package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Bandwidth;
import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.InvalidSpec;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a container sends and receives is no more than it may. A transfer that is slower than it could be proves nothing, so each bound is a lower one. */
class BandwidthTest extends NetworkTest {
    private static final int KIBIBYTES = 2000;
    /** 2,000 KiB at 10 Mbit a second are 1.64 s and the headers. */
    private static final double LEAST_SECONDS = 1.5;

    private Container server(Bandwidth limit, String... networks) {
        var builder = web().stopTimeout(Duration.ZERO);
        for (String network : networks) {
            builder.network(network);
        }
        Container web = builder.bandwidth(limit.egress() == 0 ? "" : limit.egress() + "bit", limit.ingress() == 0 ? "" : limit.ingress() + "bit").run();
        assertEquals(0, web.exec("/busybox", "dd", "if=/dev/zero", "of=/big", "bs=1k", "count=" + KIBIBYTES).run().exitCode());
        return web;
    }

    private static double seconds(Container from, String address) {
        long start = System.nanoTime();
        var fetched = from.exec("/busybox", "wget", "-q", "-O", "/dev/null", "http://" + address + "/big").run();
        assertEquals(0, fetched.exitCode(), fetched.stderr());
        return (System.nanoTime() - start) / 1e9;
    }

    private static void slow(Container from, String address, String why) {
        double took = seconds(from, address);
        assertTrue(took > LEAST_SECONDS, why + ": " + took + " s");
    }

    private void quick(Container from, String address) {
        eventually("faster than the limit", PATIENCE, () -> seconds(from, address) < LEAST_SECONDS / 2);
    }

    @Test
    void bothWaysAndChangedWhileItRuns() {
        Bandwidth ten = new Bandwidth(10_000_000, 0);
        try (Network app = engine.networks().create("app"); Container web = server(ten, "app", "bridge");
                Container client = busybox("sleep", "600").stopTimeout(Duration.ZERO).network("app").capAdd(Capability.NET_ADMIN).run()) {
            assertEquals(ten, web.bandwidth());
            slow(client, web.ipAddress("app"), "what it sends");
            web.bandwidth("", "");
            quick(client, web.ipAddress("app"));
            client.bandwidth("", "10mbit");
            slow(client, web.ipAddress("app"), "what another receives");
            assertFalse(client.exec("/busybox", "ip", "link").run().stdout().contains("tbf"), "there is nothing inside that could be taken away");
            client.bandwidth("", "1gbit");
            quick(client, web.ipAddress("app"));
            assertEquals("unlimited out, 1000mbit in", client.bandwidth().toString());
            web.bandwidth("10mbit", "");
            app.disconnect(web);
            app.connect(web);
            slow(client, web.ipAddress("app"), "on a network it came to later");
            web.restart();
            eventually("it serves again", PATIENCE, () -> !get(client, web.ipAddress("app")).isEmpty());
            slow(client, web.ipAddress("app"), "after a restart");
            assertEquals(2, detours(), "one for each of its networks");
            web.bandwidth(Bandwidth.UNLIMITED);
            assertEquals(0, detours());
            web.bandwidth("10mbit", "10mbit");
        }
        assertEquals(0, detours(), "they go with their ports");
    }

    /** As iperf3 counts, which is TCP's payload: 1,448 of the 1,514 bytes of a frame. */
    @Test
    void withinFivePercentByIperf3() {
        try (Network app = engine.networks().create("app"); Container server = engine.hostRoot().network("app").stopTimeout(Duration.ZERO).command("iperf3", "-s").run();
                Container client = engine.hostRoot().network("app").stopTimeout(Duration.ZERO).command("sleep", "600").bandwidth("50mbit", "20mbit").run()) {
            eventually("the server listens", PATIENCE, () -> client.exec("iperf3", "-t", "1", "-c", server.ipAddress()).run().exitCode() == 0);
            isWithin(50e6, "what it sends", client, server);
            isWithin(20e6, "what it receives", client, server, "-R");
            client.bandwidth("100mbit", "");
            isWithin(100e6, "changed while it runs", client, server);
        }
    }

    /** Within five percent at least once in fifteen times: on a busy machine a transfer may have to wait for a processor, or get at once what had waited; a rate that is wrong is wrong each time. */
    private static void isWithin(double rate, String what, Container from, Container server, String... options) {
        double payload = rate * 1448 / 1514;
        java.util.List<Double> measured = new java.util.ArrayList<>();
        do {
            measured.add(transfer(from, server, options));
        } while (measured.size() < 15 && !(Math.abs(measured.get(measured.size() - 1) - payload) <= 0.05 * payload));
        assertTrue(Math.abs(measured.get(measured.size() - 1) - payload) <= 0.05 * payload, what + ": " + measured + " of " + payload + " bit/s");
    }

    /** Without the first second, in which TCP finds out; no number if the server was still busy with the client before. */
    private static double transfer(Container from, Container server, String... options) {
        String json = from.exec(prefixed("iperf3", prefixed("-J", prefixed("-O", prefixed("1", prefixed("-t", prefixed("3", prefixed("-c", prefixed(server.ipAddress(), options))))))))).run().stdout();
        String rate = json.replaceFirst("(?s).*\"sum_received\":\\s*\\{[^}]*?\"bits_per_second\":\\s*([0-9.e+]+).*", "$1");
        return rate.matches("[0-9.e+]+") ? Double.parseDouble(rate) : Double.NaN;
    }

    private static long detours() {
        return inRouter("ip", "-o", "link", "show", "type", "ifb").lines().count();
    }

    @Test
    void refusedWhereThereIsNothingToLimit() {
        assertThrows(InvalidSpec.class, () -> web().bandwidth("10mbit", "").run());
        try (Container alone = busybox("sleep", "600").networkNone().stopTimeout(Duration.ZERO).run(); Container host = busybox("sleep", "600").networkHost().stopTimeout(Duration.ZERO).run()) {
            for (Container each : new Container[] {alone, host}) {
                NetworkProblem refused = assertThrows(NetworkProblem.class, () -> each.bandwidth("10mbit", ""));
                assertTrue(refused.getMessage().contains("bandwidth") && !refused.remedy().isEmpty(), refused.getMessage());
            }
        }
    }
}
