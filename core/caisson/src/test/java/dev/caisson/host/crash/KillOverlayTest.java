package dev.caisson.host.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.RealEtcd;
import dev.caisson.testkit.hosts.Wire;
import dev.caisson.testkit.leak.LeakCheck;
import dev.caisson.testkit.registry.Pki;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engines of two JVMs on two hosts, one of which is killed: the other forgets its containers, and nothing of it is left. */
@RequiresTool(value = {"etcd", "nsenter"}, debianPackage = "etcd-server")
@Timeout(180)
class KillOverlayTest extends CrashTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private ScenarioProcess start(NetworkSpace host, String home, String own, String other) {
        Path at = directory.resolve(home);
        return ScenarioProcess.startOn(host, OverlayScenario.class, at.resolve("engine").toString(), at.resolve("run").toString(), root.path().toString(), "http://192.168.77.1:2379", own, other);
    }

    private ScenarioProcess encrypted(NetworkSpace host, String home, String own, String other, Path authority) {
        Path at = directory.resolve(home);
        return ScenarioProcess.startOn(host, OverlayScenario.class, at.resolve("engine").toString(), at.resolve("run").toString(), root.path().toString(), "https://192.168.77.1:2379", own, other,
                authority.toString());
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

    /** Whichever of a host's two engines dies: the other stays on the network, and so does what is told of it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theOtherEngineOfItsHostGoesOn(boolean first) {
        try (Wire wire = new Wire(); RealEtcd etcd = new RealEtcd(wire.middle(), directory.resolve("etcd"), "http")) {
            NetworkSpace one = wire.host();
            NetworkSpace two = wire.host();
            LeakCheck outside = outside();
            String stays = first ? "second" : "first";
            try (ScenarioProcess a = start(one, "a", "first", first ? "third" : "second")) {
                a.awaitMark("started", PATIENCE);
                try (ScenarioProcess b = start(one, "b", "second", first ? "first" : "third"); ScenarioProcess c = start(two, "c", "third", stays)) {
                    List.of(a, b, c).forEach(each -> each.awaitMark("reached", PATIENCE));
                    assertEquals("4789 4790 2 6", ports(one) + engines(one) + " " + routes(one), () -> "the control: " + state(one));
                    (first ? a : b).jvm().destroyForcibly();
                    (first ? b : a).awaitMark("gone", PATIENCE);
                    String left = (first ? "4790 " : "4789 ") + "1 3";
                    eventually("nothing of the dead is left", Duration.ofSeconds(30), () -> left.equals(ports(one) + engines(one) + " " + routes(one)));
                    try (ScenarioProcess next = start(two, "next", "fourth", stays)) {
                        next.awaitMark("reached", PATIENCE);
                        List.of(a, b, c, next).forEach(each -> each.jvm().destroyForcibly());
                        eventually("nothing of all is left", Duration.ofSeconds(30), () -> engines(one) + engines(two) + routes(one) + routes(two) == 0);
                        outside.assertNothingLeft(); // before guards are killed by close()
                    }
                }
            }
        }
    }

    /** To its own addresses, those of the network, and the container's. */
    private static long routes(NetworkSpace host) {
        return state(host).stream().filter(l -> l.contains(" via ")).count();
    }

    private static long engines(NetworkSpace host) {
        return state(host).stream().filter(l -> l.contains("_vx")).count();
    }

    private static String ports(NetworkSpace host) {
        return host.output("sh", "-c", "ss -Hlnu | grep -o '47[89][0-9]' | sort -u | tr '\\n' ' '");
    }

    /** The tunnel is a namespace of the JVM's. A kernel without WireGuard refuses, and nothing is left then either. */
    @Test
    void soDoesOneOfAnEncryptedNetwork() {
        Pki pki = new Pki(directory.resolve("pki"));
        Pki.Identity server = pki.issue("etcd", "IP:192.168.77.1,IP:127.0.0.1", "-days 2");
        Path authority = pki.directory().resolve("ca.crt");
        try (Wire wire = new Wire(); RealEtcd etcd = new RealEtcd(wire.middle(), directory.resolve("etcd"), "https", "--cert-file", server.certificate().toString(), "--key-file",
                server.key().toString())) {
            NetworkSpace one = wire.host();
            NetworkSpace two = wire.host();
            boolean possible = one.output("sh", "-c", "ip link add probe type wireguard 2>&1 && ip link del probe && echo made").contains("made");
            List<String> before = state(one);
            LeakCheck outside = outside();
            try (ScenarioProcess left = encrypted(one, "one", "left", "right", authority); ScenarioProcess right = encrypted(two, "two", "right", "left", authority)) {
                left.awaitMark(possible ? "reached" : "refused", PATIENCE);
                right.awaitMark(possible ? "reached" : "refused", PATIENCE);
                assertEquals(possible, state(one).stream().anyMatch(l -> l.contains(":51820")), "the control");
                left.jvm().destroyForcibly();
                right.jvm().destroyForcibly();
                eventually("nothing of the dead is left", Duration.ofSeconds(30), () -> state(one).equals(before));
                outside.assertNothingLeft();
            }
        }
    }
}
