package dev.caisson.core.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.spi.logging.LogEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class LineAssemblerTest {
    private static final int MAX = LineAssembler.MAX_LINE;

    /** One entry, copied. @param last null for a line in one piece */
    private record Piece(String text, Integer ordinal, Boolean last, String id) {
        static Piece of(LogEntry e) {
            String text = StandardCharsets.ISO_8859_1.decode(e.line().duplicate()).toString();
            return e.partial() == null ? new Piece(text, null, null, "") : new Piece(text, e.partial().ordinal(), e.partial().last(), e.partial().id());
        }

        Piece anonymous() {
            return new Piece(text, ordinal, last, "");
        }
    }

    private static List<Piece> pieces(List<byte[]> chunks) {
        List<Piece> all = new ArrayList<>();
        LineAssembler assembler = new LineAssembler(LogEntry.Stream.STDERR, e -> all.add(Piece.of(e)));
        chunks.forEach(c -> assembler.add(c, 1, 2));
        assembler.end(3, 4);
        return all;
    }

    /** A character of UTF-8 that is begun in the three bytes before the last one, and not over with them. */
    private static final Pattern CUT = Pattern.compile("([\u00c0-\u00df]|[\u00e0-\u00ef][\u0080-\u00bf]?|[\u00f0-\u00f7][\u0080-\u00bf]{0,2})[\u0080-\u00bf]\\z");

    /** What docker's rule says: lines without their newline, cut into pieces of 16 KiB; but a character is not cut. */
    private static List<Piece> expected(String text) {
        List<Piece> all = new ArrayList<>();
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        if (lines.get(lines.size() - 1).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        for (String line : lines) {
            int before = all.size();
            int from = 0;
            for (int ordinal = 1; line.length() - from > MAX; ordinal++) {
                int cut = from + MAX;
                Matcher character = CUT.matcher(line.substring(cut - 3, cut + 1));
                int end = character.find() ? cut - 3 + character.start() : cut;
                all.add(new Piece(line.substring(from, end), ordinal, false, ""));
                from = end;
            }
            boolean pieces = from > 0;
            all.add(new Piece(line.substring(from), pieces ? (int) all.stream().skip(before).count() + 1 : null, pieces ? true : null, ""));
        }
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Lines around the limit, with any bytes in them. */
    @Provide
    Arbitrary<String> output() {
        Arbitrary<Integer> length = Arbitraries.oneOf(Arbitraries.integers().between(0, 40), Arbitraries.of(MAX - 1, MAX, MAX + 1, 2 * MAX - 1, 2 * MAX, 2 * MAX + 1));
        Arbitrary<String> line = Combinators.combine(length, Arbitraries.chars().range('\0', '\u00ff').filter(c -> c != '\n'), Arbitraries.of("\n", "\n", "\n", ""))
                .as((n, c, end) -> String.valueOf(c).repeat(n) + end);
        return line.list().ofMaxSize(5).map(l -> String.join("", l));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void chunksDoNotMatter(@ForAll("output") String text, @ForAll List<@net.jqwik.api.constraints.IntRange(min = 1, max = 2 * 16_384) Integer> cuts) {
        List<byte[]> chunks = new ArrayList<>();
        int at = 0;
        for (int cut : cuts) {
            int end = Math.min(text.length(), at + cut);
            chunks.add(bytes(text.substring(at, end)));
            at = end;
        }
        chunks.add(bytes(text.substring(at)));
        assertEquals(expected(text), pieces(chunks).stream().map(Piece::anonymous).toList());
    }

    @Property(tries = 100)
    void oneByteAtATime(@ForAll byte[] output) {
        List<byte[]> chunks = new ArrayList<>();
        for (byte b : output) {
            chunks.add(new byte[] {b});
        }
        assertEquals(expected(new String(output, StandardCharsets.ISO_8859_1)), pieces(chunks));
    }

    @Test
    void aLineOfExactlyTheLimitIsWholeHoweverItComes() {
        String line = "x".repeat(MAX);
        List<Piece> whole = List.of(new Piece(line, null, null, ""));
        assertEquals(whole, pieces(List.of(bytes(line + "\n"))));
        assertEquals(whole, pieces(List.of(bytes(line), bytes("\n"))));
        assertEquals(whole, pieces(List.of(bytes(line.substring(1)), bytes("x\n"))));
        assertEquals(whole, pieces(List.of(bytes(line))));
        assertEquals(List.of(new Piece(line, null, null, ""), new Piece("", null, null, "")), pieces(List.of(bytes(line), bytes("\n\n"))));
    }

    /** Else both halves would be U+FFFD to whoever reads lines, and in json-file for ever. */
    @Test
    void noCharacterIsCutInTwo() {
        for (String character : List.of("é", "…", "😀")) {
            for (int before = 0; before < 4; before++) {
                String line = "x".repeat(before) + character.repeat(2 * MAX);
                List<String> read = new ArrayList<>();
                LineAssembler assembler = new LineAssembler(LogEntry.Stream.STDOUT, e -> {
                    assertTrue(e.line().remaining() <= MAX);
                    read.add(StandardCharsets.UTF_8.decode(e.line().duplicate()).toString());
                });
                assembler.add((line + "\n").getBytes(StandardCharsets.UTF_8), 1, 2);
                assertEquals(line, String.join("", read), character + " after " + before);
            }
        }
    }

    @Test
    void piecesOfOneLineShareAnId() {
        List<Piece> all = pieces(List.of(bytes("a".repeat(2 * MAX + 1) + "\n" + "b".repeat(MAX + 1))));
        assertEquals(List.of(1, 2, 3, 1, 2), all.stream().map(Piece::ordinal).toList());
        assertEquals(List.of(false, false, true, false, true), all.stream().map(Piece::last).toList());
        assertEquals(all.get(0).id(), all.get(2).id());
        assertNotEquals(all.get(0).id(), all.get(3).id());
        assertTrue(all.get(0).id().matches("[0-9a-f]{64}"), all.get(0)::id);
    }

    @Test
    void streamAndTimeOfReading() {
        List<List<Object>> seen = new ArrayList<>();
        LineAssembler assembler = new LineAssembler(LogEntry.Stream.STDOUT, e -> seen.add(List.of(e.stream(), e.epochSecond(), e.nano())));
        assembler.add(bytes("a\nb"), 5, 6);
        assembler.end(7, 8);
        assembler.end(9, 9);
        assertEquals(List.of(List.of(LogEntry.Stream.STDOUT, 5L, 6), List.of(LogEntry.Stream.STDOUT, 7L, 8)), seen);
    }
}
