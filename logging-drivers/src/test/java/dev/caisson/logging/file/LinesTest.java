package dev.caisson.logging.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class LinesTest {
    /** Whole lines only: what follows the last newline is none. */
    private static List<String> expected(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.lastIndexOf('\n');
        return end < 0 ? List.of() : Arrays.asList(text.substring(0, end).split("\n", -1));
    }

    private static String text(ByteBuffer line) {
        byte[] bytes = new byte[line.remaining()];
        line.get(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static List<String> forward(InputStream in) throws Exception {
        LineReader reader = new LineReader(in);
        List<String> lines = new ArrayList<>();
        for (ByteBuffer line = reader.next(); line != null; line = reader.next()) {
            lines.add(text(line));
        }
        return lines;
    }

    @Property
    void forwardsAndBackwardsAgree(@ForAll("contents") byte[] bytes) throws Exception {
        assertEquals(expected(bytes), forward(new ByteArrayInputStream(bytes)));
        Path file = Files.write(Files.createTempFile("lines", ""), bytes);
        try (Fd fd = FileCalls.open(file, Fcntl.O_RDONLY, 0)) {
            List<String> lines = new ArrayList<>();
            BackwardLines backward = new BackwardLines(fd, bytes.length);
            while (backward.previous()) {
                String line = text(backward.line());
                assertEquals(line, new String(bytes, (int) backward.offset(), line.length(), StandardCharsets.ISO_8859_1));
                lines.add(line);
            }
            Collections.reverse(lines);
            assertEquals(expected(bytes), lines);
        } finally {
            Files.delete(file);
        }
    }

    /** Small ones of few characters, and some whose lines cross the blocks that are read. */
    @Provide
    Arbitrary<byte[]> contents() {
        Arbitrary<byte[]> small = Arbitraries.of((byte) '\n', (byte) 'a', (byte) 0, (byte) -1).array(Byte[].class).ofMaxSize(40).map(LinesTest::unbox);
        Arbitrary<byte[]> large = Arbitraries.integers().between(0, 70_000).list().ofMaxSize(6).map(lengths -> {
            StringBuilder text = new StringBuilder();
            lengths.forEach(n -> text.append("x".repeat(n)).append('\n'));
            return text.append(lengths.size() % 2 == 0 ? "torn" : "").toString().getBytes(StandardCharsets.ISO_8859_1);
        });
        return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(4, small), net.jqwik.api.Tuple.of(1, large));
    }

    private static byte[] unbox(Byte[] boxed) {
        byte[] bytes = new byte[boxed.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = boxed[i];
        }
        return bytes;
    }

    @Test
    void aLineThatIsTooLongIsLeftOut() throws Exception {
        byte[] bytes = new byte[LineReader.LONGEST + 1000];
        bytes[1] = '\n';
        bytes[bytes.length - 3] = '\n';
        bytes[bytes.length - 1] = '\n';
        assertEquals(List.of("\0", "\0"), forward(new ByteArrayInputStream(bytes)));
    }

    @Test
    void sizesAreDecimalAsInDocker() {
        assertEquals(10_000_000, HumanSize.parse("10m"));
        assertEquals(1_500, HumanSize.parse("1.5KiB"));
        assertEquals(20, HumanSize.parse("20"));
        assertEquals(2_000_000_000, HumanSize.parse("2 gb"));
        for (String wrong : List.of("", "m", "-1", "1x", "1e3", "99999999p")) {
            assertThrows(IllegalArgumentException.class, () -> HumanSize.parse(wrong), wrong);
        }
    }
}
