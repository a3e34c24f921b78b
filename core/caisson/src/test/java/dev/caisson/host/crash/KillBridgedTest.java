package dev.caisson.host.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.crash.RandomKill;
import dev.caisson.testkit.crash.RandomKill.Victim;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.leak.LeakCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Fault F3: {@code kill -9} while bridged containers with published ports start: within two seconds no interface, route, table, port or process is left. */
@Timeout(180)
class KillBridgedTest extends CrashTest {
    private static final int BATCHES = 8;
    private static final int JVMS = 3;
    /** The kernel ends network namespaces one after the other, in the background (cleanup_net). */
    private static final Duration GONE = Duration.ofSeconds(30);
    private static final Duration START = Duration.ofSeconds(90);
    /** RTF_ANYCAST of linux/ipv6_route.h. */
    private static final long ANYCAST = 0x0010_0000;

    @Test
    void atRandomInstantsOfStarts() throws IOException {
        long seed = Long.getLong("caisson.crash.seed", System.nanoTime());
        LoggerFactory.getLogger(KillBridgedTest.class).warn("seed: -Dcaisson.crash.seed={}", seed);
        Random random = new Random(seed);
        for (int batch = 0; batch < BATCHES; batch++) {
            LeakCheck outside = outside();
            Set<String> before = network();
            List<ScenarioProcess> jvms = new ArrayList<>();
            try {
                for (int i = 0; i < JVMS; i++) {
                    Path home = home(batch, i);
                    jvms.add(ScenarioProcess.start(BridgedScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString()));
                }
                for (ScenarioProcess jvm : jvms) {
                    jvm.awaitMark("started", START);
                }
                assertTrue(more(before).stream().anyMatch(l -> l.contains("csn")), "the control: there is something to be left");
                for (ScenarioProcess jvm : jvms) {
                    RandomKill.Kill kill = RandomKill.kill(jvm, Victim.JVM, Duration.ofMillis(150), random);
                    assertEquals(jvm.jvm().pid(), kill.pid(), () -> "it ended before:\n" + jvm.waitFor(START).output());
                }
                eventually(() -> "routes and listeners of the dead are gone: " + more(before), GONE, () -> more(before).isEmpty());
                outside.assertNothingLeftAsPromised();
            } finally {
                jvms.forEach(ScenarioProcess::close);
            }
            for (int i = 0; i < JVMS; i++) {
                assertNextEngineSweeps(home(batch, i));
            }
        }
    }

    private Path home(int batch, int number) {
        return directory.resolve("home-" + batch + "-" + number);
    }

    private static Set<String> more(Set<String> before) {
        try {
            Set<String> now = network();
            now.removeAll(before);
            return now;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Routes, and sockets that listen or take datagrams, as the kernel lists them. */
    private static Set<String> network() throws IOException {
        Set<String> all = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("/proc/net/route"))) {
            all.add("route " + String.join(" ", List.of(line.split("\\s+")).subList(0, 3)));
        }
        for (String line : Files.readAllLines(Path.of("/proc/net/ipv6_route"))) {
            String[] words = line.split("\\s+");
            if ((Long.parseLong(words[8], 16) & ANYCAST) == 0) { // the host's own interfaces get them with the first engine that switches forwarding on, which stays
                all.add("route6 " + words[0] + " " + words[1] + " " + words[9]);
            }
        }
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            for (String line : Files.readAllLines(Path.of("/proc/net/" + table))) {
                String[] words = line.strip().split("\\s+");
                if (words[3].equals("0A") || words[3].equals("07")) {
                    all.add(table + " " + words[1]);
                }
            }
        }
        return all;
    }
}
