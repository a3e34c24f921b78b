package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Docker's grammar of keys: what docker takes is taken as the same bytes, the rest is refused by name. */
class DetachKeysTest {
    /** A key, and its code. */
    record Key(String text, int code) {}

    @Test
    void keysAreTheirCodes() {
        assertArrayEquals(new byte[] {16, 17}, DetachKeys.of("ctrl-p,ctrl-q").bytes());
        assertArrayEquals(new byte[] {16, 17}, DetachKeys.DEFAULT.bytes());
        assertArrayEquals(new byte[] {'a', 1, 'Z', 127}, DetachKeys.of("a,ctrl-a,Z,DEL").bytes());
        assertArrayEquals(new byte[] {0, 27, 28, 29, 30, 31, 26}, DetachKeys.of("ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,ctrl-z").bytes());
        assertEquals(DetachKeys.NONE, DetachKeys.of(""));
        assertEquals("ctrl-p,ctrl-q", DetachKeys.DEFAULT.toString());
    }

    @Test
    void whatIsNoKeyIsNamed() {
        for (String wrong : List.of("ctrl-A", "ctrl-", "ctrl-ab", "Ctrl-p", "ctrl+p", "del", "ab", "ctrl-1", "ä", " ctrl-p", "")) {
            InvalidSpec e = assertThrows(InvalidSpec.class, () -> DetachKeys.of("a," + wrong));
            assertTrue(e.getMessage().contains("'" + wrong + "'") && !e.problems().get(0).remedy().isEmpty(), e.getMessage());
        }
    }

    @Provide
    Arbitrary<Key> keys() {
        Arbitrary<Key> plain = Arbitraries.chars().range((char) 0, (char) 127).filter(c -> c != ',').map(c -> new Key(String.valueOf(c), c));
        Arbitrary<Key> control = Arbitraries.integers().between(0, 31).map(i -> new Key("ctrl-" + (char) (i == 0 ? '@' : i < 27 ? 'a' + i - 1 : '[' + i - 27), i));
        return Arbitraries.oneOf(plain, control, Arbitraries.just(new Key("DEL", 127)));
    }

    @Property
    void anyOfThemAreRead(@ForAll List<@From("keys") Key> keys) {
        String text = keys.stream().map(Key::text).collect(Collectors.joining(","));
        byte[] bytes = DetachKeys.of(text).bytes();
        assertEquals(keys.stream().map(k -> (byte) k.code()).toList(), list(bytes));
    }

    @Provide
    Arbitrary<String> nearlyKeys() {
        Arbitrary<String> piece = Arbitraries.of("ctrl-", "ctrl", "-", ",", "a", "DEL", "@", "\\", "_", " ", "é", "\0", "CTRL-");
        return Combinators.combine(piece.list().ofMaxSize(8), Arbitraries.strings().ofMaxLength(3)).as((pieces, more) -> String.join("", pieces) + more);
    }

    /** Whatever it is: read, as many bytes as there are keys, or refused with a remedy; nothing else is thrown. */
    @Property
    void anythingIsReadOrRefused(@ForAll("nearlyKeys") String text) {
        try {
            int keys = text.isEmpty() ? 0 : text.split(",", -1).length;
            assertEquals(keys, DetachKeys.of(text).bytes().length);
        } catch (InvalidSpec e) {
            assertTrue(!e.problems().get(0).remedy().isEmpty());
        }
    }

    private static List<Byte> list(byte[] bytes) {
        return IntStream.range(0, bytes.length).mapToObj(i -> bytes[i]).toList();
    }

    @Test
    void optionsOfAttaching() {
        AttachOptions options = new AttachOptions();
        assertTrue(options.has(AttachOptions.Stream.STDIN) && options.has(AttachOptions.Stream.STDOUT) && options.has(AttachOptions.Stream.STDERR));
        assertEquals(List.of(DetachKeys.DEFAULT, AttachOptions.WhenFull.WAIT, 1L << 20), List.of(options.keys(), options.whenFull(), options.buffer()));
        options.only(AttachOptions.Stream.STDERR).detachKeys("q").whenFull(AttachOptions.WhenFull.DETACH).buffer(7);
        assertTrue(!options.has(AttachOptions.Stream.STDIN) && options.has(AttachOptions.Stream.STDERR));
        assertEquals(List.of(DetachKeys.of("q"), AttachOptions.WhenFull.DETACH, 7L), List.of(options.keys(), options.whenFull(), options.buffer()));
        assertThrows(InvalidSpec.class, () -> options.buffer(0));
        assertThrows(InvalidSpec.class, () -> options.detachKeys("nope"));
    }
}
