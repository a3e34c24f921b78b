package dev.caisson.core.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.spi.storage.LayerDraft.Whiteouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** security.md rows 72, 73 and 75: deletions in both modes, and what would forge them. */
@Tag("host")
class WhiteoutsTest {
    @TempDir
    Path temp;
    private Unpacked unpacked;
    private String canary;

    @BeforeEach
    void begin() throws IOException {
        unpacked = new Unpacked(temp);
        canary = unpacked.canary();
        Files.createDirectories(unpacked.root.resolve("etc/sub"));
        Files.writeString(unpacked.root.resolve("etc/passwd"), "all users");
        Files.writeString(unpacked.root.resolve("etc/sub/old"), "old");
        Files.writeString(unpacked.root.resolve("etc/whitedout"), "ahhhh whiteout");
        Files.createSymbolicLink(unpacked.root.resolve("localetc"), Path.of("/etc"));
        Files.createSymbolicLink(unpacked.root.resolve("dead"), Path.of("/dne"));
    }

    @AfterEach
    void nothingOutsideHasChanged() {
        assertEquals(canary, unpacked.canary());
    }

    @ParameterizedTest
    @ValueSource(strings = {".wh...", "etc/.wh...", ".wh..", "etc/.wh..", ".wh.", "etc/.wh."})
    void whiteoutsOfNothingSelfAndParent(String name) {
        // WhiteoutRootParent, WhiteoutParent, WhiteoutRoot, WhiteoutCurrentDirectory; go-archive TestOverlayUntarInvalidWhiteoutNames
        String before = unpacked.tree();
        Unpacked.modes().forEach(mode -> assertThrows(ImageProblem.class, () -> unpacked.layer(mode, t -> Tars.file(t, name, "")), mode.name()));
        assertEquals(before, unpacked.tree());
    }

    @Test
    void whiteoutOfASymlinkRemovesTheLink() throws IOException {
        unpacked.layer(Whiteouts.REMOVE, t -> Tars.file(t, ".wh.localetc", ""));
        assertEquals("all users", unpacked.text("etc/passwd"));
        assertFalse(unpacked.exists("localetc"));
    }

    @Test
    void whiteoutThroughASymlinkStaysInside() {
        // WhiteoutSymlinkPath, WhiteoutDeadSymlinkParent, WhiteoutRelativePath
        unpacked.layer(Whiteouts.REMOVE, t -> {
            Tars.file(t, "localetc/.wh.whitedout", "");
            Tars.file(t, "dead/.wh.etc", "");
        });
        assertFalse(unpacked.exists("etc/whitedout"));
        assertTrue(unpacked.exists("etc/passwd"));
        unpacked.layer(Whiteouts.REMOVE, t -> Tars.file(t, "dne/../.wh.etc", ""));
        assertFalse(unpacked.exists("etc"));
    }

    @Test
    void onlyTheLastComponentIsAWhiteout() throws IOException {
        unpacked.layer(Whiteouts.REMOVE, t -> Tars.file(t, ".wh.etc/somefile", "non-empty"));
        assertEquals("all users", unpacked.text("etc/passwd"));
        assertEquals("non-empty", unpacked.text(".wh.etc/somefile"));
    }

    @Test
    void aLayersOwnEntriesSurviveItsWhiteouts() throws IOException {
        for (boolean whiteoutFirst : new boolean[] {true, false}) {
            unpacked.layer(Whiteouts.REMOVE, t -> {
                if (whiteoutFirst) {
                    Tars.file(t, "etc/.wh..wh..opq", "");
                    Tars.file(t, ".wh.fresh", "");
                }
                Tars.file(t, "etc/sub/new", "new");
                Tars.file(t, "fresh", "fresh");
                if (!whiteoutFirst) {
                    Tars.file(t, "etc/.wh..wh..opq", "");
                    Tars.file(t, ".wh.fresh", "");
                    Tars.file(t, ".wh.etc", "");
                }
            });
            assertEquals("new", unpacked.text("etc/sub/new"));
            assertEquals("fresh", unpacked.text("fresh"));
            assertFalse(unpacked.exists("etc/passwd"));
            assertFalse(unpacked.exists("etc/sub/old"));
            Files.writeString(unpacked.root.resolve("etc/passwd"), "again");
            Files.writeString(unpacked.root.resolve("etc/sub/old"), "again");
        }
    }

    @Test
    void opaqueRootInTheMergedTree() {
        unpacked.layer(Whiteouts.REMOVE, t -> {
            Tars.file(t, "kept", "");
            Tars.file(t, ".wh..wh..opq", "");
        });
        assertEquals(List.of("kept"), List.of(unpacked.root.toFile().list()));
    }

