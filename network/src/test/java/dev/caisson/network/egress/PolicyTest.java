package dev.caisson.network.egress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Egress;
import dev.caisson.EgressAttempt;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What rules come to, without a kernel. */
class PolicyTest {
    private static final byte[] HOST = {10, 64, (byte) 255, (byte) 253};

    private static Egress.Rule name(String name, int port) {
        return new Egress.Rule(name, port, port, "tcp", false);
    }

    private static Policy policy(List<Egress.Rule> allowed, List<Egress.Rule> denied, String... resolved) {
        return new Policy(new Egress(false, allowed, denied, List.of(resolved)), HOST);
    }

    private static byte[] address(String text) throws UnknownHostException {
        return InetAddress.getByName(text).getAddress();
    }

    @Test
    void names() {
        Policy policy = policy(List.of(name("repo.example", 443), name("*.cdn.example", 443), name("repo.example", 80)), List.of(), "*.corp");
        assertTrue(policy.names("repo.example", 443) && policy.names("a.b.cdn.example", 443));
        assertFalse(policy.names("repo.example", 8443) || policy.names("cdn.example", 443) || policy.names("evilcdn.example", 443) || policy.names("repo.example.evil", 443)
                || policy.names("a.cdn.example", 80) || policy.names("db.corp", 443));
        assertEquals(List.of(443, 80), policy.ports());
        assertEquals(OptionalInt.empty(), policy.refuses("db.corp", 1));
        assertEquals(OptionalInt.of(3), policy.refuses("corp", 1));
        assertEquals(OptionalInt.of(3), policy.refuses("", 1));
        assertEquals(OptionalInt.of(0), policy.refuses("repo.example", 65), "no keys to hide a name with");
        assertEquals(OptionalInt.empty(), policy(List.of(), List.of(), "*").refuses("any.example", 1));
        Policy host = policy(List.of(name("host.docker.internal", 8080)), List.of());
        assertEquals(List.of(new Policy.Opening(Net.host(HOST), 8080, 8080, 6)), host.allowed());
        assertEquals(List.of(), host.ports());
    }

    @Test
    void whereANameMayNotLead() throws UnknownHostException {
        Policy policy = policy(List.of(name("a.example", 443)), List.of(new Egress.Rule("10.0.0.0/8", 0, 0, "", false), new Egress.Rule("192.0.2.0/24", 22, 22, "tcp", false)));
        for (String bad : List.of("127.0.0.1", "0.0.0.0", "10.1.2.3", "169.254.169.254", "224.0.0.1", "255.255.255.255", "100.100.100.200", "::1", "::", "fe80::1", "ff02::1", "fd00:ec2::254",
                "64:ff9b::a9fe:a9fe", "::a9fe:a9fe")) {
            assertTrue(policy.barred(address(bad), 443, 6).isPresent(), bad);
        }
        for (String good : List.of("192.0.2.1", "172.16.0.1", "2001:db8::1", "fd00:ec2::253", "100.100.100.201")) {
            assertTrue(policy.barred(address(good), 443, 6).isEmpty(), good);
        }
        assertTrue(policy.barred(address("192.0.2.1"), 22, 6).isPresent());
        Policy meant = policy(List.of(new Egress.Rule("169.254.169.254/32", 80, 80, "tcp", false), new Egress.Rule("0.0.0.0/0", 0, 0, "", false)), List.of());
        assertTrue(meant.barred(address("169.254.169.254"), 80, 6).isEmpty(), "it is named");
        assertTrue(meant.barred(address("169.254.169.254"), 81, 6).isPresent() && meant.barred(address("169.254.1.1"), 80, 6).isPresent(), "everything is not this");
    }

    @Test
    void networks() throws UnknownHostException {
        assertArrayEquals(new byte[] {(byte) 255, (byte) 240, 0, 0}, Net.of("172.16.0.0/12").mask());
        assertTrue(Net.of("fe80::/10").contains(address("febf::1")) && !Net.of("fe80::/10").contains(address("fec0::1")));
        assertTrue(Net.of("10.1.0.0/16").within(Net.of("10.0.0.0/8")) && !Net.of("10.0.0.0/8").within(Net.of("10.1.0.0/16")));
        assertFalse(Net.of("0.0.0.0/0").contains(address("::1")));
    }

    @Property
    void noPacketDoesHarm(@ForAll @Size(max = 80) byte[] bytes) {
        assertNotNull(Refusals.parse(bytes));
        if (bytes.length > 0) {
            bytes[0] = 0x4f;
            assertNotNull(Refusals.parse(bytes));
            bytes[0] = 0x60;
            assertNotNull(Refusals.parse(bytes));
        }
    }

    @Test
    void aPacket() {
        byte[] ip = new byte[28];
        ip[0] = 0x45;
        ip[9] = 17;
        ip[15] = 1;
        ip[19] = 2;
        ip[23] = 53;
        Refusals.Packet packet = Refusals.parse(ip).orElseThrow();
        assertEquals("0.0.0.1 0.0.0.2 17 53", Net.text(packet.from()) + " " + Net.text(packet.to()) + " " + packet.protocol() + " " + packet.port());
    }

    @Test
    void whoTriesALotIsNotToldOfALot() {
        long[] now = {0};
        List<EgressAttempt> told = new ArrayList<>();
        Attempts attempts = new Attempts("c", told::add, () -> now[0]);
        for (int i = 0; i < 5; i++) {
            attempts.tell("tcp", "", "192.0.2.1", 22, "no");
        }
        assertEquals(1, told.size());
        now[0] += 11_000_000_000L;
        for (int i = 0; i < 1000; i++) {
            attempts.tell("tcp", "", "192.0.2.1", i, "no");
        }
        assertEquals(21, told.size());
        now[0] += 1_000_000_000L;
        attempts.tell("tls", "a.example", "", 443, "");
        assertTrue(told.get(21).allowed());
    }
}
