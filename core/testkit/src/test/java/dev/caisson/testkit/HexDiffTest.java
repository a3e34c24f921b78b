package dev.caisson.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HexDiffTest {
    @Test
    void goldenBytesMayBeCommented() {
        HexDiff.assertSame("01 02 # length\n0a0b", new byte[] {1, 2, 10, 11});
    }

    @Test
    void bothRowsAreShown() {
        byte[] expected = new byte[40];
        byte[] actual = expected.clone();
        actual[20] = 'A';
        String text = assertThrows(AssertionError.class, () -> HexDiff.assertSame(expected, actual)).getMessage();
        assertTrue(text.startsWith("differ first at byte 20 (0x14); expected 40 bytes, got 40"), text);
        assertTrue(text.contains("+ 000010  00 00 00 00 41 00") && text.contains("....A..."), text);
        assertEquals(5, text.lines().count(), text);
    }

    @Property
    void saysNothingOnlyOfEqualArrays(@ForAll byte[] expected, @ForAll byte[] actual) {
        assertEquals(Arrays.equals(expected, actual), HexDiff.describe(expected, actual).isEmpty());
        assertEquals("", HexDiff.describe(expected, expected.clone()));
    }
}