    @Test
    void overlayNotation() throws IOException {
        unpacked.layer(Whiteouts.OVERLAY, t -> {
            Tars.file(t, "new/.wh.gone", "");
            Tars.file(t, "opaque/.wh..wh..opq", "");
            Tars.file(t, "opaque/inside", "");
            Tars.file(t, ".wh.replaced", "");
            Tars.dir(t, "replaced");
            Tars.dir(t, "before");
            Tars.file(t, ".wh.before", "");
            Tars.file(t, "file", "stays");
            Tars.file(t, ".wh.file", "");
            Tars.file(t, ".wh..wh.plnk", "");
            Tars.file(t, ".wh..wh.aufs/1.2", "");
        });
        assertEquals("character special file 0:0", unpacked.stat("new/gone", "%F %t:%T"));
        for (String opaque : List.of("opaque", "replaced", "before")) {
            assertEquals("y", new String(Tars.run(unpacked.root, "getfattr", "-n", "trusted.overlay.opaque", "--only-values", opaque)), opaque);
        }
        assertEquals("stays", unpacked.text("file"));
        assertFalse(unpacked.exists(".wh..wh.plnk") || unpacked.exists(".wh..wh.aufs"));
        assertThrows(ImageProblem.class, () -> unpacked.layer(Whiteouts.OVERLAY, t -> Tars.file(t, ".wh..wh..opq", "")));
    }

    @Test
    void anArchiveCannotSpeakOverlayfs() {
        // Row 73
        Map<String, byte[]> forged = Map.of("trusted.overlay.opaque", Tars.ascii("y"), "trusted.overlay.redirect", Tars.ascii("/../.."),
                "trusted.overlay.metacopy", new byte[0], "user.overlay.opaque", Tars.ascii("y"), "trusted.overlay.overlay.opaque", Tars.ascii("y"),
                "trusted.other", Tars.ascii("x"), "security.selinux", Tars.ascii("system_u:object_r:shadow_t:s0"), "user.kept", Tars.ascii("1"));
        unpacked.layer(Whiteouts.OVERLAY, t -> {
            t.put(TarEntry.of(TarEntry.Kind.DIRECTORY, "dir", "", 0755).xattrs(forged));
            t.put(TarEntry.file("file", 0, 0644).xattrs(forged));
        });
        for (String path : List.of("dir", "file")) {
            String all = new String(Tars.run(unpacked.root, "getfattr", "-d", "-m", "-", path));
            assertEquals(List.of("user.kept=\"1\""), all.lines().filter(l -> l.contains("=")).toList());
        }
        Unpacked.modes().forEach(mode -> assertThrows(ImageProblem.class, () -> unpacked.layer(mode, t ->
                t.put(TarEntry.of(TarEntry.Kind.CHARACTER_DEVICE, "whiteout", "", 0)))));
        assertThrows(ImageProblem.class, () -> unpacked.layer(Whiteouts.OVERLAY, t -> {
            Tars.file(t, ".wh.hidden", "");
            Tars.link(t, "hidden", "other");
        }));
        assertFalse(unpacked.exists("whiteout") || unpacked.exists("other"));
    }

    @Test
    void deviceNumbersAreExactOrRefused() {
        // Row 75: go-archive and containerd DeviceRange
        unpacked.layer(t -> {
            t.put(TarEntry.of(TarEntry.Kind.CHARACTER_DEVICE, "null", "", 0666).device(1, 3));
            t.put(TarEntry.of(TarEntry.Kind.BLOCK_DEVICE, "most", "", 0600).device(4095, 1048575));
            t.put(TarEntry.of(TarEntry.Kind.FIFO, "fifo", "", 0640));
        });
        assertEquals("character special file 1:3 666", unpacked.stat("null", "%F %t:%T %a"));
        assertEquals("block special file fff:fffff", unpacked.stat("most", "%F %t:%T"));
        assertEquals("fifo 640", unpacked.stat("fifo", "%F %a"));
        byte[] good = Tars.of(t -> t.put(TarEntry.of(TarEntry.Kind.BLOCK_DEVICE, "d", "", 0600).device(1, 1)));
        byte[] minusOne = {-1, -1, -1, -1, -1, -1, -1, -1};
        byte[] twoTo31 = {(byte) 0x80, 0, 0, 0, (byte) 0x80, 0, 0, 0};
        for (byte[] value : List.of(minusOne, twoTo31, Tars.ascii("0010000\0"), Tars.ascii("7777777\0"))) {
            assertThrows(ImageProblem.class, () -> unpacked.archive(Whiteouts.OVERLAY, Tars.patched(good, 0, TarHeader.DEVMAJOR, value)));
        }
        assertThrows(ImageProblem.class, () -> unpacked.archive(Whiteouts.OVERLAY, Tars.patched(good, 0, TarHeader.DEVMINOR, Tars.ascii("4000000\0"))));
    }
}
