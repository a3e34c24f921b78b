package dev.caisson.host.badinput;

import static dev.caisson.host.badinput.HandmadeTar.entry;
import static dev.caisson.host.badinput.HandmadeTar.tar;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.ImageProblem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Archives that are broken or hostile, through the public API. Rows 68, 69, 70, 80. */
class ArchivesTest extends BadInputTest {
    private byte[] good() throws IOException {
        return Files.readAllBytes(root.tar(directory.resolve("good.tar")));
    }

    private Path archive(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("archive.tar"), bytes);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /** The store is what it was: no image, no layer, no blob. */
    private void assertStoreEmpty() throws IOException {
        assertEquals(List.of(), engine.images().list());
        List<Path> left = new ArrayList<>();
        for (String room : List.of("content", "layers")) {
            Path at = engine.root().resolve(room);
            if (Files.exists(at)) {
                try (Stream<Path> files = Files.walk(at)) {
                    files.filter(p -> Files.isRegularFile(p) && p.toString().matches(".*/(observer|passwd|[0-9a-f]{64}|ingest.*|.*\\.tmp)")).forEach(left::add);
                }
            }
        }
        assertEquals(List.of(), left);
    }

    @Test
    void truncatedArchivesLeaveNothing() throws IOException {
        byte[] good = good();
        for (byte[] whole : List.of(good, gzip(good))) {
            for (int part = 1; part < 8; part++) {
                Path cut = archive(Arrays.copyOf(whole, whole.length * part / 8));
                refused(ImageProblem.class, () -> engine.images().importRootfs(cut, "cut"));
                refused(ImageProblem.class, () -> engine.images().load(cut));
                assertStoreEmpty();
            }
        }
    }

    @Test
    void garbageIsNoArchive() throws IOException {
        byte[] noise = new byte[100_000];
        new Random(3).nextBytes(noise);
        for (byte[] bytes : List.of(noise, "hello".getBytes(StandardCharsets.UTF_8), gzip(noise), new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 1, 2, 3}, new byte[] {(byte) 0xfd, '7', 'z',
            'X', 'Z', 0})) {
            refused(ImageProblem.class, () -> engine.images().importRootfs(archive(bytes), "noise"));
            refused(ImageProblem.class, () -> engine.images().load(archive(bytes)));
        }
        refused(ImageProblem.class, () -> engine.images().load(archive(new byte[10_240])));
        refused(ImageProblem.class, () -> engine.images().load(directory.resolve("missing.tar")), "missing.tar");
        refused(ImageProblem.class, () -> engine.images().importRootfs(directory.resolve("missing.tar"), "x"), "missing.tar");
        refused(ImageProblem.class, () -> engine.images().load(hostDirectory("empty")));
        assertStoreEmpty();
    }

    @Test
    void entriesThatClimbStayBelowTheRootOrAreRefused() throws IOException {
        String out = "../".repeat(20) + canary.path().toString().substring(1);
        List<byte[]> hostile = List.of(
                tar(entry(out + "/made", '0', "", "x")),
                tar(entry(canary.path() + "/made", '0', "", "x")),
                tar(entry("link", '2', canary.path().toString(), ""), entry("link/made", '0', "", "x")),
                tar(entry("link", '2', out, ""), entry("link/secret", '0', "", "x")),
                tar(entry("hard", '1', canary.path() + "/secret", "")),
                tar(entry("hard", '1', out + "/secret", "")),
                tar(entry("a", '2', "b", ""), entry("b", '2', canary.path().toString(), ""), entry("a/made", '0', "", "x")),
                tar(entry("link", '2', canary.path() + "/secret", ""), entry("link", '0', "", "overwritten")),
                tar(entry("../.wh.secret", '0', "", "")),
                tar(entry(".wh...", '0', "", "")));
        for (int i = 0; i < hostile.size(); i++) {
            Path archive = archive(hostile.get(i));
            try {
                engine.images().importRootfs(archive, "hostile" + i);
                String seen = engine.image("hostile" + i).bind(root.path().resolve("bin"), "/tools").command("/tools/observer", "readable", "/hard", "/link/secret", "/link").execute().stdout();
                assertTrue(!seen.contains("hard=ok") && !seen.contains("secret=ok"), seen);
            } catch (ContainerException e) {
                assertTrue(e.getMessage().length() > 20, e.getMessage());
            }
            canary.assertUntouched();
        }
        for (var image : engine.images().list()) {
            engine.images().remove(image.id());
        }
    }

    @Test
    void documentsThatClimbAreRefused() throws IOException {
        // Row 68: docker save archives whose manifest names files elsewhere.
        for (String manifest : List.of("[{\"Config\":\"../../../etc/passwd\",\"RepoTags\":[\"x:1\"],\"Layers\":[]}]",
                "[{\"Config\":\"" + canary.path() + "/secret\",\"RepoTags\":[\"x:1\"],\"Layers\":[\"" + canary.path() + "/secret\"]}]", "[{]", "[]", "{}", "null",
                "[{\"Config\":\"c.json\",\"RepoTags\":[\"../../x\"],\"Layers\":[\"l.tar\"]}]")) {
            Path archive = archive(tar(entry("manifest.json", '0', "", manifest), entry("c.json", '0', "", "{}"), entry("l.tar", '0', "", "")));
            assertThrows(ContainerException.class, () -> engine.images().load(archive), manifest);
        }
        assertStoreEmpty();
    }

    @Test
    void instructionsThatAreNone() throws IOException {
        Path tar = root.tar(directory.resolve("root.tar"));
        refused(ContainerException.class, () -> engine.images().importRootfs(tar, "x", "CMDD [\"a\"]"), "CMDD");
        refused(ContainerException.class, () -> engine.images().importRootfs(tar, "x", "RUN make"), "RUN");
        refused(ContainerException.class, () -> engine.images().importRootfs(tar, "Bad Name"), "Bad Name");
        assertStoreEmpty();
        engine.images().importRootfs(tar, "fine", "CMD [\"/bin/true\"]");
        assertEquals(0, engine.image("fine").execute().exitCode(), "the control");
    }
}
