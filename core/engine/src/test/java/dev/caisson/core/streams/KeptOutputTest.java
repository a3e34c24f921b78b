package dev.caisson.core.streams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.spi.logging.LogEntry;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is kept in memory has a bound. */
class KeptOutputTest {
    private static LogEntry entry(byte[] line, LogEntry.@Nullable Partial partial) {
        return new LogEntry(ByteBuffer.wrap(line), LogEntry.Stream.STDOUT, 0, 0, partial);
    }

    private static LogEntry entry(String line) {
        return entry(line.getBytes(StandardCharsets.UTF_8), null);
    }

    @Test
    void theLastThousandLines() {
        RecentLines recent = new RecentLines();
        assertEquals("", recent.text());
        IntStream.range(0, 1500).forEach(i -> recent.add(entry("line " + i)));
        assertEquals(IntStream.range(500, 1500).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining()), recent.text());
    }

    @Test
    void atMostFourMebibytes() {
        RecentLines recent = new RecentLines();
        byte[] line = new byte[16 * 1024];
        Arrays.fill(line, (byte) 'x');
        IntStream.range(0, 600).forEach(i -> recent.add(entry(line, null)));
        int kept = recent.text().length();
        assertTrue(kept <= 4 << 20 && kept > (4 << 20) - 2 * line.length, () -> kept + " bytes");
    }

    @Test
    void piecesBecomeOneLineAgainAndTheEntryIsNotConsumed() {
        RecentLines recent = new RecentLines();
        LogEntry first = entry("one".getBytes(StandardCharsets.UTF_8), new LogEntry.Partial("id", 1, false));
        recent.add(first);
        recent.add(entry("two".getBytes(StandardCharsets.UTF_8), new LogEntry.Partial("id", 2, true)));
        recent.add(entry("ä"));
        assertEquals("onetwo\nä\n", recent.text());
        assertEquals(3, first.line().remaining());
    }

    @Property
    void memoryHoldsTheBeginningAndSaysOnceThatThereWasMore(@ForAll @Size(max = 8) List<byte[]> chunks, @ForAll @IntRange(min = 1, max = 40) int limit) {
        AtomicInteger exceeded = new AtomicInteger();
        MemoryOutput output = new MemoryOutput(limit, exceeded::incrementAndGet);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] chunk : chunks) {
            assertTrue(output.accept(ByteBuffer.wrap(chunk)), "memory never holds a writer up");
            all.writeBytes(chunk);
            assertArrayEquals(Arrays.copyOf(all.toByteArray(), Math.min(limit, all.size())), output.toBytes());
        }
        output.end();
        assertEquals(all.size() > limit, output.over());
        assertEquals(all.size() > limit ? 1 : 0, exceeded.get());
    }

    @Test
    void exactlyTheLimitIsNotTooMuch() {
        MemoryOutput output = new MemoryOutput(4, () -> {
            throw new AssertionError("nothing was exceeded");
        });
        output.accept(ByteBuffer.wrap(new byte[4]));
        output.accept(ByteBuffer.allocate(0));
        assertFalse(output.over());
        assertEquals(4, output.toBytes().length);
    }

    @Test
    void aHugeLimitTakesNoMemoryAhead() {
        MemoryOutput output = new MemoryOutput(Long.MAX_VALUE, () -> { });
        output.accept(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        assertArrayEquals(new byte[] {1, 2, 3}, output.toBytes());
    }
}
