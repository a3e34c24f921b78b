package dev.caisson.host.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.Engine;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.leak.LeakCheck;
import dev.caisson.testkit.leak.Resource;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;

/** A root directory for engines of other JVMs, and what must be true of it after they died. */
abstract class CrashTest extends EngineTest {
    /** A tar of the root file system. */
    protected Path tar;

    @BeforeEach
    void pack() {
        tar = root.tar(directory.resolve("root.tar"));
    }

    /** Arguments of {@link CrashScenario} for a root of its own. */
    protected String[] arguments(String scenario, Path home) {
        return new String[] {scenario, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString(), tar.toString()};
    }

    /** What survives a JVM from now on. This JVM's own descriptors and threads have no part in it. */
    protected static LeakCheck outside() {
        return LeakCheck.watching().ignoring(Set.of(Resource.DESCRIPTORS, Resource.THREADS, Resource.STATE_FILES)).begin();
    }

    protected ScenarioProcess start(String scenario, Path home) {
        return ScenarioProcess.start(CrashScenario.class, arguments(scenario, home));
    }

    /** The next engine finds what the dead one left on disk, sweeps it, and works; the one after it finds nothing to do. */
    protected void assertNextEngineSweeps(Path home) {
        try (Engine next = open(home)) {
            assertEquals(1, entries(home.resolve("engine/engines")).size(), () -> "dead engines stay: " + entries(home.resolve("engine/engines")));
            assertEquals(1, entries(home.resolve("run/engines")).size(), () -> "dead engines stay: " + entries(home.resolve("run/engines")));
            assertEquals(List.of(), entries(home.resolve("engine/names")));
            assertEquals(0, next.rootfs(root.path()).name("crash").command(TinyRootfs.TRUE).execute().exitCode());
            assertImagesAreWhole(next, home);
        }
        List<String> swept = tree(home);
        open(home).close();
        assertEquals(swept, tree(home), "the second sweep found something");
    }

    private void assertImagesAreWhole(Engine next, Path home) {
        if (next.images().list().isEmpty()) {
            next.images().importRootfs(tar, "tiny:1");
        }
        assertEquals(0, next.image("tiny:1").command(TinyRootfs.TRUE).execute().exitCode());
        Path layers = home.resolve("engine/layers");
        for (String driver : entries(layers)) {
            assertEquals(List.of(), entries(layers.resolve(driver).resolve("drafts")), "uncommitted layers stay");
        }
    }

    private static Engine open(Path home) {
        return Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build();
    }

    /** Names in a directory; none if it is missing. */
    protected static List<String> entries(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(p -> p.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> tree(Path home) {
        try (Stream<Path> all = Files.walk(home)) {
            return all.map(Path::toString).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
