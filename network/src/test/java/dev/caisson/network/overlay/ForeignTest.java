package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.rtnetlink.Prefix;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What other hosts write into etcd: what is taken is within the network's own addresses. Row 109. */
class ForeignTest {
    private static final Agreement NETWORK = new Agreement(4096, 4789, Prefix.parse("10.50.0.0/24"), Prefix.parseAddress("10.50.0.1"), false, java.util.Optional.empty());
    private static final Agreement ENCRYPTED = new Agreement(4096, 51820, NETWORK.subnet(), NETWORK.gateway(), true, java.util.Optional.of(dev.caisson.network.rtnetlink.Prefix6.parse("fd12:3456:789a::/64")));
    private static final String GOOD = "{\"ip\":\"10.50.0.7\",\"mac\":\"02:42:0a:32:00:07\",\"host\":\"192.168.77.11\",\"id\":\"c1\",\"names\":[\"web\"]}";

    private static Member parse(String key, String value) throws Foreign.Refused {
        return Member.parse(key, value.getBytes(StandardCharsets.UTF_8), NETWORK);
    }

    @Test
    void whatOneWritesTheOtherReads() throws Foreign.Refused {
        Member member = new Member(Prefix.parseAddress("10.50.0.7"), Prefix.parseAddress("192.168.77.11"), 4790, "c1", List.of("web", "db.example"));
        assertEquals(member, Member.parse("10.50.0.7", member.json(), NETWORK));
        assertEquals(NETWORK, Agreement.parse(NETWORK.json()));
        assertEquals(ENCRYPTED, Agreement.parse(ENCRYPTED.json()));
        assertEquals("fd12:3456:789a::a32:7", ENCRYPTED.address6(Prefix.parseAddress("10.50.0.7")).orElseThrow().text());
        assertEquals("4789 4789", NETWORK.vxlanPort() + " " + ENCRYPTED.vxlanPort());
        assertEquals("web 4789", parse("10.50.0.7", GOOD).names().get(0) + " " + parse("10.50.0.7", GOOD).port());
        assertEquals(4790, parse("10.50.0.7", GOOD.replace("\"id\"", "\"port\":4790,\"id\"")).port());
    }

    @Test
    void whatIsRefused() {
        List.of("10.50.0.0", "10.50.0.1", "10.50.0.255", "10.50.1.7", "8.8.8.8", "10.50.0.8", "010.50.0.7", "10.50.0.7/", "../10.50.0.7", "").forEach(key ->
                assertThrows(Foreign.Refused.class, () -> parse(key, GOOD), key));
        List.of("", "[]", "null", "{}", GOOD + GOOD, GOOD.replace("02:42:0a:32:00:07", "02:42:0a:32:00:01"), GOOD.replace("192.168.77.11", "127.0.0.1"), GOOD.replace("192.168.77.11", "224.0.0.1"),
                GOOD.replace("192.168.77.11", "255.255.255.255"), GOOD.replace("192.168.77.11", "0.0.0.0"), GOOD.replace("192.168.77.11", "10.50.0.9"), GOOD.replace("192.168.77.11", "host"),
                GOOD.replace("\"web\"", ""), GOOD.replace("\"web\"", "\"../web\""), GOOD.replace("\"web\"", "\"we b\""), GOOD.replace("\"web\"", "\"\""), GOOD.replace("\"web\"", "7"),
                GOOD.replace("\"web\"", String.join(",", Collections.nCopies(33, "\"web\""))), GOOD.replace("\"c1\"", "\"a\\nb\""), GOOD.replace("\"c1\"", "\"" + "x".repeat(129) + "\""),
                GOOD.replace("{\"ip\"", "{\"x\":\"" + "y".repeat(20_000) + "\",\"ip\""), GOOD.replace("{\"ip\"", "{\"ip\":\"10.50.0.7\",\"ip\""),
                GOOD.replace("\"id\"", "\"port\":0,\"id\""), GOOD.replace("\"id\"", "\"port\":65536,\"id\""), GOOD.replace("\"id\"", "\"port\":\"4790\",\"id\"")).forEach(value ->
                assertThrows(Foreign.Refused.class, () -> parse("10.50.0.7", value), value));
        assertThrows(Foreign.Refused.class, () -> Member.parse("10.50.0.7", GOOD.replace("\"id\"", "\"port\":4790,\"id\"").getBytes(StandardCharsets.UTF_8), ENCRYPTED), "a way round the tunnel's port");
        String good = new String(NETWORK.json(), StandardCharsets.UTF_8);
        List.of("", "{}", good.replace("4096", "0"), good.replace("4096", "16777216"), good.replace("4096", "\"1\""), good.replace("4789", "65536"), good.replace("10.50.0.0/24", "10.50.0.1/24"),
                good.replace("10.50.0.0/24", "0.0.0.0/0"), good.replace("10.50.0.0/24", "10.50.0.0/31"), good.replace("10.50.0.1", "10.50.1.1"), good.replace("10.50.0.1", "10.50.0.255"),
                good.replace("}", ",\"encrypted\":\"no\"}"), good.replace("}", ",\"subnet6\":\"fd12::1/64\"}"), good.replace("}", ",\"subnet6\":\"fd12::/97\"}"),
                good.replace("}", ",\"subnet6\":\"::/0\"}"), good.replace("}", ",\"subnet6\":\"10.0.0.0/24\"}"), good.replace("}", ",\"subnet6\":64}")).forEach(value ->
                assertThrows(Foreign.Refused.class, () -> Agreement.parse(value.getBytes(StandardCharsets.UTF_8)), value));
        assertTrue(Agreement.isPrivate(Prefix.parse("172.31.0.0/16")) && !Agreement.isPrivate(Prefix.parse("8.8.8.0/24")) && !Agreement.isPrivate(Prefix.parse("172.16.0.0/8")));
    }

    /** Whatever is taken is an address for a container of the network, behind a host that can be one. */
    private static void read(String key, byte[] value) {
        try {
            Member member = Member.parse(key, value, NETWORK);
            assertTrue(NETWORK.isForContainers(member.address()) && Member.isHost(member.host()) && member.port() > 0 && member.port() <= 65535 && !member.names().isEmpty());
        } catch (Foreign.Refused e) {
            assertTrue(e.getMessage() != null);
        }
        try {
            Agreement agreed = Agreement.parse(value);
            assertTrue(agreed.vni() > 0 && agreed.subnet().contains(agreed.gateway()));
        } catch (Foreign.Refused e) {
            assertTrue(e.getMessage() != null);
        }
    }

    @Property(tries = 1000)
    void garbage(@ForAll String key, @ForAll byte[] value) {
        read(key, value);
    }

    @Property(tries = 2000)
    void goodOnesWithAByteChanged(@ForAll("good") String good, @ForAll @IntRange(max = 200) int at, @ForAll byte with) {
        byte[] value = good.getBytes(StandardCharsets.UTF_8);
        value[at % value.length] = with;
        read("10.50.0.7", value);
    }

    @Provide
    Arbitrary<String> good() {
        return Arbitraries.of(GOOD, new String(NETWORK.json(), StandardCharsets.UTF_8), new String(ENCRYPTED.json(), StandardCharsets.UTF_8));
    }
}
