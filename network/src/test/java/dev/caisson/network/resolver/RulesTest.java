package dev.caisson.network.resolver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Which address a reverse question of IPv6 is about. Row 112. */
class RulesTest {
    @Property
    void thirtyTwoDigitsBackwards(@ForAll @Size(16) byte[] address) {
        String digits = new StringBuilder(HexFormat.of().formatHex(address)).reverse().toString();
        String name = String.join(".", digits.split("")) + ".ip6.arpa";
        assertArrayEquals(address, Rules.reversed6(name).orElseThrow());
        assertEquals(Optional.empty(), Rules.reversed6(name.substring(2)));
        assertEquals(Optional.empty(), Rules.reversed6("0." + name));
    }

    @Property
    void anythingElseIsNone(@ForAll String name) {
        assertEquals(Optional.empty(), Rules.reversed6(name));
        assertEquals(Optional.empty(), Rules.reversed6(name + ".ip6.arpa"));
    }

    @Test
    void digitsAlone() {
        for (String wrong : List.of("g", "10", "A", "")) {
            assertEquals(Optional.empty(), Rules.reversed6(wrong + ".0".repeat(31) + ".ip6.arpa"), wrong);
        }
    }
}
