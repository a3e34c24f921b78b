package dev.caisson.core.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.caisson.ImageProblem;
import dev.caisson.core.layer.TarEntry.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** security.md rows 78 and 79: whatever the bytes, the reader lists entries or says ImageProblem, in bounded memory. */
class TarReaderPropertiesTest {
    private static final List<byte[]> REAL = new ArrayList<>();

    private static synchronized List<byte[]> real() throws IOException {
        if (REAL.isEmpty()) {
            Path tree = Files.createTempDirectory("tars");
            Files.createDirectories(tree.resolve("d/" + "n".repeat(150)));
            Files.writeString(tree.resolve("d/f"), "content ".repeat(100));
            Files.createLink(tree.resolve("d/g"), tree.resolve("d/f"));
            Files.createSymbolicLink(tree.resolve("d/s"), Path.of("f"));
            Tars.run(tree, "truncate", "-s", "1M", "d/hole");
            Tars.run(tree, "sh", "-c", "printf x | dd of=d/hole bs=1 seek=500000 conv=notrunc status=none");
            for (String command : List.of("tar --format=gnu -S -cf - d", "tar --format=posix -S -cf - d", "tar --format=posix -S --sparse-version=0.0 -cf - d",
                    "tar --format=posix -S --sparse-version=0.1 -cf - d", "tar --format=ustar --exclude=n* -cf - d", "bsdtar --format=pax -cf - d", "busybox tar -cf - d")) {
                REAL.add(Tars.run(tree, command.split(" ")));
            }
            Tars.run(tree, "rm", "-rf", tree.toString());
        }
        return REAL;
    }

    @Property(tries = 2000)
    void randomBytes(@ForAll byte @Size(max = 4096) [] bytes) {
        readOrRefuse(bytes);
    }

    @Property(tries = 6000)
    void mutatedArchives(@ForAll @IntRange(max = 6) int which, @ForAll long seed) throws IOException {
        byte[] archive = real().get(which).clone();
        Random random = new Random(seed);
        for (int i = random.nextInt(6); i >= 0; i--) {
            int at = random.nextInt(archive.length);
            if (random.nextInt(8) == 0) {
                archive = java.util.Arrays.copyOf(archive, at);
                break;
            }
            archive[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : "0179xgLKS\0/ =\n,\u0080\u00ff".charAt(random.nextInt(17)));
            int header = at / 512 * 512;
            if (random.nextInt(4) > 0 && header + 512 <= archive.length) {
                // A wrong checksum would hide everything behind it.
                archive = Tars.patched(archive, header, 0, new byte[0]);
            }
        }
        readOrRefuse(archive);
    }

    private static void readOrRefuse(byte[] bytes) {
        LayerLimits small = new LayerLimits(4095, 64, 16 << 10, 4 << 10, 256, 1000, 1000, 1 << 20, 200, 1 << 20, 1 << 20);
        try {
            Tars.list(bytes, small);
        } catch (ImageProblem expected) {
            assertEquals(dev.caisson.Stage.UNPACK, expected.stage());
        }
    }

    @Property(tries = 500)
    void writtenEntriesAreReadBack(@ForAll("entries") List<TarEntry> entries) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(out)) {
            for (TarEntry entry : entries) {
                tar.put(entry, content(entry));
            }
        }
        TarReader reader = Tars.reader(out.toByteArray());
        for (TarEntry entry : entries) {
            assertEquals(entry, reader.next());
            assertArrayEquals(content(entry), reader.content().readAllBytes());
        }
        assertNull(reader.next());
    }

    private static byte[] content(TarEntry entry) {
        byte[] content = new byte[(int) entry.size()];
        new Random(entry.size()).nextBytes(content);
        return content;
    }

    @Provide
    Arbitrary<List<TarEntry>> entries() {
        Arbitrary<String> names = Arbitraries.strings().withChars("abc./ü\u2603 =\n").ofMinLength(1).ofMaxLength(300).map(n -> n.replaceAll("/+$", "") + "x");
        Arbitrary<Long> ids = Arbitraries.longs().between(0, 4_294_967_294L);
        Arbitrary<Long> times = Arbitraries.longs().between(-(1L << 40), 1L << 40);
        Arbitrary<Map<String, byte[]>> xattrs = Arbitraries.maps(Arbitraries.strings().withChars("abc.").ofMinLength(1).ofMaxLength(20).map(n -> "user." + n),
                Arbitraries.bytes().array(byte[].class).ofMaxSize(50)).ofMaxSize(3);
        return Combinators.combine(Arbitraries.of(Kind.class), names, names, Arbitraries.integers().between(0, 3000), ids, ids, times, xattrs)
                .as((kind, name, link, size, uid, gid, time, attributes) -> {
                    boolean linked = kind == Kind.SYMLINK || kind == Kind.HARD_LINK;
                    boolean device = kind == Kind.CHARACTER_DEVICE || kind == Kind.BLOCK_DEVICE;
                    return new TarEntry(name, kind, linked ? link : "", kind == Kind.FILE ? size : 0, size & 07777, uid, gid, time,
                            Math.floorMod(time.intValue(), 1_000_000_000), device ? size : 0, device ? 7 : 0, attributes, List.of(), false);
                }).list().ofMaxSize(8);
    }
}
