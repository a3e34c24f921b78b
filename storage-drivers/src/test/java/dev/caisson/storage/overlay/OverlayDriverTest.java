package dev.caisson.storage.overlay;

import static dev.caisson.testkit.conformance.StorageFixture.commit;
import static dev.caisson.testkit.conformance.StorageFixture.layer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.StorageProblem;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Xattrs;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.Subject;
import dev.caisson.spi.storage.MountSpec;
import dev.caisson.spi.storage.NativeDiff;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.StorageProvider;
import dev.caisson.testkit.conformance.DetachedTree;
import dev.caisson.testkit.conformance.StorageTreeConformance;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class OverlayDriverTest extends StorageTreeConformance {
    @Override
    protected StorageProvider provider() {
        return new OverlayProvider();
    }

    private List<String> changes(String id) {
        return ((NativeDiff) driver).changes(id, fixture.state(id)).stream().map(Object::toString).toList();
    }

    @Test
    void tellsWhatAContainerChanged() {
        commit(driver, layer(1), null, (tree, how) -> {
            tree.write("etc/hosts", "1");
            tree.write("etc/old", "1");
        });
        commit(driver, layer(2), layer(1), (tree, how) -> tree.write("usr/bin/tool", "2"));
        try (DetachedTree root = fixture.root(driver, "c1", layer(2), RootOptions.DEFAULT)) {
            assertEquals(List.of(), changes("c1"));
            root.write("etc/hosts", "changed");
            root.remove("etc/old");
            root.write("tmp/new", "x");
        }
        assertEquals(List.of("C /etc", "C /etc/hosts", "D /etc/old", "A /tmp", "A /tmp/new"), changes("c1"));
        driver.release("c1");
        assertTrue(assertThrows(StorageProblem.class, () -> changes("c1")).remedy().contains("before"));
        fixture.root(driver, "ro", layer(2), new RootOptions(true, true, 0, null)).close();
        assertEquals(List.of(), changes("ro"));
        try (DetachedTree root = fixture.root(driver, "scratch", null, RootOptions.DEFAULT)) {
            root.write("file", "x");
        }
        assertEquals(List.of("A /file"), changes("scratch"));
    }

    @Test
    void aLayerCannotNameItsNeighbours() {
        // Row 73: an image's trusted.overlay.redirect would show another directory of the layers below under a name of its own.
        commit(driver, layer(1), null, (tree, how) -> {
            tree.write("secret/key", "canary");
            tree.write("meta", "canary data");
        });
        commit(driver, layer(2), layer(1), (tree, how) -> {
            tree.mkdir("window");
            xattr(tree, "window", "trusted.overlay.redirect", "/secret");
            tree.write("copy", "");
            xattr(tree, "copy", "trusted.overlay.metacopy", "");
            xattr(tree, "copy", "trusted.overlay.redirect", "/meta");
        });
        for (boolean readOnly : new boolean[] {true, false}) {
            try (DetachedTree root = fixture.root(driver, "c" + readOnly, layer(2), new RootOptions(readOnly, true, 0, null))) {
                assertFalse(visible(root, "window/key"), "a redirect was followed");
                assertFalse(visible(root, "copy"), "another file's data was shown");
            }
        }
    }

    private static void xattr(DetachedTree tree, String path, String name, String value) {
        try (Fd file = FileCalls.openat(tree.fd(), path, 0, 0)) {
            Xattrs.setxattr(file, name, value.getBytes(StandardCharsets.UTF_8), 0);
        }
    }

    /** The kernel may also refuse to look at it at all. */
    private static boolean visible(DetachedTree root, String path) {
        try {
            return root.read(path).contains("canary");
        } catch (dev.caisson.linux.SyscallException refused) {
            return false;
        }
    }

    @Test
    void anotherOverlayBelowIsNamedAsTheCause() {
        commit(driver, layer(1), null, (tree, how) -> tree.mkdir("root"));
        try (DetachedTree overlay = fixture.root(driver, "c1", layer(1), RootOptions.DEFAULT)) {
            Path inside = Path.of("/proc/self/fd/" + overlay.fd().value() + "/root");
            Availability availability = provider().probe(new DriverContext("x", inside, inside, Subject.NONE));
            assertFalse(availability.available());
            assertTrue(availability.cause().contains("overlay on overlay") && availability.cause().contains("EINVAL (22)"), availability.cause());
            assertTrue(availability.remedy().contains("ext4"), availability.remedy());
            assertEquals(List.of(), overlay.list("root"), "the probe removed what it made");
        }
    }

    @Test
    void aLayerThatLostItsParentLinkIsNamedAsDamaged() throws Exception {
        commit(driver, layer(1), null, (tree, how) -> {});
        commit(driver, layer(2), layer(1), (tree, how) -> {});
        Path link = fixture.context().root().resolve(layer(2).hex()).resolve("parent");
        for (String target : new String[] {null, "../../../etc", "/etc", "none/.."}) {
            Files.delete(link);
            if (target != null) {
                Files.createSymbolicLink(link, Path.of(target));
            }
            var other = fixture.engine();
            StorageProblem damaged = assertThrows(StorageProblem.class, () -> fixture.root(other, "c1", layer(2), RootOptions.DEFAULT));
            assertTrue(damaged.what().contains("damaged") && damaged.remedy().contains("pull"), damaged.getMessage());
            if (target == null) {
                Files.createSymbolicLink(link, Path.of("x"));
            }
        }
    }

    @Test
    void onlyAContainerThatEndsWithTheEngineIsVolatile() {
        commit(driver, layer(1), null, (tree, how) -> {});
        assertTrue(options("bound", true).contains("volatile"));
        assertFalse(options("detached", false).contains("volatile"));
        for (String safe : List.of("metacopy=off", "redirect_dir=nofollow", "index=off")) {
            assertTrue(options("any", true).contains(safe), safe);
        }
    }

    private List<String> options(String id, boolean volatileUpper) {
        MountSpec mount = driver.root(id, fixture.state(id), layer(1), new RootOptions(false, volatileUpper, 0, null)).mounts().get(0);
        return mount.options().stream().map(Object::toString).toList();
    }
}
