package dev.caisson.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.NetworkProblem;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.Options;
import java.net.InetAddress;
import java.net.UnknownHostException;
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

/** IPv6 addresses as text and as parts of subnets, which are given out, and which options make sense. */
class Addresses6Test {
    @Property
    void textAndBackAsTheJdkReadsIt(@ForAll @Size(8) List<@IntRange(max = 3) Integer> kinds, @ForAll short some, @ForAll @IntRange(max = 128) int length) throws UnknownHostException {
        byte[] bytes = new byte[16];
        for (int i = 0; i < 8; i++) {
            int group = kinds.get(i) == 0 ? some : kinds.get(i) == 1 ? 1 : 0; // many zeros, so that they are shortened
            bytes[2 * i] = (byte) (group >> 8);
            bytes[2 * i + 1] = (byte) group;
        }
        Prefix6 address = Prefix6.of(bytes, length);
        InetAddress read = InetAddress.getByName(address.text());
        if (read.getAddress().length == 16) { // else an IPv4 address in IPv6's clothes, which the JDK undresses
            assertEquals(address, Prefix6.parse(address.toString()));
            assertEquals(read, InetAddress.getByAddress(bytes));
        }
        assertFalse(address.text().contains(":::"), address.text());
    }

    @Property
    void anyOtherTextIsRefused(@ForAll String text) {
        assertThrows(IllegalArgumentException.class, () -> Prefix6.parse(text));
        if (!text.matches("[0-9a-fA-F:]*:[0-9a-fA-F:.]*")) {
            assertThrows(IllegalArgumentException.class, () -> Prefix6.parseAddress(text));
        }
    }

    @Property
    void overlapsIsContainingEitherWay(@ForAll long a, @ForAll @IntRange(max = 128) int la, @ForAll boolean same, @ForAll long b, @ForAll @IntRange(max = 128) int lb) {
        Prefix6 one = new Prefix6(a, b, la);
        Prefix6 two = same ? new Prefix6(a, b, lb) : new Prefix6(b, a, lb);
        assertEquals(one.contains(two) || two.contains(one), one.overlaps(two));
        assertTrue(one.contains(one.network()) && one.network().contains(one.of(128)));
    }

    @Test
    void asRfc5952WritesThem() {
        for (String text : List.of("::", "::1", "fd00::", "fd00:0:0:1::5", "1:2:3:4:5:6:7:8", "1:0:2:3:4:5:6:7", "2001:db8::1:0:0:1")) {
            assertEquals(text, Prefix6.parseAddress(text).text());
        }
        for (String wrong : List.of("", ":", ":::", "fd00", "fd00::%eth0", "::ffff:10.0.0.1", "10.0.0.1", "fd00::1::2", "fd00::/64", "[fd00::1]")) {
            assertThrows(IllegalArgumentException.class, () -> Prefix6.parseAddress(wrong), wrong);
        }
        assertEquals(Prefix6.parseAddress("fd00:0:0:1::1"), Prefix6.parse("fd00::ffff:ffff:ffff:ffff/127").address(3), "carried over the middle");
    }

    @Test
    void aSmallSubnetIsGivenOutToTheLastAddress() {
        Prefix6 subnet = Prefix6.parse("fd00:0:0:1::/124");
        AddressPool6 pool = new AddressPool6("n", subnet, subnet.address(1));
        Set<Prefix6> all = new HashSet<>();
        all.add(pool.take(Prefix6.parseAddress("fd00:0:0:1::9"), "static"));
        for (int i = 0; i < 13; i++) {
            assertTrue(all.add(pool.take("c")));
        }
        assertTrue(all.stream().allMatch(a -> subnet.contains(a) && !a.equals(subnet.address(0)) && !a.equals(subnet.address(1))));
        assertThrows(NetworkProblem.class, () -> pool.take("c"));
        for (String wrong : List.of("fd00:0:0:1::", "fd00:0:0:1::1", "fd00:0:0:1::9", "fd00:0:0:2::5")) {
            assertTrue(assertThrows(NetworkProblem.class, () -> pool.take(Prefix6.parseAddress(wrong), "other")).getMessage().contains(wrong), wrong);
        }
        pool.give(Prefix6.parseAddress("fd00:0:0:1::9"));
        assertEquals(Prefix6.parseAddress("fd00:0:0:1::9"), pool.take("c"));
    }

    @Test
    void optionsThatContradictEachOther() {
        for (Map<String, String> wrong : List.of(Map.of("subnet6", "fd00::1/64"), Map.of("subnet6", "fd00::"), Map.of("subnet6", "fd00::/127"), Map.of("subnet6", "fe80::/64"),
                Map.of("subnet6", "ff05::/64"), Map.of("subnet6", "::/64"), Map.of("subnet6", "10.0.0.0/24"), Map.of("gateway6", "fd00::1"),
                Map.of("subnet6", "fd00::/64", "gateway6", "fd01::1"), Map.of("subnet6", "fd00::/64", "gateway6", "fd00::"),
                Map.of("ipv6", "true", "com.docker.network.driver.mtu", "1279"))) {
            InvalidSpec refused = assertThrows(InvalidSpec.class, () -> Plan.of("n", Options.of("network driver bridge", Plan.SCHEMA, wrong)), wrong.toString());
            assertTrue(refused.getMessage().contains("network 'n' option"), refused.getMessage());
        }
        Plan plan = Plan.of("n", Options.of("network driver bridge", Plan.SCHEMA, Map.of("subnet6", "fd00::/64", "gateway6", "fd00::ff")));
        assertEquals(Optional.of(Prefix6.parseAddress("fd00::ff")), plan.gateway6());
        assertTrue(plan.ipv6() && !Plan.of("n", Options.of("network driver bridge", Plan.SCHEMA, Map.of())).ipv6());
    }
}
