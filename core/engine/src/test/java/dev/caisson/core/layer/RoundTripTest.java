package dev.caisson.core.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.ImageProblem;
import dev.caisson.core.layer.TarEntry.Kind;
import dev.caisson.linux.SafeRoot;
import dev.caisson.spi.storage.LayerDraft.Whiteouts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unpacked and packed again, a layer is the same; and the same tree is the same bytes. */
@Tag("host")
@net.jqwik.api.Tag("host")
class RoundTripTest {
    private static final byte[] ACL = HexFormat.of().parseHex("02000000" + "01000700ffffffff" + "02000500e8030000" + "04000500ffffffff" + "10000700ffffffff" + "20000500ffffffff");

    private static byte[] pack(Path root, LayerPacker.Source source) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (SafeRoot safe = SafeRoot.open(root)) {
            new LayerPacker(safe, source).pack(out);
        }
        return out.toByteArray();
    }

    @Property(tries = 60)
    void unpackPackUnpack(@ForAll long seed) throws IOException {
        Path temp = Files.createTempDirectory("round");
        try {
            Random random = new Random(seed);
            Unpacked first = new Unpacked(Files.createDirectory(temp.resolve("1")));
            Unpacked second = new Unpacked(Files.createDirectory(temp.resolve("2")));
            String canary = first.canary();
            first.layer(Whiteouts.OVERLAY, t -> tree(t, random));
            byte[] packed = pack(first.root, LayerPacker.Source.OVERLAY_UPPER);
            second.archive(Whiteouts.OVERLAY, packed);
            // The root directory belongs to the driver, and so do its times.
            assertEquals(withoutRoot(first.tree()), withoutRoot(second.tree()));
            assertArrayEquals(packed, pack(second.root, LayerPacker.Source.OVERLAY_UPPER));
            assertEquals(canary, first.canary());
        } finally {
            Tars.run(temp, "rm", "-rf", temp.toString());
        }
    }

    private static String withoutRoot(String tree) {
        return tree.substring(tree.indexOf('\n')).replaceAll(" c 0 0 [0-9]+ 1 0  [0-9.]+", " whiteout, of nobody and no time");
    }

    private static void tree(TarWriter tar, Random random) throws IOException {
        List<String> directories = new ArrayList<>(List.of(""));
        List<String> files = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String name = directories.get(random.nextInt(directories.size())) + List.of("a", "b", "ü", "c d", "n".repeat(120)).get(random.nextInt(5)) + i;
            Map<String, byte[]> xattrs = random.nextInt(3) == 0 ? Map.of("user.x", new byte[random.nextInt(40)]) : Map.of();
            long time = random.nextInt();
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    byte[] content = new byte[random.nextInt(300_000)];
                    random.nextBytes(content);
                    tar.put(TarEntry.file(name, content.length, random.nextInt(010000)).owner(random.nextInt(70000), random.nextInt(70000)).mtime(time, random.nextInt(1_000_000_000))
                            .xattrs(random.nextInt(9) == 0 ? Map.of("system.posix_acl_access", ACL, "user.x", new byte[3]) : xattrs), content);
                    files.add(name);
                }
                case 2, 3 -> {
                    tar.put(TarEntry.of(Kind.DIRECTORY, name, "", random.nextInt(010000)).owner(i, 65534).mtime(time, 5)
                            .xattrs(random.nextInt(4) == 0 ? Map.of("system.posix_acl_default", ACL) : xattrs));
                    directories.add(name + "/");
                }
                case 4 -> tar.put(TarEntry.of(Kind.SYMLINK, name, "../" + "x".repeat(1 + random.nextInt(150)), 0777).owner(i, i).mtime(time, 7));
                case 5 -> {
                    if (!files.isEmpty()) {
                        tar.put(TarEntry.of(Kind.HARD_LINK, name, files.get(random.nextInt(files.size())), 0));
                    }
                }
                case 6 -> tar.put(TarEntry.of(random.nextBoolean() ? Kind.FIFO : Kind.CHARACTER_DEVICE, name, "", random.nextInt(010000)).device(1, random.nextInt(256)).mtime(time, 0));
                default -> {
                    String directory = name.substring(0, name.lastIndexOf('/') + 1);
                    tar.put(TarEntry.file(directory + (random.nextBoolean() || directory.isEmpty() ? ".wh.gone" : ".wh..wh..opq"), 0, 0));
                }
            }
        }
    }

    @Test
    void aTreeThatTarMade(@TempDir Path temp) throws IOException {
        Unpacked unpacked = new Unpacked(temp);
        Tars.run(unpacked.root, "sh", "-c", "mkdir -p d/e; echo x > d/f; ln d/f d/e/g; ln -s f d/s; chmod 6755 d/f; touch -d 1999-12-31 d/e; "
                + "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('d/socket')\"");
        byte[] packed = pack(unpacked.root, LayerPacker.Source.TREE);
        Path archive = temp.resolve("packed.tar");
        Files.write(archive, packed);
        assertEquals("d/\nd/e/\nd/e/g\nd/f\nd/s\n", new String(Tars.run(temp, "tar", "tf", archive.toString())));
        Path out = Files.createDirectory(temp.resolve("out"));
        Tars.run(out, "tar", "xpf", archive.toString());
        assertEquals("", new String(Tars.run(temp, "sh", "-c", "rm root/d/socket; diff -r root out; cd out; find . -newermt 2000-01-01 -name e")));
        Files.writeString(unpacked.root.resolve("d/.wh.f"), "");
        assertThrows(ImageProblem.class, () -> pack(unpacked.root, LayerPacker.Source.TREE));
    }

    @Test
    void inheritedListsAreNotKept(@TempDir Path temp) throws IOException {
        Unpacked unpacked = new Unpacked(temp);
        Tars.run(unpacked.root, "mkdir", "d");
        Tars.run(unpacked.root, "setfattr", "-n", "system.posix_acl_default", "-v", "0x" + HexFormat.of().formatHex(ACL), "d");
        unpacked.layer(Whiteouts.REMOVE, t -> {
            Tars.file(t, "d/file", "x");
            Tars.dir(t, "d/dir");
            t.put(TarEntry.of(Kind.FIFO, "d/fifo", "", 0644));
        });
        assertEquals("", new String(Tars.run(unpacked.root, "sh", "-c", "getfattr -hd -m - d/file d/dir d/fifo")));
    }
}
