package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.NetworkProblem;
import dev.caisson.network.overlay.Host.Inhabitant;
import dev.caisson.spi.network.Network;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.Wire;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Two hosts that may have encrypted networks, where the kernel has WireGuard, with etcd at each one's own loopback. */
abstract class EncryptionTest extends OverlayTest {
    private final List<EtcdAtHome> homes = new ArrayList<>();

    @BeforeEach
    void begin() {
        for (Host each : List.of(one, two)) {
            homes.add(new EtcdAtHome(each.space, "192.168.77.1"));
        }
    }

    @AfterEach
    void checkAndEnd() {
        for (Host each : List.of(one, two)) {
            assertFalse(each.space.output("ip", "-o", "link").contains("caisson-wg"), "it is in a namespace of its own");
        }
    }

    @AfterEach
    @Override
    void unplug() {
        super.unplug();
        homes.forEach(EtcdAtHome::close);
    }

    boolean wireGuard() {
        return one.space.output("sh", "-c", "ip link add probe type wireguard 2>&1 && ip link del probe && echo made").contains("made");
    }

    void needsWireGuard() {
        assumeTrue(wireGuard(), "WireGuard: modprobe wireguard");
    }

    /** Options with etcd before them. */
    static String[] with(String... more) {
        List<String> all = new ArrayList<>(List.of("etcd", EtcdAtHome.URL));
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    /** With the address that the others reach, which the way to an etcd on its own loopback does not tell. */
    String[] local(Host of, String... options) {
        List<String> all = new ArrayList<>(Arrays.asList(options));
        all.addAll(List.of("data-path-addr", Wire.address(of == one ? 1 : 2)));
        return all.toArray(String[]::new);
    }

    /** Makes a network, or says why not; an etcd on emulated processors may be too slow at first. */
    Network network(Host on, String name, String... options) {
        List<Network> made = new ArrayList<>();
        eventually("etcd agrees to " + name, () -> {
            try {
                made.add(on.network(name, local(on, options)));
            } catch (NetworkProblem e) {
                patient(e);
            }
            return !made.isEmpty();
        });
        return made.get(0);
    }

    /** Connects a new container, in the same way. */
    static Inhabitant container(Host on, Network network, String address, String name) {
        List<Inhabitant> made = new ArrayList<>();
        eventually("etcd says that the address is free", () -> {
            try {
                made.add(on.container(network, address, name));
            } catch (NetworkProblem e) {
                patient(e);
            }
            return !made.isEmpty();
        });
        return made.get(0);
    }

    private static void patient(NetworkProblem e) {
        if (!e.getMessage().contains("no answer within")) {
            throw e;
        }
    }

    static String key(String rest) {
        return "{\"key\":\"" + base64("/caisson/members/" + rest) + "\"";
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** One on each host, that know each other and reach each other. */
    record Pair(Network left, Network right, Inhabitant a, Inhabitant b) {}

    Pair pair(String network, String... options) {
        Network left = network(one, network, options);
        Network right = network(two, network, options);
        Pair pair = new Pair(left, right, container(one, left, "", network + "-a"), container(two, right, "", network + "-b"));
        know(pair, network);
        return pair;
    }

    private static void know(Pair pair, String network) {
        eventually("they know each other", () -> pair.b.resolves(network + "-a").size() == 1 && pair.a.resolves(network + "-b").size() == 1);
        eventually("they reach each other", () -> pair.a.reaches(pair.b.address()) && pair.b.reaches(pair.a.address()));
    }

    NetworkSpace middle() {
        return wire.middle();
    }
}
