package dev.caisson.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.NetworkProblem;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.Options;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Which addresses and subnets are given, and which options make sense. */
class AddressesTest {
    @Property
    void addressesAreDistinctInsideAndNobodysElse(@ForAll @IntRange(min = 24, max = 30) int length, @ForAll @Size(max = 100) List<Boolean> steps) {
        Prefix subnet = new Prefix(Prefix.parseAddress("10.40.0.0"), length);
        AddressPool pool = new AddressPool("n", subnet, subnet, subnet.address() + 1);
        List<Integer> held = new ArrayList<>();
        int capacity = (1 << 32 - length) - 3;
        for (boolean take : steps) {
            if (take && held.size() == capacity) {
                assertThrows(NetworkProblem.class, () -> pool.take("c"));
            } else if (take) {
                int address = pool.take("c");
                assertTrue(subnet.contains(address) && address != subnet.address() && address != subnet.last() && address != subnet.address() + 1);
                assertFalse(held.contains(address));
                held.add(address);
            } else if (!held.isEmpty()) {
                pool.give(held.remove(held.size() / 2));
            }
        }
    }

    @Property
    void textAndBack(@ForAll int address, @ForAll @IntRange(max = 32) int length) {
        Prefix prefix = new Prefix(address, length);
        assertEquals(prefix, Prefix.parse(prefix.toString()));
        assertTrue(prefix.contains(address) && prefix.contains(prefix.last()));
    }

    @Property
    void anyOtherTextIsRefused(@ForAll String text) {
        assertThrows(IllegalArgumentException.class, () -> Prefix.parse(text));
        assertThrows(IllegalArgumentException.class, () -> Prefix.parseAddress(text));
    }

    @Property
    void overlapsIsContainingEitherWay(@ForAll int a, @ForAll @IntRange(max = 32) int la, @ForAll int b, @ForAll @IntRange(max = 32) int lb) {
        Prefix one = new Prefix(a, la);
        Prefix two = new Prefix(b, lb);
        assertEquals(one.contains(two) || two.contains(one), one.overlaps(two));
    }

    @Test
    void subnetsAreTheUpperHalfThenThoseOfFurtherBlocks() {
        SubnetPool pool = new SubnetPool(Prefix.parse("172.18.0.0/16"));
        Set<Prefix> all = new HashSet<>();
        for (int i = 128; i <= 254; i++) {
            assertEquals(Prefix.parse("172.18." + i + ".0/24"), pool.take(Optional::empty).orElseThrow());
            all.add(Prefix.parse("172.18." + i + ".0/24"));
        }
        assertEquals(Optional.empty(), pool.take(Optional::empty));
        assertEquals(Optional.of(Prefix.parse("172.19.0.0/24")), pool.take(() -> Optional.of(Prefix.parse("172.19.0.0/16"))));
        pool.give(Prefix.parse("172.18.200.0/24"));
        assertEquals(Optional.of(Prefix.parse("172.18.200.0/24")), pool.take(Optional::empty));
        assertEquals(Optional.of(Prefix.parse("172.19.1.0/24")), pool.take(Optional::empty));
        assertEquals(127, all.size());
    }

    @Test
    void optionsThatContradictEachOther() {
        for (Map<String, String> wrong : List.of(Map.of("subnet", "10.40.0.1/24"), Map.of("subnet", "10.40.0.0/31"), Map.of("subnet", "0.0.0.0/0"), Map.of("subnet", "fd00::/64"),
                Map.of("subnet", "10.40.0.0"), Map.of("gateway", "10.40.0.1"), Map.of("ip-range", "10.40.0.0/28"), Map.of("subnet", "10.40.0.0/24", "gateway", "10.41.0.1"),
                Map.of("subnet", "10.40.0.0/24", "gateway", "10.40.0.0"), Map.of("subnet", "10.40.0.0/24", "gateway", "10.40.0.255"),
                Map.of("subnet", "10.40.0.0/24", "ip-range", "10.40.0.0/16"), Map.of("com.docker.network.driver.mtu", "67"))) {
            InvalidSpec refused = assertThrows(InvalidSpec.class, () -> Plan.of("n", Options.of("network driver bridge", Plan.SCHEMA, wrong)), wrong.toString());
            assertTrue(refused.getMessage().contains("network 'n' option"), refused.getMessage());
        }
        Plan plan = Plan.of("n", Options.of("network driver bridge", Plan.SCHEMA, Map.of("subnet", "10.40.0.0/24", "ip-range", "10.40.0.128/25", "gateway", "10.40.0.254")));
        assertEquals(Optional.of(Prefix.parse("10.40.0.128/25")), plan.range());
    }
}
