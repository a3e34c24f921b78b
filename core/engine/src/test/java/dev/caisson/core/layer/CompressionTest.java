package dev.caisson.core.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageLimits;
import dev.caisson.EngineProblem;
import dev.caisson.ImageProblem;
import dev.caisson.linux.deflate.Decoder;
import dev.caisson.linux.deflate.Decoders;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** security.md rows 78 and 80: decompression means one thing, ends, and says what is wrong. */
class CompressionTest {
    @TempDir
    Path temp;

    private static byte[] gzip(byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(data);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static byte[] read(byte[] blob) throws IOException {
        return read(blob, LayerLimits.DEFAULT);
    }

    /** By the JDK's decoder of gzip's streams and by the one that is used here, with the same result. */
    private static byte[] read(byte[] blob, LayerLimits limits) throws IOException {
        byte[] expected;
        try {
            expected = read(blob, limits, Decoders::jdk);
        } catch (ImageProblem e) {
            assertThrows(ImageProblem.class, () -> read(blob, limits, Decoders::make));
            throw e;
        }
        assertArrayEquals(expected, read(blob, limits, Decoders::make));
        return expected;
    }

    private static byte[] read(byte[] blob, LayerLimits limits, Supplier<Decoder> gzip) throws IOException {
        try (InputStream in = Compression.open(new ByteArrayInputStream(blob), limits, new Fault("the test blob"), gzip)) {
            return in.readAllBytes();
        }
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] sample(int size) {
        byte[] data = new byte[size];
        Random random = new Random(7);
        for (int i = 0; i < size; i++) {
            data[i] = (byte) ("abcdefgh".charAt(random.nextInt(8)));
        }
        return data;
    }

    private byte[] zstd(byte[] data, String... options) throws IOException {
        Path file = temp.resolve("data");
        Files.write(file, data);
        String[] command = Arrays.copyOf(new String[] {"zstd", "-q", "-c"}, 4 + options.length);
        System.arraycopy(options, 0, command, 3, options.length);
        command[command.length - 1] = file.toString();
        return Tars.run(temp, command);
    }

    @Test
    void aDecoderThatCannotBeHadIsRefusedWithTheRemedy() {
        String before = System.getProperty(Decoders.PROPERTY);
        try {
            System.setProperty(Decoders.PROPERTY, "zlib-ng");
            EngineProblem refused = assertThrows(EngineProblem.class,
                    () -> Compression.open(new ByteArrayInputStream(gzip(new byte[100])), LayerLimits.DEFAULT, new Fault("the test blob")));
            assertTrue(refused.getMessage().contains("zlib-ng") && refused.remedy().contains("leave -Dcaisson.inflate out"), refused + " / " + refused.remedy());
        } finally {
            if (before == null) {
                System.clearProperty(Decoders.PROPERTY);
            } else {
                System.setProperty(Decoders.PROPERTY, before);
            }
        }
    }

    @Test
    void gzipMembersFollowEachOther() throws IOException {
        byte[] data = sample(100_000);
        assertArrayEquals(concat(data, data), read(concat(gzip(data), gzip(new byte[0]), gzip(data))));
        assertArrayEquals(data, read(concat(gzip(data), new byte[1000])), "zero padding, as of tapes");
        ImageProblem garbage = assertThrows(ImageProblem.class, () -> read(concat(gzip(data), Tars.ascii("hidden"))));
        assertTrue(garbage.getMessage().contains("garbage"), garbage.getMessage());
        assertThrows(ImageProblem.class, () -> read(concat(gzip(data), new byte[10], gzip(data))));
    }

    @Test
    void gzipWithAllHeaderFields() throws IOException {
        byte[] data = sample(5000);
        Path file = temp.resolve("named");
        Files.write(file, data);
        assertArrayEquals(data, read(Tars.run(temp, "gzip", "-9", "-c", file.toString())));
        byte[] plain = gzip(data);
        byte[] header = {0x1f, (byte) 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 0, 3, 0, 'x', 'y', 'z', 'n', 0, 'c', 0, 1, 2};
        assertArrayEquals(data, read(concat(header, Arrays.copyOfRange(plain, 10, plain.length))));
    }

    @Test
    void truncatedAtEveryByte() throws IOException {
        byte[] tar = Tars.of(t -> t.put(TarEntry.file("f", 6000, 0644), sample(6000)));
        byte[] gz = gzip(tar);
        byte[] zst = zstd(tar);
        for (byte[] whole : new byte[][] {gz, zst}) {
            assertArrayEquals(tar, read(whole));
            for (int length = 4; length < whole.length; length++) {
                byte[] part = Arrays.copyOf(whole, length);
                assertThrows(ImageProblem.class, () -> read(part), "cut at " + length);
            }
        }
    }

    @Test
    void anyFlippedByteIsFound() throws IOException {
        byte[] data = sample(3000);
        for (byte[] whole : new byte[][] {gzip(data), zstd(data, "--check")}) {
            for (int i = 0; i < whole.length; i++) {
                byte[] flipped = whole.clone();
                flipped[i] ^= 0x55;
                byte[] result;
                try {
                    result = read(flipped);
                } catch (ImageProblem expected) {
                    continue;
                }
                // Header fields without meaning (time, system), or no longer this compression at all.
                assertTrue(Arrays.equals(data, result) || Arrays.equals(flipped, result), "byte " + i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "-3", "-19", "--fast=5", "--no-check"})
    void zstdLevels(String level) throws IOException {
        byte[] data = sample(3_000_000);
        assertArrayEquals(data, read(zstd(data, level)));
    }

    @Test
    void zstdFramesAndSkippableFrames() throws IOException {
        byte[] data = sample(300_000);
        byte[] frame = zstd(data);
        byte[] skippable = {0x5e, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5};
        assertArrayEquals(concat(data, data), read(concat(skippable, frame, skippable, skippable, frame, skippable)));
        assertThrows(ImageProblem.class, () -> read(concat(frame, Tars.ascii("hidden"))));
        assertThrows(ImageProblem.class, () -> read(concat(frame, Arrays.copyOf(skippable, 10))));
    }

    @Test
    void zstdWindowIsCapped() throws IOException {
        byte[] data = sample(20_000_000);
        ImageProblem problem = assertThrows(ImageProblem.class, () -> read(zstd(data, "--long=31", "--no-check")));
        assertTrue(problem.getMessage().contains("window"), problem.getMessage());
        byte[] twoGiB = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) (21 << 3), 1, 0, 0};
        assertTrue(assertThrows(ImageProblem.class, () -> read(twoGiB)).getMessage().contains("2147483648"));
        assertArrayEquals(data, read(zstd(data, "-3", "--zstd=wlog=23")), "8 MiB is allowed");
    }

    @Test
    void bombsEnd() {
        // Ten GiB of zeros from ten MiB, and what zstd makes of it: blocks of one repeated byte.
        LayerLimits limits = LayerLimits.DEFAULT;
        for (InputStream bomb : new InputStream[] {new Endless(gzip(new byte[100 << 20])), new Endless(rleFrame())}) {
            ImageProblem problem = assertThrows(ImageProblem.class, () -> {
                try (InputStream in = Compression.open(bomb, limits, new Fault("the bomb"))) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
            });
            assertTrue(problem.getMessage().contains("bomb"), problem.getMessage());
        }
        assertThrows(ImageProblem.class, () -> read(gzip(new byte[1000]), limits.withTotalBytes(999)));
    }

    @Test
    void othersAreNamed() {
        for (String magic : new String[] {"BZh91AY", "\u00fd7zXZ\0\0"}) {
            ImageProblem problem = assertThrows(ImageProblem.class, () -> read(magic.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
            assertTrue(problem.remedy().contains("gzip or zstd"), problem.getMessage());
        }
    }

    @Test
    void emptyAndPlain() throws IOException {
        assertEquals(0, read(new byte[0]).length);
        assertArrayEquals(new byte[] {1, 2}, read(new byte[] {1, 2}));
    }

    @Test
    void whatUsersMaySet() throws IOException {
        assertEquals(LayerLimits.DEFAULT, LayerLimits.of(ImageLimits.DEFAULT));
        byte[] member = gzip(new byte[65 << 20]);
        byte[] bomb = concat(member, member, member, member);
        assertThrows(ImageProblem.class, () -> drained(bomb, LayerLimits.DEFAULT));
        assertEquals(260 << 20, drained(bomb, LayerLimits.of(ImageLimits.DEFAULT.ratio(1032))));
        assertThrows(ImageProblem.class, () -> drained(bomb, LayerLimits.of(ImageLimits.DEFAULT.ratio(1032).bytes(130 << 20))));
        assertEquals(7, LayerLimits.of(ImageLimits.DEFAULT.entries(7)).entries());
    }

    private static long drained(byte[] blob, LayerLimits limits) throws IOException {
        try (InputStream in = Compression.open(new ByteArrayInputStream(blob), limits, new Fault("the test blob"))) {
            return in.transferTo(OutputStream.nullOutputStream());
        }
    }

    private static byte[] rleFrame() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 7 << 3});
        int block = 128 << 10 << 3 | 1 << 1;
        for (int i = 0; i < 100; i++) {
            int header = block | (i == 99 ? 1 : 0);
            out.writeBytes(new byte[] {(byte) header, (byte) (header >> 8), (byte) (header >> 16), 0});
        }
        return out.toByteArray();
    }

    /** The same bytes again and again. */
    private static final class Endless extends InputStream {
        private final byte[] part;
        private int at;

        Endless(byte[] part) {
            this.part = part;
        }

        @Override
        public int read() {
            int b = part[at] & 0xff;
            at = (at + 1) % part.length;
            return b;
        }

        @Override
        public int read(byte[] b, int off, int len) {
            int n = Math.min(len, part.length - at);
            System.arraycopy(part, at, b, off, n);
            at = (at + n) % part.length;
            return n;
        }
    }
}
