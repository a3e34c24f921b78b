package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.caisson.Engine;
import dev.caisson.Image;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows 76 and 80, faults F5 and F7, invariant 15: JVMs that load the same image at once, and JVMs that die while they do. */
class StoreCrashTest extends EngineTest {
    private Path tar;
    private Path store;

    @BeforeEach
    void pack() {
        tar = root.withShell().tar(directory.resolve("root.tar"));
        store = directory.resolve("store");
    }

    @Test
    void jvmsThatLoadTheSameImageAtOnce() throws Exception {
        List<Process> all = List.of(importing(3), importing(3), importing(3));
        for (Process one : all) {
            assertEquals(0, one.waitFor());
        }
        assertStoreIsWhole();
    }

    @Test
    void killedAtAnyTimeTheNextEngineWorks() throws Exception {
        importing(1).waitFor(); // how it is meant to go
        for (int i = 0; i < 12; i++) {
            Process victim = importing(1000);
            assertEquals('>', victim.getInputStream().read(), "the engine is open");
            TimeUnit.MILLISECONDS.sleep(7L * i);
            victim.destroyForcibly();
            assertNotEquals(0, victim.waitFor());
        }
        assertStoreIsWhole();
    }

    private void assertStoreIsWhole() throws IOException {
        try (Engine next = open(store)) {
            for (Image image : next.images().list()) {
                assertEquals(0, next.image(image.id()).command("/bin/true").execute().exitCode());
            }
            next.images().importRootfs(tar, "after:1");
            assertEquals(0, next.image("after:1").command("/bin/sh", "-c", "true").execute().exitCode());
            List.copyOf(next.images().list()).forEach(image -> next.images().remove(image.id()));
            assertEquals(List.of(), next.images().list());
        }
        for (String kind : List.of("content/blobs/sha256", "content/ingest", "layers/overlay2/drafts", "engines")) {
            if (Files.isDirectory(store.resolve(kind))) {
                try (Stream<Path> left = Files.list(store.resolve(kind))) {
                    assertEquals(List.of(), left.toList(), kind);
                }
            }
        }
    }

    private Process importing(int times) throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp", System.getProperty("java.class.path"), Importing.class.getName(),
                store.toString(), tar.toString(), Integer.toString(times)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static Engine open(Path store) {
        return Engine.builder().root(store).runDirectory(store.resolveSibling("store-run")).build();
    }

    /** What the processes run. */
    static final class Importing {
        private Importing() {}

        /** @param args the engine's root, a tar, how often */
        public static void main(String[] args) throws Exception {
            try (Engine engine = open(Path.of(args[0]))) {
                System.out.print(">");
                System.out.flush();
                for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                    engine.images().importRootfs(Path.of(args[1]), "same:1", "LABEL turn=" + i);
                    Path saved = Files.createTempFile(Path.of(args[0]).getParent(), "saved", ".tar");
                    Files.delete(saved);
                    engine.images().save("same:1", saved);
                    engine.images().load(saved);
                    Files.delete(saved);
                }
            }
        }
    }
}
