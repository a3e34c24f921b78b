package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** Rates as text, and where a limit makes no sense. */
class BandwidthTest {
    @Property
    void textAndBack(@ForAll @LongRange(min = 8_000, max = 100_000_000_000L) long rate) {
        assertEquals(new Bandwidth(rate, 0), Bandwidth.of(rate + "bit", ""));
        String text = new Bandwidth(rate, rate).toString();
        String out = text.substring(0, text.indexOf(' '));
        assertEquals(rate, Bandwidth.rate(out), text);
    }

    @Property
    void anyOtherTextIsRefused(@ForAll String text) {
        if (!text.isEmpty() && !text.matches("(?i)\\s*[0-9.]+\\s*[kmg]?bit.*")) {
            assertThrows(InvalidSpec.class, () -> Bandwidth.of(text, ""));
        }
    }

    @Test
    void units() {
        assertEquals(new Bandwidth(1_500_000, 8_000), Bandwidth.of("1.5 Mbit", "8kbit/s"));
        for (String wrong : List.of("7kbit", "101gbit", "10m", "10MB", "-1mbit", "1e9bit", "10mbit ; drop")) {
            assertThrows(InvalidSpec.class, () -> Bandwidth.of("", wrong), wrong);
        }
    }

    @Test
    void notWithoutANetwork() {
        for (ContainerBuilder wrong : List.of(IdleEngine.image().bandwidth("1mbit", ""), IdleEngine.image().networkHost().bandwidth("1mbit", ""),
                IdleEngine.image().network("container:a").bandwidth("", "1mbit"), IdleEngine.image().network("a").bandwidth("fast", ""))) {
            assertTrue(assertThrows(InvalidSpec.class, wrong::spec).getMessage().contains("bandwidth("));
        }
        assertEquals("10mbit out, unlimited in", IdleEngine.image().network("a").bandwidth("x", "").bandwidth("10mbit", "").spec().network().bandwidth().toString());
    }
}
