package dev.caisson.core.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.overlay.Lower;
import dev.caisson.linux.overlay.OverlayUpper;
import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.testkit.Canary;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.leak.LeakChecked;
import dev.caisson.testkit.shapes.ShapeShifter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Invariant 1 in everything that walks the directory of a layer or of a container: at each lookup of a name it makes, that name becomes another thing. What is done
 * may fail, but nothing outside is read or written. Rows 16, 33, 36, 42, 68 and 69; the control is ShapeShifterTest's.
 */
@Tag("host")
@RequiresRoot
@LeakChecked
class ShapeShiftedLayerTest {
    private static final byte[] LAYER = Tars.of(t -> {
        Tars.dir(t, "t");
        Tars.file(t, "t/new", "x");
        Tars.file(t, "t/down/new", "x");
        Tars.link(t, "t/new", "t/hard");
        Tars.symlink(t, "new", "t/soft");
        Tars.file(t, "t/.wh.secret", "");
        Tars.file(t, "t/sub/.wh..wh..opq", "");
        Tars.file(t, "t/secret", "y");
        Tars.file(t, "t", "a file in its place");
        Tars.dir(t, "t");
        Tars.file(t, ".wh.t", "");
    });

    @TempDir
    Path temp;

    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        SafeRoot.open(Path.of("/proc")).close();
    }

    private interface Attempt {
        void on(SafeRoot root) throws IOException;
    }

    private static final Map<String, Attempt> ATTEMPTS = Map.of(
            "unpack", root -> unpack(root, LayerDraft.Whiteouts.REMOVE),
            "unpack for overlay", root -> unpack(root, LayerDraft.Whiteouts.OVERLAY),
            "pack", ShapeShiftedLayerTest::pack,
            "changes", root -> OverlayUpper.walk(root.fd(), Lower.NOTHING).forEach(e -> assertFalse(e.path().contains("deeper"), e::path)),
            "read", root -> assertFalse(new String(root.readRegular("t/secret", 1000), StandardCharsets.UTF_8).startsWith("canary")),
            "make", root -> root.mkdirs("t/made/by/engine", 0700).close(),
            "remove", root -> root.removeTree("t"));

    private static void unpack(SafeRoot root, LayerDraft.Whiteouts mode) {
        new LayerUnpacker(root, mode, LayerLimits.DEFAULT, new Fault("the test layer")).unpack(new OddPieces(LAYER));
    }

    private static void pack(SafeRoot root) {
        ByteArrayOutputStream layer = new ByteArrayOutputStream();
        try {
            new LayerPacker(root, LayerPacker.Source.OVERLAY_UPPER).pack(layer);
        } finally {
            assertFalse(layer.toString(StandardCharsets.ISO_8859_1).contains("canary-"), "the secret was packed");
        }
    }

    @ParameterizedTest
    @CsvSource({"unpack,link", "unpack,file", "unpack for overlay,link", "unpack for overlay,FIFO", "pack,link", "pack,FIFO", "changes,link", "changes,file", "read,link", "read,FIFO", "make,link",
        "make,file", "remove,link", "remove,file"})
    void staysInside(String what, String shape) throws Exception {
        Canary canary = Canary.plant(temp.resolve("canary"));
        Path backing = Files.createDirectory(temp.resolve("backing"));
        Path view = Files.createDirectory(temp.resolve("view"));
        Path other = backing.resolve("other");
        switch (shape) {
            case "link" -> Files.createSymbolicLink(other, canary.path());
            case "file" -> Files.writeString(other, "");
            default -> assertEquals(0, new ProcessBuilder("mkfifo", other.toString()).start().waitFor());
        }
        int[] done = new int[2];
        int lookups;
        try (ShapeShifter shifter = ShapeShifter.mount(backing, view, "t", "other")) {
            lookups = shifter.everywhere(() -> {
                restore(backing);
                try (SafeRoot root = SafeRoot.open(view)) {
                    ATTEMPTS.get(what).on(root);
                    done[0]++;
                } catch (ContainerException | SyscallException refused) {
                    done[1]++;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        canary.assertUntouched();
        assertTrue(lookups >= 1 && done[0] >= 1, () -> lookups + " lookups, " + done[0] + " done, " + done[1] + " refused");
    }

    /** What a layer below or a container left: the names that the canary has, too. */
    private static void restore(Path backing) {
        try (SafeRoot root = SafeRoot.open(backing)) {
            root.removeTree("t");
            root.mkdirs("t/sub", 0755).close();
            for (String file : new String[] {"t/secret", "t/sub/secret"}) {
                root.open(file, Fcntl.O_WRONLY | Fcntl.O_CREAT, 0644).close();
            }
        }
    }
}
