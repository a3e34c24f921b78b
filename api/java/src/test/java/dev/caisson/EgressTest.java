package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Destinations as text, and where a policy makes no sense. */
class EgressTest {
    private static List<Egress.Rule> allowed(String text) {
        return new EgressBuilder().allow(text).value().allowed();
    }

    @Property
    void addressesAndBack(@ForAll @Size(value = 4) byte[] four, @ForAll @IntRange(max = 32) int length, @ForAll @IntRange(min = 1, max = 65535) int port) {
        String text = (four[0] & 255) + "." + (four[1] & 255) + "." + (four[2] & 255) + "." + (four[3] & 255) + "/" + length + ":" + port;
        Egress.Rule rule = allowed(text).get(0);
        assertEquals(List.of(rule), allowed(rule.toString()), text);
        assertTrue(!rule.isName() && rule.firstPort() == port && rule.host().endsWith("/" + length), rule.toString());
    }

    @Property
    void whatIsNoDestinationIsRefusedAndNothingElseIsThrown(@ForAll String text) {
        try {
            Egress.Rule rule = allowed(text).get(0);
            assertTrue(rule.host().matches("(\\*\\.)?[a-z0-9_.-]+|[0-9a-f:.]+/\\d+"), rule.host());
        } catch (InvalidSpec e) {
            assertTrue(e.getMessage().contains("allow("), e.getMessage());
        }
    }

    @Test
    void everyForm() {
        assertEquals(List.of(new Egress.Rule("a.example", 80, 80, "tcp", false), new Egress.Rule("a.example", 443, 443, "tcp", false)), allowed("a.example"));
        assertEquals(List.of(new Egress.Rule("*.a.example", 443, 443, "tcp", false)), allowed("*.A.example:443"));
        assertEquals(List.of(new Egress.Rule("2001:db8:0:0:0:0:0:0/32", 443, 443, "tcp", false)), allowed("[2001:db8::1/32]:443"));
        assertEquals(List.of(new Egress.Rule("2001:db8:0:0:0:0:0:1/128", 0, 0, "", false)), allowed("2001:db8::1"));
        assertEquals(List.of(new Egress.Rule("192.0.2.7/32", 8000, 8010, "tcp", false)), allowed("192.0.2.7:8000-8010"));
        assertEquals(List.of(new Egress.Rule("192.0.2.7/32", 53, 53, "udp", false)), allowed("192.0.2.7:53/udp"));
        assertEquals(List.of(new Egress.Rule("t.example", 123, 123, "udp", true)), new EgressBuilder().allowByAddress("t.example:123/udp").value().allowed());
        for (String wrong : List.of("", "a b:443", "a.example:0", "a.example:65536", "a.example:443/sctp", "a.example:80-90", "a.example:53/udp", "http://a.example", "10.0.0.0/33", "300.1.1.1:80",
                "*", "*.*.example", "a..example", "-a.example:1", "a.example:90-80", "fe80::1%eth0")) {
            assertThrows(InvalidSpec.class, () -> allowed(wrong), wrong);
        }
        for (String wrong : List.of("10.0.0.1:22", "git.example", "*.git.example:22")) {
            assertThrows(InvalidSpec.class, () -> new EgressBuilder().allowByAddress(wrong), wrong);
        }
        assertThrows(InvalidSpec.class, () -> new EgressBuilder().deny("a.example"));
    }

    @Test
    void wrongOnesAreListedAndMended() {
        ContainerBuilder builder = IdleEngine.image().egress(e -> e.allow("nowhere at all"));
        assertEquals("egress(allow(\"nowhere at all\"))", assertThrows(InvalidSpec.class, builder::spec).problems().get(0).field());
        assertEquals("bridge", builder.egress(e -> e.allow("a.example:443")).spec().network().chosen().get(0).network(), "a policy needs a network");
    }

    @Test
    void notWhereItCouldNotHold() {
        for (ContainerBuilder wrong : List.of(IdleEngine.image().networkHost(), IdleEngine.image().networkNone(), IdleEngine.image().network("container:web"), IdleEngine.image().privileged(),
                IdleEngine.image().sandbox())) {
            InvalidSpec.Problem problem = assertThrows(InvalidSpec.class, () -> wrong.egress(EgressBuilder::denyAll).spec()).problems().get(0);
            assertTrue(problem.field().startsWith("egress(") && !problem.remedy().isEmpty(), problem.toString());
        }
    }

    @Test
    void anEventIsTyped() {
        Instant now = Instant.now();
        ContainerEvent event = new ContainerEvent(now, "egress", "c0", "web", Map.of("verdict", "refused", "protocol", "tls", "host", "evil.example", "port", "443", "egress", "not allowed"));
        assertEquals(Optional.of(new EgressAttempt(now, "c0", false, "tls", "evil.example", "", 443, "not allowed")), EgressAttempt.of(event));
        assertEquals("refused tls evil.example port 443: not allowed", EgressAttempt.of(event).orElseThrow().toString());
        assertEquals(Optional.empty(), EgressAttempt.of(new ContainerEvent(now, "start", "c0", "web", Map.of())));
    }

    @Test
    void explained() {
        assertTrue(IdleEngine.image().egress(e -> e.allow("a.example:443").deny("10.0.0.0/8")).spec().explain().contains("a.example:443 and nothing else, never 10.0.0.0/8"));
        assertEquals("nothing", new EgressBuilder().denyAll().value().toString());
    }
}
