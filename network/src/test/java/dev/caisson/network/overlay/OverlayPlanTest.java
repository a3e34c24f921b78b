package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.Options;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class OverlayPlanTest {
    private static OverlayPlan plan(String... options) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            all.put(options[i], options[i + 1]);
        }
        return OverlayPlan.of("mesh", Options.of("network driver overlay", OverlayPlan.SCHEMA, all));
    }

    @Test
    void withEtcd() {
        OverlayPlan plan = plan("etcd", "http://10.0.0.5:2379, http://etcd.example:2379");
        assertEquals("2 0 0 /caisson PT10S", plan.etcd().orElseThrow().endpoints().size() + " " + plan.vni() + " " + plan.port() + " " + plan.prefix() + " " + plan.ttl());
    }

    @Test
    void withPeers() {
        OverlayPlan plan = plan("subnet", "10.50.0.0/24", "ip-range", "10.50.0.0/26", OverlayPlan.VNI, "42", "peers", "192.168.7.3:4790=10.50.0.64/26,192.168.7.4=10.50.0.128/25");
        assertEquals(4790, plan.peers().get(0).port());
        assertEquals(new OverlayPlan.Peer(Prefix.parseAddress("192.168.7.4"), 0, Prefix.parse("10.50.0.128/25")), plan.peers().get(1));
    }

    private static void refused(String word, String... options) {
        InvalidSpec refusal = assertThrows(InvalidSpec.class, () -> plan(options));
        assertTrue(refusal.getMessage().contains(word), refusal.getMessage());
    }

    @Test
    void whatIsRefused() {
        refused("neither etcd nor peers");
        refused("both", "etcd", "http://x:1", "peers", "192.168.7.3=10.50.0.64/26", "subnet", "10.50.0.0/24");
        refused("not all of subnet", "peers", "192.168.7.3=10.50.0.64/26", "subnet", "10.50.0.0/24");
        refused("no endpoint", "etcd", "10.0.0.5:2379");
        refused("no endpoint", "etcd", "ftp://10.0.0.5");
        refused("no endpoint", "etcd", "http://user:secret@10.0.0.5:2379");
        refused("not https", "etcd", "http://x:1", "etcd-user", "u", "etcd-password-file", "/etc/hostname");
        refused("without the other", "etcd", "https://x:1", "etcd-user", "u");
        refused("no file", "etcd", "https://x:1", "etcd-ca", "/nonexistent");
        refused("between 2s and 10m", "etcd", "http://x:1", "etcd-ttl", "1s");
        refused("like /caisson", "etcd", "http://x:1", "etcd-prefix", "a/../b");
        refused("between 1 and 16777215", "etcd", "http://x:1", OverlayPlan.VNI, "16777216");
        refused("between a /16 and a /96", "etcd", "http://x:1", "subnet6", "fd12::/112");
        refused("without bits beyond", "etcd", "http://x:1", "subnet6", "fd12::1/64");
        refused("too small for IPv6", "etcd", "http://x:1", "ipv6", "true", OverlayPlan.MTU, "1279");
        refused("is of no subnet", "peers", "192.168.7.3=10.50.0.64/26", "subnet", "10.50.0.0/24", "ip-range", "10.50.0.0/26", OverlayPlan.VNI, "42", "ipv6", "true");
        refused("between 1 and 65535", "etcd", "http://x:1", "data-path-port", "0");
        refused("not in the subnet", "etcd", "http://x:1", "subnet", "10.50.0.0/24", "ip-range", "10.51.0.0/26");
        refused("not an address for a host", "etcd", "http://x:1", "subnet", "10.50.0.0/24", "gateway", "10.50.0.255");
        refused("no host's address", "etcd", "http://x:1", "data-path-addr", "224.0.0.1");
        for (String peers : new String[] {"192.168.7.3", "192.168.7.3=", "=10.50.0.64/26", "127.0.0.1=10.50.0.64/26", "192.168.7.3=10.50.0.0/16", "192.168.7.3=10.51.0.64/26", "x=10.50.0.64/26", "192.168.7.3:=10.50.0.64/26", "192.168.7.3:0=10.50.0.64/26", "192.168.7.3:65536=10.50.0.64/26", "192.168.7.3:1:2=10.50.0.64/26"}) {
            refused("peers", "subnet", "10.50.0.0/16", "ip-range", "10.50.0.0/26", OverlayPlan.VNI, "42", "peers", peers);
        }
        refused("another host has too", "subnet", "10.50.0.0/24", "ip-range", "10.50.0.0/26", OverlayPlan.VNI, "42", "peers", "192.168.7.3=10.50.0.32/27");
    }

    /** Texts of users are a plan or an InvalidSpec. */
    @Property(tries = 2000)
    void anyText(@ForAll @From("names") String name, @ForAll String text) {
        try {
            plan("etcd", "http://x:1", name, text);
        } catch (InvalidSpec e) {
            assertTrue(!e.problems().isEmpty());
        }
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.of(OverlayPlan.SCHEMA.stream().map(o -> o.name()).toList());
    }
}
