package dev.caisson.host.crash;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.RealEtcd;
import dev.caisson.testkit.hosts.Wire;
import dev.caisson.testkit.leak.LeakCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Engines of two JVMs on two hosts, one of which is killed: the other forgets its containers, and nothing of it is left. */
@RequiresTool(value = {"etcd", "nsenter"}, debianPackage = "etcd-server")
@Timeout(180)
class KillOverlayTest extends CrashTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private ScenarioProcess start(NetworkSpace host, String home, String own, String other) {
        Path at = directory.resolve(home);
        return ScenarioProcess.startOn(host, OverlayScenario.class, at.resolve("engine").toString(), at.resolve("run").toString(), root.path().toString(), "http://192.168.77.1:2379", own, other);
    }

    /** Interfaces, tables, routes and sockets of a host. */
    private static List<String> state(NetworkSpace host) {
        return host.output("sh", "-c", "ip -o link | sed 's/@.*//'; nft list tables; ip route; ss -Hlnut").lines().toList();
    }

    @Test
    void aKilledHostIsForgottenAndLeavesNothing() {
        try (Wire wire = new Wire(); RealEtcd etcd = new RealEtcd(wire.middle(), directory.resolve("etcd"), "http")) {
            NetworkSpace one = wire.host();
            NetworkSpace two = wire.host();
            List<String> before = state(one);
            LeakCheck outside = outside();
            try (ScenarioProcess left = start(one, "one", "left", "right"); ScenarioProcess right = start(two, "two", "right", "left")) {
                left.awaitMark("reached", PATIENCE);
                right.awaitMark("reached", PATIENCE);
                assertTrue(state(one).stream().anyMatch(l -> l.contains("_vx")) && state(one).stream().anyMatch(l -> l.contains(":4789")), () -> "the control: " + state(one));
                left.jvm().destroyForcibly();
                eventually("nothing of the dead is left", Duration.ofSeconds(30), () -> state(one).equals(before));
                right.awaitMark("gone", PATIENCE);
                try (ScenarioProcess next = start(one, "next", "next", "right")) {
                    next.awaitMark("reached", PATIENCE);
                    next.jvm().destroyForcibly();
                    right.jvm().destroyForcibly();
                    eventually("nothing of the dead is left", Duration.ofSeconds(30), () -> state(one).equals(before));
                    outside.assertNothingLeft();
                }
            }
        }
    }
}
