package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageDifference;
import dev.caisson.ImageProblem;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Row 63: what unpacked layers became, by a disk, a stranger or a hole of the kernel (CVE-2022-0847), is found by comparing them with their digests again. */
class VerifyImageTest extends EngineTest {
    @BeforeEach
    void load() throws Exception {
        root.file("etc/config", "setting = good\n").file("srv/big", "x".repeat(300_000)).link("srv/link", "big");
        Files.createLink(root.at("srv/hard"), root.at("srv/big"));
        Files.setAttribute(root.at("etc/config"), "user:origin", java.nio.ByteBuffer.wrap("here".getBytes()));
        Path tar = directory.resolve("root.tar");
        assertEquals(0, new ProcessBuilder("tar", "--xattrs", "--numeric-owner", "-cf", tar.toString(), "-C", root.path().toString(), ".").inheritIO().start().waitFor());
        engine.images().importRootfs(tar, "base:1");
        engine.images().from("base:1").file("/etc/added", "added\n".getBytes(), 0640).build("app:1");
        assertEquals(List.of(), engine.images().verify("base:1"));
        assertEquals(List.of(), engine.images().verify("app:1"));
    }

    /** A file of a layer where the driver keeps it. */
    private Path stored(String path) throws IOException {
        try (var all = Files.find(engine.root().resolve("layers"), 12, (p, a) -> p.endsWith(Path.of("diff", path)))) {
            return all.findFirst().orElseThrow();
        }
    }

    private interface Damage {
        void to(Path file) throws IOException;
    }

    private void found(String path, String about, Damage damage) throws IOException {
        damage.to(stored(path));
        List<ImageDifference> found = engine.images().verify("app:1");
        assertTrue(found.stream().anyMatch(d -> d.path().startsWith("/" + path) && d.toString().contains(about)), found::toString);
    }

    @Test
    void contentIsComparedWhereSizeAndTimeAgree() throws IOException {
        Path config = stored("etc/config");
        FileTime time = Files.getLastModifiedTime(config);
        Files.writeString(config, "setting = evil\n");
        Files.setLastModifiedTime(config, time);
        assertEquals("setting = evil\n", engine.image("app:1").command(observer("cat", "/etc/config")).execute().stdout(), "the control: a container gets it");
        assertEquals(List.of(new ImageDifference("/etc/config", "0x67 at byte 10", "0x65 at byte 10")), engine.images().verify("app:1"));
        assertEquals(1, engine.images().verify("base:1").size());
        engine.images().remove("app:1");
        engine.images().remove("base:1");
    }

    @Test
    void everyKindOfDamageIsNamed() throws IOException {
        found("etc/config", "mode 0666", f -> Files.setAttribute(f, "unix:mode", 0666));
        found("etc/group", "owner 1234:", f -> Files.setAttribute(f, "unix:uid", 1234));
        found("etc/passwd", "missing, should be a file", Files::delete);
        found("etc/os-release", "should be a file of", f -> {
            Files.delete(f);
            Files.createSymbolicLink(f, Path.of("/etc/config"));
        });
        found("srv/link", "a link to '/etc/shadow'", f -> {
            Files.delete(f);
            Files.createSymbolicLink(f, Path.of("/etc/shadow"));
        });
        found("srv/big", "at byte 200000", f -> {
            try (var file = java.nio.channels.FileChannel.open(f, java.nio.file.StandardOpenOption.WRITE)) {
                file.write(java.nio.ByteBuffer.wrap(new byte[] {1}), 200_000);
            }
        });
        found("etc/added", "user.more=00", f -> Files.setAttribute(f, "user:more", java.nio.ByteBuffer.wrap(new byte[1])));
        found("home", "/home/planted: should not be there, is a directory", f -> Files.createDirectory(f.resolve("planted")));
        found("root", "/root/device: should not be there, is character device 1:11", f -> {
            try {
                assertEquals(0, new ProcessBuilder("mknod", f.resolve("device").toString(), "c", "1", "11").start().waitFor());
            } catch (InterruptedException e) {
                throw new UncheckedIOException(new IOException(e));
            }
        });
    }

    @Test
    void aStoredLayerThatIsNotItsDigestIsAnError() throws IOException {
        try (var blobs = Files.walk(engine.root().resolve("content"))) {
            Path largest = blobs.filter(Files::isRegularFile).max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length())).orElseThrow();
            byte[] bytes = Files.readAllBytes(largest);
            bytes[bytes.length / 2] ^= 1;
            Files.setAttribute(largest, "unix:mode", 0600);
            Files.write(largest, bytes);
        }
        ImageProblem problem = assertThrows(ImageProblem.class, () -> engine.images().verify("base:1"));
        assertTrue(problem.getMessage().contains("sha256:"), problem::getMessage);
        assertThrows(ImageProblem.class, () -> engine.images().verify("nosuch"));
    }
}
