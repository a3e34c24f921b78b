package dev.caisson.core.streams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Keys are found in whatever pieces they come, and nothing typed is lost or changed. */
class KeyFilterTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String pass(KeyFilter filter, String typed) {
        byte[] all = bytes("<" + typed + ">");
        return new String(filter.pass(all, 1, all.length - 2), StandardCharsets.ISO_8859_1);
    }

    @Test
    void whatMayBeTheBeginningIsHeldBack() {
        KeyFilter filter = new KeyFilter(bytes("pq"));
        assertEquals("a", pass(filter, "ap"));
        assertEquals("pp", pass(filter, "pp"), "the last one may still be the beginning");
        assertEquals("px", pass(filter, "x"));
        assertFalse(filter.found());
        assertEquals("y", pass(filter, "ypqz"));
        assertTrue(filter.found());
        assertEquals("", pass(filter, "more"), "after the keys nothing is passed on");
    }

    @Test
    void whatOverlapsIsFoundToo() {
        KeyFilter filter = new KeyFilter(bytes("aab"));
        assertEquals("a", pass(filter, "aaab"));
        assertTrue(filter.found());
    }

    @Test
    void noKeysAreNeverFound() {
        KeyFilter filter = new KeyFilter(new byte[0]);
        assertEquals("abc", pass(filter, "abc"));
        assertFalse(filter.found());
    }

    @Provide
    Arbitrary<String> few() {
        return Arbitraries.strings().withChars('a', 'b', '\u0010').ofMaxLength(40);
    }

    @Property(tries = 3000)
    void asASearchInTheWhole(@ForAll("few") String typed, @ForAll("few") String keysFrom, @ForAll @IntRange(min = 1, max = 5) int length,
            @ForAll @Size(max = 8) List<@IntRange(min = 1, max = 9) Integer> cuts) {
        String keys = keysFrom.substring(0, Math.min(length, keysFrom.length()));
        KeyFilter filter = new KeyFilter(bytes(keys));
        ByteArrayOutputStream passed = new ByteArrayOutputStream();
        int from = 0;
        for (int piece : pieces(typed.length(), cuts)) {
            passed.writeBytes(filter.pass(bytes(typed), from, piece));
            from += piece;
        }
        int at = keys.isEmpty() ? -1 : typed.indexOf(keys);
        assertEquals(at >= 0, filter.found());
        if (at >= 0) {
            assertEquals(typed.substring(0, at), passed.toString(StandardCharsets.ISO_8859_1));
        } else {
            String out = passed.toString(StandardCharsets.ISO_8859_1);
            String held = typed.substring(out.length());
            assertTrue(typed.startsWith(out) && held.length() < Math.max(1, keys.length()) && keys.startsWith(held), () -> "held back '" + held + "'");
            assertArrayEquals(bytes(typed), bytes(out + held));
        }
    }

    private static List<Integer> pieces(int length, List<Integer> cuts) {
        List<Integer> pieces = new ArrayList<>();
        int left = length;
        for (int i = 0; left > 0; i++) {
            int piece = Math.min(left, i < cuts.size() ? cuts.get(i) : left);
            pieces.add(piece);
            left -= piece;
        }
        return pieces;
    }
}
