package dev.caisson.testkit.conformance;

import static dev.caisson.testkit.conformance.StorageFixture.commit;
import static dev.caisson.testkit.conformance.StorageFixture.fill;
import static dev.caisson.testkit.conformance.StorageFixture.layer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.StorageProblem;
import dev.caisson.linux.Errno;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.IndependentDrafts;
import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.StorageDriver;
import dev.caisson.spi.storage.StorageProvider;
import dev.caisson.testkit.RequiresRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every storage driver must do, shown through real detached mounts. {@link StorageTreeConformance} has the files themselves.
 * Where the driver does not work the suite is skipped with its cause and remedy.
 */
@Tag("host")
@RequiresRoot
public abstract class StorageDriverConformance {
    private static final RootOptions READ_ONLY = new RootOptions(true, true, 0, null);

    /** For the fixture, on a file system the driver works on. */
    @TempDir
    protected Path directory;

    protected StorageFixture fixture;
    protected StorageDriver driver;

    /** The driver under test. */
    protected abstract StorageProvider provider();

    @BeforeEach
    void open() {
        fixture = new StorageFixture(provider(), directory);
        var availability = provider().probe(fixture.context());
        Assumptions.assumeTrue(availability.available(), () -> availability.cause() + "; remedy: " + availability.remedy());
        driver = fixture.engine();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void itsProviderIsComplete() {
        ProviderChecks.check(provider(), StorageProvider.class, fixture.context());
        ProviderChecks.uniquePriorities(ServiceLoader.load(StorageProvider.class).stream().map(ServiceLoader.Provider::get).toList());
        assertEquals(provider().name(), driver.name());
    }

    @Test
    void aProbeLeavesNothing() throws Exception {
        List<Path> before = tree();
        assertTrue(provider().probe(fixture.context()).available());
        assertEquals(before, tree());
    }

    @Test
    void aLayerIsSeenOnceItIsCommitted() {
        LayerDraft draft = driver.draft(layer(1), null);
        fill(draft, (tree, how) -> tree.write("etc/os", "base"));
        assertFalse(driver.has(layer(1)));
        assertEquals(List.of(), driver.layers());
        draft.commit();
        draft.abort();
        assertTrue(driver.has(layer(1)));
        assertEquals(List.of(layer(1)), driver.layers());
        try (DetachedTree root = fixture.root(driver, "c1", layer(1), RootOptions.DEFAULT)) {
            assertEquals("base", root.read("etc/os"));
        }
    }

    @Test
    void anAbortedDraftLeavesNothing() throws Exception {
        List<Path> before = tree();
        LayerDraft draft = driver.draft(layer(1), null);
        fill(draft, (tree, how) -> tree.write("a/deep/file", "x"));
        draft.abort();
        draft.abort();
        assertFalse(driver.has(layer(1)));
        Set<Path> left = new HashSet<>(tree());
        before.forEach(left::remove);
        assertEquals(Set.of(), Set.copyOf(left.stream().filter(p -> !p.endsWith("lock")).toList()));
    }

    @Test
    void aMissingParentIsRefused() {
        StorageProblem refused = assertThrows(StorageProblem.class, () -> driver.draft(layer(2), layer(1)));
        assertTrue(refused.what().contains(layer(1).digest()), refused.getMessage());
        assertThrows(StorageProblem.class, () -> fixture.root(driver, "c1", layer(1), RootOptions.DEFAULT));
    }

    @Test
    void upperLayersCoverAndDelete() {
        commit(driver, layer(1), null, (tree, how) -> {
            tree.write("kept", "1");
            tree.write("changed", "1");
            tree.write("gone", "1");
            tree.write("hidden/below", "1");
            tree.write("tree/in/it", "1");
        });
        commit(driver, layer(2), layer(1), (tree, how) -> {
            tree.write("changed", "2");
            tree.whiteout("gone", how);
            tree.whiteout("tree", how);
            tree.mkdir("hidden");
            tree.opaque("hidden", how);
            tree.write("hidden/above", "2");
        });
        commit(driver, layer(3), layer(2), (tree, how) -> tree.write("gone", "3"));
        try (DetachedTree root = fixture.root(driver, "c2", layer(2), RootOptions.DEFAULT)) {
            assertEquals(List.of("changed", "hidden", "kept"), root.list("."));
            assertEquals("2", root.read("changed"));
            assertEquals(List.of("above"), root.list("hidden"));
        }
        try (DetachedTree root = fixture.root(driver, "c3", layer(3), RootOptions.DEFAULT)) {
            assertEquals("3", root.read("gone"));
        }
        try (DetachedTree root = fixture.root(driver, "c1", layer(1), RootOptions.DEFAULT)) {
            assertEquals("1", root.read("gone") , "the layer below is as it was");
            assertEquals("1", root.read("tree/in/it"));
        }
    }

    @Test
    void independentDraftsAreFilledInAnyOrder() {
        if (!(driver instanceof IndependentDrafts ahead)) {
            return; // it fills a layer only above a complete one
        }
        LayerDraft upper = ahead.draftAhead(layer(3), layer(2));
        fill(upper, (tree, how) -> {
            tree.write("changed", "3");
            tree.whiteout("gone", how);
        });
        LayerDraft middle = ahead.draftAhead(layer(2), layer(1));
        fill(middle, (tree, how) -> tree.write("changed", "2"));
        StorageProblem early = assertThrows(StorageProblem.class, upper::commit);
        assertTrue(early.what().contains(layer(2).digest()), early.getMessage());
        assertFalse(driver.has(layer(3)), "what was begun on nothing is dropped");
        commit(driver, layer(1), null, (tree, how) -> {
            tree.write("changed", "1");
            tree.write("gone", "1");
            tree.write("kept", "1");
        });
        LayerDraft again = ahead.draftAhead(layer(3), layer(2));
        fill(again, (tree, how) -> tree.whiteout("gone", how));
        middle.commit();
        refused(layer(2), "unpacked");
        again.commit();
        try (DetachedTree root = fixture.root(driver, "c3", layer(3), RootOptions.DEFAULT)) {
            assertEquals(List.of("changed", "kept"), root.list("."));
            assertEquals("2", root.read("changed"));
        }
    }

    @Test
    void whatAContainerWritesIsItsOwn() {
        commit(driver, layer(1), null, (tree, how) -> tree.write("file", "image"));
        try (DetachedTree first = fixture.root(driver, "c1", layer(1), RootOptions.DEFAULT);
                DetachedTree second = fixture.root(driver, "c2", layer(1), RootOptions.DEFAULT)) {
            first.write("file", "changed");
            first.write("new", "mine");
            assertEquals("image", second.read("file"));
            assertFalse(second.exists("new"));
            second.remove("file");
            assertEquals("changed", first.read("file"));
        }
        // A restart: the same container, the same state.
        try (DetachedTree again = fixture.root(driver, "c1", layer(1), RootOptions.DEFAULT)) {
            assertEquals("changed", again.read("file"));
            assertEquals("mine", again.read("new"));
        }
        try (DetachedTree fresh = fixture.root(driver, "c3", layer(1), RootOptions.DEFAULT)) {
            assertEquals("image", fresh.read("file"));
        }
    }

    @Test
    void aReadOnlyRootCannotBeWritten() {
        commit(driver, layer(1), null, (tree, how) -> tree.write("file", "1"));
        commit(driver, layer(2), layer(1), (tree, how) -> tree.write("other", "2"));
        for (LayerId top : List.of(layer(1), layer(2))) {
            try (DetachedTree root = fixture.root(driver, "ro", top, READ_ONLY)) {
                assertEquals("1", root.read("file"));
                assertEquals(Errno.EROFS, assertThrows(SyscallException.class, () -> root.write("file", "x")).errno());
                assertEquals(Errno.EROFS, assertThrows(SyscallException.class, () -> root.write("new", "x")).errno());
            }
            driver.release("ro");
        }
    }

    @Test
    void aRootOfNoLayerIsEmptyAndWritable() {
        try (DetachedTree root = fixture.root(driver, "scratch", null, RootOptions.DEFAULT)) {
            assertEquals(List.of(), root.list("."));
            root.write("bin/sh", "x");
            assertEquals("x", root.read("bin/sh"));
        }
        try (DetachedTree root = fixture.root(driver, "scratch-ro", null, READ_ONLY)) {
            assertEquals(List.of(), root.list("."));
            assertEquals(Errno.EROFS, assertThrows(SyscallException.class, () -> root.mkdir("bin")).errno());
        }
    }

    @Test
    void a128LayersDeepChainWorks() {
        LayerId below = null;
        for (int i = 1; i <= 128; i++) {
            int number = i;
            below = commit(driver, layer(i), below, (tree, how) -> {
                tree.write("layer-" + number, "" + number);
                tree.write("top", "" + number);
            });
        }
        try (DetachedTree root = fixture.root(driver, "deep", below, RootOptions.DEFAULT)) {
            assertEquals("128", root.read("top"));
            assertEquals("1", root.read("layer-1"));
            assertEquals(129, root.list(".").size());
            root.write("layer-1", "changed");
        }
    }

    @Test
    void aLayerInUseIsNotRemoved() {
        commit(driver, layer(1), null, (tree, how) -> tree.write("file", "1"));
        commit(driver, layer(2), layer(1), (tree, how) -> {});
        refused(layer(1), layer(2).digest());
        LayerDraft draft = driver.draft(layer(3), layer(2));
        refused(layer(2), "unpacked");
        draft.abort();
        fixture.root(driver, "user", layer(2), RootOptions.DEFAULT).close();
        refused(layer(2), "user");
        assertEquals(Optional.of("user"), fixture.engine().user(layer(2)), "asked of another engine");
        assertEquals(Optional.empty(), driver.user(layer(1)), "only the uppermost is named");
        driver.release("user");
        assertEquals(Optional.empty(), driver.user(layer(2)));
        driver.release("user");
        driver.release("never-seen");
        driver.remove(layer(2));
        driver.remove(layer(2));
        assertFalse(driver.has(layer(2)));
        driver.remove(layer(1));
        assertEquals(List.of(), driver.layers());
    }

    @Test
    void aContainerThatIsGoneHoldsNothing() throws Exception {
        commit(driver, layer(1), null, (tree, how) -> {});
        fixture.root(fixture.engine(), "gone", layer(1), RootOptions.DEFAULT).close();
        refused(layer(1), "gone");
        SafeRoot root = SafeRoot.open(fixture.state("gone").getParent());
        root.removeTree("gone");
        root.close();
        assertEquals(Optional.empty(), driver.user(layer(1)));
        driver.remove(layer(1));
    }

    private void refused(LayerId layer, String why) {
        StorageProblem refused = assertThrows(StorageProblem.class, () -> driver.remove(layer));
        assertTrue(refused.what().contains(layer.digest()) && refused.what().contains(why), refused.getMessage());
        assertFalse(refused.remedy().isEmpty(), refused.getMessage());
        assertTrue(driver.has(layer));
    }

    @Test
    void twoEnginesMayCommitTheSameLayer() {
        StorageDriver other = fixture.engine();
        LayerDraft first = driver.draft(layer(1), null);
        LayerDraft second = other.draft(layer(1), null);
        fill(first, (tree, how) -> tree.write("by", "first"));
        fill(second, (tree, how) -> tree.write("by", "second"));
        first.commit();
        second.commit();
        assertEquals(List.of(layer(1)), other.layers());
        try (DetachedTree root = fixture.root(other, "c1", layer(1), RootOptions.DEFAULT)) {
            assertEquals("first", root.read("by"));
        }
    }

    @Test
    void whatAKilledEngineWasFillingIsDropped() throws Exception {
        LayerDraft living = driver.draft(layer(2), null);
        List<Path> before = tree();
        DraftAndDie.run(provider(), directory);
        assertFalse(driver.has(layer(1)), "fault F5: half a layer is none");
        assertTrue(tree().size() > before.size(), "the dead engine left something to be dropped");
        fixture.engine();
        assertEquals(before, tree(), "the next engine drops it, and nothing of a living engine");
        living.commit();
        assertTrue(driver.has(layer(2)));
    }

    @Test
    void aQuotaIsKeptOrRefused() {
        commit(driver, layer(1), null, (tree, how) -> {});
        RootOptions quota = new RootOptions(false, true, 1 << 20, null);
        try (DetachedTree root = fixture.root(driver, "limited", layer(1), quota)) {
            assertThrows(SyscallException.class, () -> root.write("large", new byte[8 << 20]));
        } catch (StorageProblem refused) {
            assertTrue(refused.what().contains("limit") && !refused.remedy().isEmpty(), refused.getMessage());
        }
    }

    @Test
    void noOtherUserGetsIntoLayers() throws Exception {
        commit(driver, layer(1), null, (tree, how) -> tree.write("bin/su", "set-uid"));
        driver.draft(layer(2), null);
        // Row 81 (CVE-2021-41091): a set-uid program of an image must not be reachable from the host.
        try (Stream<Path> entries = Files.list(fixture.context().root())) {
            for (Path entry : entries.filter(p -> Files.isDirectory(p)).toList()) {
                assertEquals(0, (int) Files.getAttribute(entry, "unix:mode") & 077, entry + " is closed to others");
            }
        }
    }

    private List<Path> tree() throws Exception {
        try (Stream<Path> all = Files.walk(fixture.context().root())) {
            return all.sorted().toList();
        }
    }
}
