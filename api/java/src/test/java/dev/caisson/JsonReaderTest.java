package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON as RFC 8259 has it. */
class JsonReaderTest {
    private static Object read(String text) throws JsonReader.Malformed {
        return JsonReader.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String write(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream().map(e -> write(e.getKey()) + " :\t" + write(e.getValue())).collect(Collectors.joining(",\n", "{", " }"));
        } else if (value instanceof List<?> list) {
            return list.stream().map(JsonReaderTest::write).collect(Collectors.joining(" ,", "[ ", "]"));
        } else if (value instanceof String text) {
            StringBuilder out = new StringBuilder("\"");
            text.chars().forEach(c -> out.append(c < 0x20 || c == '"' || c == '\\' || c >= 0xd800 && c < 0xe000 ? String.format("\\u%04x", c) : String.valueOf((char) c)));
            return out.append('"').toString();
        }
        return String.valueOf(value);
    }

    @Provide
    Arbitrary<Object> values() {
        Arbitrary<Object> leaf = Arbitraries.oneOf(Arbitraries.strings().ofMaxLength(8).map(s -> (Object) s), Arbitraries.bigDecimals().between(new BigDecimal("-1e30"), new BigDecimal("1e30")).ofScale(3).map(n -> (Object) n),
                Arbitraries.longs().map(n -> (Object) BigDecimal.valueOf(n)), Arbitraries.of(Boolean.TRUE, Boolean.FALSE).map(b -> (Object) b));
        return Arbitraries.recursive(() -> leaf, inner -> Arbitraries.oneOf(inner.list().ofMaxSize(4).map(l -> (Object) l),
                Arbitraries.maps(Arbitraries.strings().ofMaxLength(5), inner).ofMaxSize(4).map(m -> (Object) new LinkedHashMap<>(m))), 0, 4);
    }

    @Property(tries = 500)
    void whatIsWrittenIsRead(@ForAll("values") Object value) throws Exception {
        assertEquals(value, read(write(value)));
    }

    /** A byte changed, left out or doubled: something is read or it is malformed, and nothing else happens. */
    @Property(tries = 3000)
    void whatIsBrokenIsMalformed(@ForAll("values") Object value, @ForAll int place, @ForAll byte other, @ForAll int how) {
        byte[] json = write(value).getBytes(StandardCharsets.UTF_8);
        int at = Math.floorMod(place, json.length);
        byte[] broken = how % 3 == 0 ? Arrays.copyOf(json, at) : json.clone();
        if (how % 3 != 0) {
            broken[at] = other;
        }
        try {
            JsonReader.read(broken);
        } catch (JsonReader.Malformed e) {
            // as it should
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[", "\"", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "[1,]", "[1 2]", "01", "1.", ".5", "+1", "-", "1e", "1e+", "tru", "nul", "NaN", "\"\\x\"", "\"\\u12\"",
        "\"\\u١٢٣٤\"", "\"\t\"", "1 2", "{\"a\":1,\"a\":2}", "// c\n1", "'a'", "1e99999999999", "[1}", "\ufeff1"})
    void malformed(String text) {
        assertThrows(JsonReader.Malformed.class, () -> read(text));
    }

    @Test
    void limits() throws Exception {
        read("[".repeat(JsonReader.MAX_DEPTH) + "]".repeat(JsonReader.MAX_DEPTH));
        assertThrows(JsonReader.Malformed.class, () -> read("[".repeat(JsonReader.MAX_DEPTH + 1) + "]".repeat(JsonReader.MAX_DEPTH + 1)));
        assertThrows(JsonReader.Malformed.class, () -> read("[".repeat(1_000_000)));
        assertThrows(JsonReader.Malformed.class, () -> read("1".repeat(100)));
        assertThrows(JsonReader.Malformed.class, () -> JsonReader.read(new byte[] {'"', (byte) 0xc3, '"'}));
        assertEquals("\ud83d\ude00/\b\f\n\r\t", read("\"\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\""));
        assertEquals(new BigDecimal("18446744073709551615"), read("18446744073709551615"));
    }
}
