package dev.caisson.host.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.host.EngineTest;
import org.junit.jupiter.api.Test;

/** The same with a storage driver that keeps no record of changes: they are found by comparing. */
class VfsCommitTest extends EngineTest {
    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        return usual.storageDriver("vfs");
    }

    @Test
    void changesAreFoundByComparing() {
        root.withShell().file("etc/gone", "gone").file("etc/changed", "old").file("dir/old", "old").file("other/in", "in").link("kept/link", "nowhere").file("kept/file", "kept");
        engine.images().importRootfs(root.tar(directory.resolve("base.tar")), "base:1");
        try (Container container = CommitTest.changed(engine.image("base:1")).run()) {
            String changes = container.changes().toString();
            assertTrue(changes.contains("D /etc/gone") && changes.contains("C /etc/changed") && changes.contains("A /dir/new") && changes.contains("C /other,") && !changes.contains("/kept/file"), changes);
            container.commit("made:1");
            assertEquals(container.exec("sh", "-c", CommitTest.LISTING).run().stdout(), engine.image("made:1").command("sh", "-c", CommitTest.LISTING).execute().stdout());
        }
    }
}
