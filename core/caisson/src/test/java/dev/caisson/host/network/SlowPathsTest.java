package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Faults;
import dev.caisson.InvalidSpec;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is made slow between two containers is slow between these two alone, and quick again. A bound is a lower one: slower than it could be proves nothing. */
class SlowPathsTest extends NetworkTest {
    /** 2,000 KiB at 10 Mbit a second are 1.64 s and the headers. */
    private static final int KIBIBYTES = 2000;
    private static final double LEAST_SECONDS = 1.5;

    private static double seconds(Container from, Container server) {
        long start = System.nanoTime();
        var fetched = from.exec("/busybox", "wget", "-q", "-O", "/dev/null", "http://" + server.ipAddress() + "/big").run();
        assertEquals(0, fetched.exitCode(), fetched.stderr());
        return (System.nanoTime() - start) / 1e9;
    }

    private void quick(Container from, Container server) {
        eventually("faster than the rate", PATIENCE, () -> seconds(from, server) < LEAST_SECONDS / 2);
    }

    private static void slow(Container from, Container server, String why) {
        double took = seconds(from, server);
        assertTrue(took > LEAST_SECONDS, why + ": " + took + " s");
    }

    private Container idle() {
        return busybox("sleep", "600").network("app").stopTimeout(Duration.ZERO).run();
    }

    private static long queues() {
        return inRouter("ip", "-o", "link", "show", "type", "ifb").lines().count();
    }

    @Test
    void aRateBetweenTwo() {
        try (Network app = engine.networks().create("app"); Container web = web().network("app").stopTimeout(Duration.ZERO).run(); Container client = idle(); Container third = idle()) {
            assertEquals(0, web.exec("/busybox", "dd", "if=/dev/zero", "of=/big", "bs=1k", "count=" + KIBIBYTES).run().exitCode());
            answering(web);
            quick(client, web);
            try (Faults narrow = app.between(client, web).rate("10mbit")) {
                slow(client, web, "from the server to the client");
                quick(third, web);
                narrow.rate("1gbit");
                quick(client, web);
                narrow.rate("10mbit");
                assertEquals(2, queues(), "one each way");
                web.bandwidth("1gbit", "");
                slow(client, web, "with a limit for all beside it");
                web.bandwidth("", "");
                slow(client, web, "and without that again");
                narrow.heal();
                quick(client, web);
                assertEquals(0, queues());
                web.bandwidth("10mbit", "");
                narrow.rate("1gbit");
                narrow.heal();
                slow(client, web, "the limit for all is as it was");
                web.bandwidth("", "");
                narrow.rate("10mbit");
            }
            quick(client, web);
            app.between(web, client).rate("10mbit");
            app.disconnect(client);
            assertEquals(0, queues(), "they go with the container");
            app.connect(client);
            quick(client, web);
        }
    }

    /** Where the kernel has netem; else it is said by name. */
    @Test
    void latencyBetweenTwo() {
        try (Network app = engine.networks().create("app"); Container one = idle(); Container two = idle(); Container third = idle(); Faults late = app.between(one, two)) {
            try {
                late.latency(Duration.ofMillis(50));
            } catch (NetworkProblem e) {
                assertTrue(e.getMessage().contains("(netem)") && e.getMessage().contains("ENOENT") && e.remedy().contains("modprobe -a sch_netem"), e.getMessage() + e.remedy());
                assertEquals(0, queues(), "nothing is left");
                late.rate("10mbit");
                assertEquals(2, queues(), "a rate does without");
                return;
            }
            assertTrue(milliseconds(one, two) >= 100, "there and back");
            assertTrue(milliseconds(two, one) >= 100);
            eventually("a third is not late", PATIENCE, () -> milliseconds(one, third) < 50);
            late.rate("10mbit");
            assertTrue(milliseconds(one, two) >= 100, "with a rate too");
            late.latency(Duration.ZERO);
            eventually("with a rate alone", PATIENCE, () -> milliseconds(one, two) < 50);
            late.latency(Duration.ofMillis(20));
            late.heal();
            eventually("healed", PATIENCE, () -> milliseconds(one, two) < 20);
        }
    }

    /** The quickest of three. */
    private static double milliseconds(Container from, Container to) {
        String text = from.exec("/busybox", "ping", "-q", "-c", "3", "-W", "2", to.ipAddress()).run().stdout();
        return Double.parseDouble(text.replaceFirst("(?s).*min/avg/max = ([0-9.]+)/.*", "$1"));
    }

    @Test
    void refusedByName() {
        try (Network app = engine.networks().create("app"); Container one = idle(); Container two = idle(); Faults faults = app.between(one, two)) {
            assertThrows(InvalidSpec.class, () -> faults.latency(Duration.ofMillis(-1)));
            assertThrows(InvalidSpec.class, () -> faults.latency(Duration.ofHours(2)));
            assertTrue(assertThrows(InvalidSpec.class, () -> faults.rate("fast")).getMessage().contains("rate(\"fast\")"));
            assertThrows(InvalidSpec.class, () -> faults.rate("1bit"));
        }
    }
}
