package dev.caisson.core.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.layer.TarEntry.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What real archivers write is read, and read as GNU tar reads it. */
class TarDialectsTest {
    private static final String LONG = "a-name-that-is-longer-than-a-hundred-bytes/" + "x".repeat(120) + "/" + "y".repeat(140);

    private static final String LONG_TARGET = "/t".repeat(100);

    @TempDir
    Path temp;
    private Path tree;

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectory(temp.resolve("tree"));
        Files.createDirectories(tree.resolve("dir/sub"));
        Files.writeString(tree.resolve("dir/file"), "hello\n");
        Files.writeString(tree.resolve("dir/exactly-one-block"), "z".repeat(512));
        Files.writeString(tree.resolve("dir/empty"), "");
        Files.createDirectories(tree.resolve(LONG).getParent());
        Files.writeString(tree.resolve(LONG), "long");
        Files.createSymbolicLink(tree.resolve("dir/link"), Path.of("../dir/file"));
        Files.createSymbolicLink(tree.resolve("dir/longlink"), Path.of(LONG_TARGET));
        Files.createLink(tree.resolve("dir/zz-hard"), tree.resolve("dir/file"));
        Files.writeString(tree.resolve("dir/ümläut \u2603"), "snow");
        Tars.run(tree, "mkfifo", "dir/fifo");
        Tars.run(tree, "touch", "-d", "2001-02-03T04:05:06.123456789Z", "dir/file");
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "tar --format=gnu -cf - dir LONG", "tar --format=posix -cf - dir LONG", "tar --format=ustar --exclude=longlink -cf - dir",
            "tar --format=v7 --exclude=fifo --exclude=longlink -cf - dir", "tar --format=oldgnu -cf - dir LONG", "bsdtar --format=pax -cf - dir LONG",
            "bsdtar --format=gnutar -cf - dir LONG", "bsdtar --format=ustar --exclude=longlink -cf - dir", "bsdtar --format=v7 --exclude=fifo --exclude=longlink -cf - dir",
            "busybox tar -cf - dir/file dir/exactly-one-block dir/link dir/sub", "python3 -c import*pax dir LONG", "python3 -c import*gnu dir LONG"})
    void archiversAgreeWithTheTree(String command) throws IOException {
        byte[] archive = make(command);
        Map<String, TarEntry> entries = byName(archive);
        assertEquals(listedByGnuTar(archive), new TreeSet<>(entries.keySet()), "the names differ from tar -t");
        assertEquals(6, entries.get("dir/file").kind() == Kind.FILE ? entries.get("dir/file").size() : entries.get("dir/zz-hard").size());
        assertEquals(512, entries.get("dir/exactly-one-block").size());
        assertEquals(Kind.SYMLINK, entries.get("dir/link").kind());
        assertEquals("../dir/file", entries.get("dir/link").linkName());
        assertEquals(Kind.DIRECTORY, entries.get("dir/sub/").kind());
        if (command.contains("LONG")) {
            assertEquals(4, entries.get(LONG).size());
            assertEquals(LONG_TARGET, entries.get("dir/longlink").linkName());
        }
        TarEntry file = entries.get("dir/file").kind() == Kind.FILE ? entries.get("dir/file") : entries.get("dir/zz-hard");
        assertEquals(981173106L, file.mtimeSec());
        boolean pax = command.contains("posix") || command.contains("=pax");
        assertEquals(pax ? 123456789 : 0, command.startsWith("python3") ? (pax ? 123456789 : 0) : file.mtimeNsec());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--format=oldgnu", "--format=gnu", "--format=posix --sparse-version=0.0", "--format=posix --sparse-version=0.1",
            "--format=posix --sparse-version=1.0"})
    void sparseFilesInAllNotations(String format) throws IOException {
        Path sparse = tree.resolve("sparse");
        byte[] expected = new byte[3_000_000];
        try (FileChannel file = FileChannel.open(sparse, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 30; i++) {
                byte[] run = ("run " + i).repeat(50).getBytes(StandardCharsets.US_ASCII);
                file.write(ByteBuffer.wrap(run), i * 98_304L);
                System.arraycopy(run, 0, expected, i * 98_304, run.length);
            }
            file.write(ByteBuffer.wrap(new byte[1]), expected.length - 1L);
        }
        byte[] archive = Tars.run(tree, ("tar --sparse --hole-detection=raw " + format + " -cf - sparse dir/empty").split(" "));
        assertTrue(archive.length < 1_000_000, "tar did not write it sparsely");
        TarReader reader = Tars.reader(archive);
        TarEntry entry = reader.next();
        assertEquals("sparse", entry.name());
        assertEquals(expected.length, entry.size());
        byte[] actual = new byte[expected.length];
        for (TarEntry.Extent extent : entry.extents()) {
            int done = 0;
            while (done < extent.length()) {
                done += reader.read(actual, (int) extent.offset() + done, (int) extent.length() - done);
            }
        }
        assertTrue(Arrays.equals(expected, actual));
        assertEquals("dir/empty", reader.next().name());
        assertEquals(null, reader.next());
    }

    @Test
    void numbersInBase256AndNegativeTimes() throws IOException {
        Tars.run(tree, "touch", "-d", "1969-12-31T23:59:58.25Z", "dir/empty");
        TarEntry gnu = Tars.list(Tars.run(tree, "tar", "--format=gnu", "--owner=:3000000000", "--group=:4294967294", "-cf", "-", "dir/empty")).get(0);
        assertEquals(List.of(3_000_000_000L, 4_294_967_294L, -2L), List.of(gnu.uid(), gnu.gid(), gnu.mtimeSec()));
        TarEntry pax = Tars.list(Tars.run(tree, "tar", "--format=posix", "--owner=:3000000000", "-cf", "-", "dir/empty")).get(0);
        assertEquals(List.of(3_000_000_000L, -2L, 250_000_000L), List.of(pax.uid(), pax.mtimeSec(), (long) pax.mtimeNsec()));
    }

    @Test
    void globalHeadersOfGitArchives() {
        Tars.run(tree, "git", "init", "-q");
        Tars.run(tree, "git", "add", "dir/file");
        Tars.run(tree, "git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t");
        assertEquals(List.of("dir/", "dir/file"), Tars.list(Tars.run(tree, "git", "archive", "HEAD")).stream().map(TarEntry::name).toList());
    }

    @Test
    void namesThatAreNotUtf8KeepTheirBytes() throws IOException {
        Tars.run(tree, "sh", "-c", "mkdir raw; echo x > \"raw/$(printf '\\377\\376')\"");
        for (String format : List.of("gnu", "posix")) {
            TarEntry entry = Tars.list(Tars.run(tree, "tar", "--format=" + format, "-cf", "-", "raw")).get(1);
            byte[] expected = {'r', 'a', 'w', '/', (byte) 0xff, (byte) 0xfe};
            assertEquals(ByteBuffer.wrap(expected), ByteBuffer.wrap(dev.caisson.linux.PathBytes.encode(entry.name())));
        }
    }

    private byte[] make(String command) {
        if (command.startsWith("python3")) {
            String format = command.contains("pax") ? "PAX_FORMAT" : "GNU_FORMAT";
            return Tars.run(tree, "python3", "-c", "import tarfile,sys\nt=tarfile.open(fileobj=sys.stdout.buffer,mode='w|',format=tarfile." + format
                    + ")\nt.add('dir')\nt.add('" + LONG + "')\nt.close()");
        }
        return Tars.run(tree, command.replace("LONG", LONG).split(" "));
    }

    private static Map<String, TarEntry> byName(byte[] archive) {
        Map<String, TarEntry> entries = new HashMap<>();
        Tars.list(archive).forEach(e -> entries.put(e.kind() == Kind.DIRECTORY && !e.name().endsWith("/") ? e.name() + "/" : e.name(), e));
        return entries;
    }

    private TreeSet<String> listedByGnuTar(byte[] archive) throws IOException {
        Path file = temp.resolve("archive.tar");
        Files.write(file, archive);
        String listing = new String(Tars.run(temp, "tar", "--quoting-style=literal", "-tf", file.toString()), StandardCharsets.UTF_8);
        return new TreeSet<>(List.of(listing.split("\n")));
    }
}
