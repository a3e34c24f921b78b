package dev.caisson.linux.deflate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * Both decoders make the same of any stream, in pieces of any size. One difference is allowed: where zlib refuses a set of codes that leaves some unused, ISA-L decodes what
 * uses none of these; there is but one reading of such a stream.
 */
class DecodersTest {
    private static final Set<String> SETS = Set.of("invalid code lengths set", "invalid literal/lengths set", "invalid distances set");

    /**
     * What became of a stream.
     *
     * @param end where it ended; -1 if it was refused, -2 if it wants more
     */
    private record Result(byte[] bytes, int end, String refusal) {}

    private static void needed() {
        assumeTrue(here(), "apt-get install libisal2");
    }

    /** A property that rejects everything fails; so without the library there is nothing to compare, and where it is required that fails below. */
    private static boolean here() {
        return Decoders.isalProblem().isEmpty() || Boolean.getBoolean("caisson.tests.required");
    }

    private static Result decode(Decoder decoder, byte[] stream, Random pieces) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int most = pieces.nextInt(4) == 0 ? 3 : 200_000;
        ByteBuffer buffer = buffer(1 + pieces.nextInt(most), pieces);
        ByteBuffer input = buffer(stream.length, pieces).put(stream);
        int at = 0;
        try {
            while (true) {
                // Rarely from its beginning, with more or less room each time.
                buffer.clear().position(pieces.nextInt(4) == 0 ? pieces.nextInt(buffer.capacity()) : 0);
                int from = buffer.position();
                int n = decoder.decode(buffer);
                assertEquals(n, buffer.position() - from);
                byte[] bytes = new byte[n];
                buffer.get(from, bytes);
                out.writeBytes(bytes);
                assertEquals(out.size(), decoder.written());
                if (n == 0 && decoder.finished()) {
                    return new Result(out.toByteArray(), at - decoder.remaining(), "");
                }
                if (n == 0) {
                    if (at == stream.length) {
                        return new Result(out.toByteArray(), -2, "");
                    }
                    int length = Math.min(stream.length - at, 1 + pieces.nextInt(most));
                    decoder.input(input.limit(at + length).position(at));
                    assertEquals(at, input.position());
                    at += length;
                }
            }
        } catch (DataFormatException e) {
            return new Result(new byte[0], -1, String.valueOf(e.getMessage()));
        }
    }

    private static ByteBuffer buffer(int size, Random random) {
        return random.nextBoolean() ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    }

    private static byte[] plain(Random random) {
        byte[] plain = new byte[random.nextInt(5) == 0 ? random.nextInt(700_000) : random.nextInt(3000)];
        for (int at = 0; at < plain.length;) {
            int length = Math.min(plain.length - at, 1 + random.nextInt(40_000));
            int kind = random.nextInt(5);
            for (int i = at; i < at + length; i++) {
                int far = at - 1 - (kind * 7919) % 32_768;
                plain[i] = switch (kind) {
                    case 0 -> (byte) random.nextInt();
                    case 1 -> 0;
                    case 2 -> (byte) "etaoin shrdlu".charAt(random.nextInt(13));
                    case 3 -> far >= 0 ? plain[far + (i - at) % (at - far)] : (byte) 'x';
                    default -> (byte) Math.min(255, Math.abs(random.nextGaussian() * 30));
                };
            }
            at += length;
        }
        return plain;
    }

    private static byte[] stream(byte[] plain, Random random) {
        Deflater deflater = new Deflater(random.nextInt(10), true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        try {
            for (int at = 0; at < plain.length;) {
                deflater.setStrategy(random.nextInt(3));
                deflater.setLevel(random.nextInt(10));
                int length = Math.min(plain.length - at, 1 + random.nextInt(100_000));
                deflater.setInput(plain, at, length);
                at += length;
                int flush = new int[] {Deflater.NO_FLUSH, Deflater.SYNC_FLUSH, Deflater.FULL_FLUSH}[random.nextInt(3)];
                for (int n = buffer.length; n == buffer.length || !deflater.needsInput();) {
                    n = deflater.deflate(buffer, 0, buffer.length, flush);
                    out.write(buffer, 0, n);
                }
            }
            deflater.finish();
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    /** What zlib makes of it, and ISA-L, which must be the same. */
    private static Result both(byte[] stream, long seed) {
        try (Decoder jdk = new JdkDecoder(); Decoder isal = new IsalDecoder()) {
            Result expected = decode(jdk, stream, new Random(seed));
            Result actual = decode(isal, stream, new Random(seed + 1));
            if (expected.end >= 0) {
                assertArrayEquals(expected.bytes, actual.bytes, actual.refusal);
            }
            if (!SETS.contains(expected.refusal)) {
                // A stream that ends too early may be refused for what came before, or for its end: either way for nothing.
                assertTrue(expected.end == actual.end || expected.end < 0 && actual.end < 0, expected + " but " + actual);
            }
            isal.reset();
            assertArrayEquals(new byte[] {'a'}, decode(isal, new byte[] {0x4b, 4, 0}, new Random(seed)).bytes, "it can be used again");
            return expected;
        }
    }

    @Property(tries = 300)
    void whatDeflateMakes(@ForAll long seed) {
        if (!here()) {
            return;
        }
        Random random = new Random(seed);
        byte[] plain = plain(random);
        byte[] stream = stream(plain, random);
        byte[] withTail = Arrays.copyOf(stream, stream.length + random.nextInt(30));
        random.nextBytes(withTail);
        System.arraycopy(stream, 0, withTail, 0, stream.length);
        Result result = both(withTail, seed);
        assertArrayEquals(plain, result.bytes);
        assertEquals(stream.length, result.end);
    }

    @Property(tries = 800)
    void damagedStreams(@ForAll long seed) {
        if (!here()) {
            return;
        }
        Random random = new Random(seed);
        byte[] stream = stream(plain(random), random);
        for (int i = random.nextInt(4); i >= 0 && stream.length > 0; i--) {
            // Half of them near the beginning, where the tables are.
            int at = random.nextInt(random.nextBoolean() ? stream.length : Math.min(120, stream.length));
            switch (random.nextInt(4)) {
                case 0 -> stream = Arrays.copyOf(stream, at);
                case 1 -> stream[at] ^= (byte) (1 << random.nextInt(8));
                default -> stream[at] = (byte) random.nextInt();
            }
        }
        both(stream, seed);
    }

    @Property(tries = 5_000)
    void garbage(@ForAll long seed) {
        if (!here()) {
            return;
        }
        Random random = new Random(seed);
        byte[] stream = new byte[random.nextInt(random.nextInt(10) == 0 ? 200_000 : 600)];
        random.nextBytes(stream);
        if (stream.length > 0 && random.nextBoolean()) {
            stream[0] = (byte) (stream[0] & ~7 | 4); // dynamic codes
        }
        both(stream, seed);
    }

    @Test
    void emptyAndHugeOnes() {
        needed();
        assertEquals(2, both(new byte[] {3, 0}, 1).end);
        assertEquals(-2, both(new byte[0], 1).end);
        assertEquals(-1, both(new byte[] {7}, 1).end);
        byte[] zeros = new byte[40 << 20];
        assertArrayEquals(zeros, both(stream(zeros, new Random(3)), 1).bytes);
    }

    /** Where the output's native buffer is full just when the input ends, some of the output is still to come. */
    @Test
    void endsNearTheEdgeOfItsBuffer() {
        needed();
        for (int size = (256 << 10) - 300; size < (256 << 10) + 9000; size += 41) {
            byte[] stream = stream(new byte[size], new Random(5));
            assertEquals(stream.length, both(stream, size).end, "of " + size + " zeros");
        }
    }

    @Test
    void aDecoderThatErrsIsNotUsed() {
        assertEquals("", Decoders.tried(JdkDecoder::new));
        assertTrue(Decoders.tried(() -> new Erring(0)).contains("wrongly"));
        assertTrue(Decoders.tried(() -> new Erring(1)).contains("wrong byte"));
    }

    @Test
    void thePropertyChooses() {
        needed();
        String before = System.getProperty(Decoders.PROPERTY);
        try {
            System.setProperty(Decoders.PROPERTY, "jdk");
            assertTrue(Decoders.make() instanceof JdkDecoder);
            System.setProperty(Decoders.PROPERTY, "isal");
            assertTrue(Decoders.make() instanceof IsalDecoder);
            System.setProperty(Decoders.PROPERTY, "zlib-ng");
            assertTrue(assertThrows(IllegalArgumentException.class, Decoders::make).getMessage().contains("neither jdk nor isal"));
            System.clearProperty(Decoders.PROPERTY);
            assertTrue(Decoders.make() instanceof IsalDecoder);
        } finally {
            if (before != null) {
                System.setProperty(Decoders.PROPERTY, before);
            }
        }
    }

    @Test
    void withoutTheLibraryTheJdksIsUsedUnlessTheOtherIsAskedFor() {
        assertTrue(Decoders.make("", () -> "it is gone") instanceof JdkDecoder);
        assertTrue(Decoders.make("jdk", () -> {
            throw new AssertionError("it is not looked for");
        }) instanceof JdkDecoder);
        String refused = assertThrows(IllegalArgumentException.class, () -> Decoders.make("isal", () -> "it is gone")).getMessage();
        assertTrue(refused.contains("-Dcaisson.inflate=isal") && refused.contains("it is gone"), refused);
    }

    /** A JVM that pulls many layers has no need for a garbage collection, without which a buffer is not freed. */
    @Test
    void closedOnesLeaveTheirMemoryToTheNext() throws DataFormatException {
        needed();
        Set<Long> places = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            try (IsalDecoder decoder = new IsalDecoder(); IsalDecoder beside = new IsalDecoder()) {
                decoder.input(ByteBuffer.wrap(new byte[] {0x4b, 4, 0}));
                beside.input(ByteBuffer.wrap(new byte[] {3, 0}));
                assertEquals(1, decoder.decode(ByteBuffer.allocate(10)));
                assertEquals(0, beside.decode(ByteBuffer.allocate(10)));
                places.addAll(List.of(decoder.place(), beside.place()));
                decoder.close();
                decoder.close();
            }
        }
        assertTrue(places.size() <= 6, () -> places.size() + " places");
    }

    /** Another thread closes it while it decodes: it ends, and whoever has its memory next decodes what is his. */
    @Test
    void closedInTheMiddle() throws Exception {
        needed();
        byte[] plain = plain(new Random(5));
        byte[] large = new byte[8 << 20];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31 >> 7);
        }
        byte[] stream = stream(large, new Random(6));
        byte[] others = stream(plain, new Random(7));
        for (int i = 0; i < 60; i++) {
            int seed = i;
            IsalDecoder victim = new IsalDecoder();
            CompletableFuture<?> reader = CompletableFuture.runAsync(() -> assertThrows(IllegalStateException.class, () -> {
                ByteBuffer buffer = buffer(256 << 10, new Random(seed));
                ByteBuffer input = buffer(stream.length, new Random(seed / 2)).put(stream).flip();
                while (true) {
                    victim.reset();
                    victim.input(input);
                    while (!victim.finished()) {
                        victim.decode(buffer.clear());
                    }
                }
            }));
            Thread.sleep(i % 7);
            victim.close();
            try (IsalDecoder next = new IsalDecoder()) {
                assertArrayEquals(plain, decode(next, others, new Random(i)).bytes);
            }
            reader.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void nothingIsReadAfterItIsClosed() {
        needed();
        Decoder decoder = new IsalDecoder();
        decoder.close();
        assertThrows(IllegalStateException.class, () -> decoder.decode(ByteBuffer.allocate(1)));
        assertThrows(IllegalStateException.class, decoder::reset);
        assertThrows(IllegalStateException.class, () -> decoder.input(ByteBuffer.allocate(1)));
        try (Decoder open = new IsalDecoder()) {
            assertThrows(ReadOnlyBufferException.class, () -> open.decode(ByteBuffer.allocate(3).asReadOnlyBuffer()));
        }
    }

    /** Changes a byte, or forgets one of the input. */
    private static final class Erring implements Decoder {
        private final JdkDecoder right = new JdkDecoder();
        private final int how;

        Erring(int how) {
            this.how = how;
        }

        @Override
        public void reset() {
            right.reset();
        }

        @Override
        public void input(ByteBuffer from) {
            right.input(from);
        }

        @Override
        public int decode(ByteBuffer into) throws DataFormatException {
            int n = right.decode(into);
            if (n > 0 && how == 0) {
                into.put(into.position() - n, (byte) (into.get(into.position() - n) ^ 1));
            }
            return n;
        }

        @Override
        public boolean finished() {
            return right.finished();
        }

        @Override
        public int remaining() {
            return right.remaining() + how;
        }

        @Override
        public long written() {
            return right.written();
        }

        @Override
        public void close() {
            right.close();
        }
    }
}
