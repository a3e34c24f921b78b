package dev.caisson.logging.jsonfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogEntry.Partial;
import dev.caisson.spi.logging.LogEntry.Stream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class JsonEncoderTest {
    private static final ObjectMapper JACKSON = new ObjectMapper();

    private static String encode(Map<String, String> attributes, LogEntry entry) {
        return StandardCharsets.UTF_8.decode(new JsonEncoder(new TreeMap<>(attributes)).encode(entry)).toString();
    }

    private static LogEntry entry(byte[] bytes, int nano, Partial partial) {
        return new LogEntry(ByteBuffer.wrap(bytes), Stream.STDERR, 1_714_557_600L, nano, partial);
    }

    /** Expected texts as moby's jsonlog.MarshalJSONBuf gives them. */
    @Test
    void writesWhatDockerWrites() {
        assertEquals("{\"log\":\"\\n\",\"stream\":\"stderr\",\"time\":\"2024-05-01T10:00:00Z\"}\n", encode(Map.of(), entry(new byte[0], 0, null)));
        assertEquals("{\"log\":\"\\u0000\\u0009\\u001b[0m\\\"\\\\/\\u003c\\u003e\\u0026\\r\\n\u007f\\u2028\\u2029\u202a\\n\",\"stream\":\"stderr\",\"time\":\"2024-05-01T10:00:00.000000001Z\"}\n",
                encode(Map.of(), entry("\0\t\u001b[0m\"\\/<>&\r\n\u007f\u2028\u2029\u202a".getBytes(StandardCharsets.UTF_8), 1, null)));
        assertEquals("{\"log\":\"\\ufffd\\ufffd\\ufffd\\ufffdA\\n\",\"stream\":\"stderr\",\"time\":\"2024-05-01T10:00:00.5Z\"}\n",
                encode(Map.of(), entry(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80, (byte) 0xc0, 'A'}, 500_000_000, null)));
        assertEquals("{\"log\":\"cut\",\"stream\":\"stderr\",\"time\":\"2024-05-01T10:00:00Z\"}\n", encode(Map.of(), entry("cut".getBytes(), 0, new Partial("p", 1, false))));
        assertEquals("{\"stream\":\"stderr\",\"time\":\"2024-05-01T10:00:00Z\"}\n", encode(Map.of(), entry(new byte[0], 0, new Partial("p", 1, false))));
    }

    @Property
    void jacksonReadsTheSame(@ForAll("lines") byte[] bytes, @ForAll @IntRange(min = 0, max = 999_999_999) int nano, @ForAll Map<String, String> attributes)
            throws Exception {
        JsonNode node = JACKSON.readTree(encode(attributes, entry(bytes, nano, null)));
        assertEquals(goText(bytes) + "\n", node.get("log").textValue());
        assertEquals("stderr", node.get("stream").textValue());
        assertEquals(Instant.ofEpochSecond(1_714_557_600L, nano), Instant.parse(node.get("time").textValue()));
        attributes.forEach((k, v) -> assertEquals(utf8(v), attributes.size() == 1 ? node.get("attrs").get(utf8(k)).textValue() : utf8(v)));
    }

    @Property
    void theDecoderReadsTheSame(@ForAll("lines") byte[] bytes, @ForAll @LongRange(min = -62_167_219_200L, max = 253_402_300_799L) long second,
            @ForAll @IntRange(min = 0, max = 999_999_999) int nano, @ForAll boolean ends) {
        JsonEncoder encoder = new JsonEncoder(new TreeMap<>(Map.of("k", "v\"")));
        JsonDecoder decoder = new JsonDecoder();
        ByteBuffer line = encoder.encode(new LogEntry(ByteBuffer.wrap(bytes), Stream.STDOUT, second, nano, ends ? null : new Partial("p", 1, false)));
        assertTrue(decoder.decode(line));
        boolean looksEnded = ends || goText(bytes).endsWith("\n");
        assertEquals(looksEnded, decoder.ends());
        assertEquals(ends ? goText(bytes) : goText(bytes).replaceFirst("\n\\z", ""), StandardCharsets.UTF_8.decode(decoder.log()).toString());
        assertEquals(second, decoder.epochSecond());
        assertEquals(nano, decoder.nano());
    }

    @Provide
    Arbitrary<byte[]> lines() {
        Arbitrary<byte[]> binary = Arbitraries.bytes().array(byte[].class).ofMaxSize(200);
        Arbitrary<byte[]> text = Arbitraries.strings().ofMaxLength(100).map(s -> s.getBytes(StandardCharsets.UTF_8));
        return Arbitraries.oneOf(binary, text);
    }

    /** As Go's utf8.DecodeRune reads it: each byte that begins no valid sequence is U+FFFD. */
    static String goText(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (int at = 0; at < bytes.length; ) {
            int length = 0;
            for (int candidate = 1; candidate <= Math.min(4, bytes.length - at) && length == 0; candidate++) {
                String text = new String(bytes, at, candidate, StandardCharsets.UTF_8);
                length = text.codePointCount(0, text.length()) == 1 && text.getBytes(StandardCharsets.UTF_8).length == candidate
                        && text.charAt(0) != '\ufffd' ? candidate : 0;
            }
            boolean replacement = length == 0 && at + 3 <= bytes.length && new String(bytes, at, 3, StandardCharsets.UTF_8).equals("\ufffd")
                    && bytes[at] == (byte) 0xef && bytes[at + 1] == (byte) 0xbf;
            out.append(length == 0 ? "\ufffd" : new String(bytes, at, length, StandardCharsets.UTF_8));
            at += replacement ? 3 : Math.max(1, length);
        }
        return out.toString();
    }

    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @Test
    void aLineCostsNoObjects() {
        JsonEncoder encoder = new JsonEncoder(new TreeMap<>(Map.of("k", "v")));
        LogEntry entry = entry("2024-05-01 a usual line of a log, with \"quotes\" and ünïcödé \u001b[0m".getBytes(StandardCharsets.UTF_8), 123_456_789, null);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long lines = 20_000;
        long allocated = Long.MAX_VALUE;
        // Interpreted code and the compiler's own bookkeeping allocate at first: the best of some rounds counts.
        for (int round = 0; round < 5; round++) {
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            for (int i = 0; i < lines; i++) {
                encoder.encode(entry);
            }
            allocated = Math.min(allocated, threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before);
        }
        assertTrue(allocated < lines, allocated + " bytes for " + lines + " lines");
    }
}
