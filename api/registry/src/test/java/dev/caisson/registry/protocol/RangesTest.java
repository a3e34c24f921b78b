package dev.caisson.registry.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class RangesTest {
    @Provide
    Arbitrary<String> nearlyRanges() {
        return Arbitraries.strings().withChars("0123456789-- ,=bytes/*").ofMaxLength(24).map(s -> s.length() % 2 == 0 ? "bytes=" + s : s);
    }

    @Property(tries = 20_000)
    void whateverIsAskedLiesWithinTheBlob(@ForAll("nearlyRanges") String header, @ForAll @LongRange(min = 0, max = 200) long size) {
        try {
            ByteRange.of(header, size).ifPresent(r -> assertTrue(0 <= r.first() && r.first() <= r.last() && r.last() < size, () -> header + " of " + size + ": " + r));
        } catch (Fault e) {
            assertEquals(416, e.status());
            assertEquals("bytes */" + size, e.headers().get("Content-Range"));
        }
    }

    @Property
    void aProperRange(@ForAll @LongRange(min = 1, max = 1L << 40) long size, @ForAll @LongRange(min = 0, max = 1L << 41) long a, @ForAll @LongRange(min = 0, max = 1L << 41) long b) {
        long first = Math.min(a, b);
        long last = Math.max(a, b);
        if (first < size) {
            assertEquals(Optional.of(new ByteRange(first, Math.min(last, size - 1))), ByteRange.of("bytes=" + first + "-" + last, size));
            assertEquals(Optional.of(new ByteRange(first, size - 1)), ByteRange.of("Bytes=" + first + "-", size));
        } else {
            assertThrows(Fault.class, () -> ByteRange.of("bytes=" + first + "-" + last, size));
        }
        if (b > 0) {
            assertEquals(Optional.of(new ByteRange(Math.max(0, size - b), size - 1)), ByteRange.of("bytes=-" + b, size));
        }
        assertEquals(Optional.of(new ChunkRange(first, last)), ChunkRange.of(first + "-" + last));
    }

    @Example
    void ignored() {
        for (String header : new String[] {"", "bytes=", "bytes=-", "bytes=5-4", "bytes=1-2,4-5", "bytes=a-b", "bits=1-2", "bytes=1--2", "bytes 1-2"}) {
            assertEquals(Optional.empty(), ByteRange.of(header, 10), header);
        }
        assertThrows(Fault.class, () -> ByteRange.of("bytes=99999999999999999999999-", 10));
        assertThrows(Fault.class, () -> ByteRange.of("bytes=-0", 10));
        assertThrows(Fault.class, () -> ByteRange.of("bytes=0-", 0));
    }

    @Property(tries = 20_000)
    void chunksAreReadOrRefused(@ForAll("nearlyRanges") String header) {
        try {
            Optional<ChunkRange> range = ChunkRange.of(header);
            assertEquals(header.isEmpty(), range.isEmpty());
            range.ifPresent(r -> assertTrue(0 <= r.first() && r.first() <= r.last() && r.length() > 0));
        } catch (Fault e) {
            assertEquals(400, e.status());
        }
    }

    @Example
    void chunks() {
        assertEquals(Optional.of(new ChunkRange(3, 7)), ChunkRange.of("bytes 3-7/*"));
        for (String header : new String[] {"3", "-7", "3-", "7-3", "3-7/9", "3-99999999999999999999", "a-b"}) {
            assertThrows(Fault.class, () -> ChunkRange.of(header), header);
        }
    }
}
