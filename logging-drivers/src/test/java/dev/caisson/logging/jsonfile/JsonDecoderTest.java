package dev.caisson.logging.jsonfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.spi.logging.LogEntry.Stream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class JsonDecoderTest {
    private final JsonDecoder decoder = new JsonDecoder();

    private boolean decode(String line) {
        return decoder.decode(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void readsWhatOthersWrote() {
        assertTrue(decode(" { \"time\" : \"2024-05-01T12:00:00.5+02:00\", \"attrs\":{\"a\":[1,{\"b\":null}],\"c\":-1.5e3}, \"log\":\"\\u00e9\\ud83d\\ude00\\ud83d\\/\\n\" } "));
        assertEquals("é😀\ufffd/", StandardCharsets.UTF_8.decode(decoder.log()).toString());
        assertEquals(Instant.parse("2024-05-01T10:00:00.5Z"), Instant.ofEpochSecond(decoder.epochSecond(), decoder.nano()));
        assertEquals(Stream.STDOUT, decoder.stream());
        assertTrue(decoder.ends());
    }

    @Test
    void refusesWhatIsNoEntry() {
        String good = "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2024-05-01T10:00:00Z\"}";
        assertTrue(decode(good));
        for (int end = 0; end < good.length(); end++) {
            assertFalse(decode(good.substring(0, end)), good.substring(0, end));
        }
        for (String bad : new String[] {good + "x", good.replace("stdout", "std"), good.replace("05-01", "13-01"), good.replace("Z", ""),
            good.replace("\"x", "\"\\x"), good.replace("{", "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + ",")}) {
            assertFalse(decode(bad), bad.substring(0, Math.min(200, bad.length())));
        }
    }

    @Property
    void garbageIsRefusedAndNeverThrows(@ForAll("garbage") byte[] bytes) {
        if (decoder.decode(ByteBuffer.wrap(bytes))) {
            decoder.log();
        }
    }

    @Provide
    Arbitrary<byte[]> garbage() {
        Arbitrary<byte[]> any = Arbitraries.bytes().array(byte[].class).ofMaxSize(64);
        Arbitrary<byte[]> near = Arbitraries.of("{", "}", "\"", ":", ",", "\"log\"", "\"time\"", "\"stream\"", "\\u12", "\\ud800", "\\", "[", "]", "1", "-",
                "2024-05-01T10:00:00", ".5", "Z", "+02:00", " ", "\0").list().ofMaxSize(24).map(parts -> String.join("", parts).getBytes(StandardCharsets.UTF_8));
        return Arbitraries.oneOf(any, near);
    }

    @Property
    void readsWhatJacksonWrites(@ForAll String text, @ForAll Map<String, String> attributes) throws Exception {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("attrs", attributes);
        line.put("time", "2024-05-01T10:00:00Z");
        line.put("log", text + "\n");
        byte[] json = new ObjectMapper().configure(com.fasterxml.jackson.core.json.JsonWriteFeature.ESCAPE_NON_ASCII.mappedFeature(), true).writeValueAsBytes(line);
        assertTrue(decoder.decode(ByteBuffer.wrap(json)));
        byte[] expected = new byte[decoder.log().remaining()];
        decoder.log().get(expected);
        assertEquals(replaceHalves(text), new String(expected, StandardCharsets.UTF_8));
    }

    private static String replaceHalves(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> out.appendCodePoint(c >= 0xd800 && c <= 0xdfff ? 0xfffd : c));
        return out.toString();
    }
}
