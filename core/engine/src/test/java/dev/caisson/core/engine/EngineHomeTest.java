package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine's directories, made in a temporary one: nothing here needs root. */
class EngineHomeTest {
    @TempDir
    private Path directory;
    private final List<EngineHome> homes = new ArrayList<>();

    private EngineHome open() {
        EngineHome home = EngineHome.open(directory.resolve("deep/root"), Optional.of(directory.resolve("run")));
        homes.add(home);
        return home;
    }

    @AfterEach
    void close() {
        homes.forEach(EngineHome::close);
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static List<String> names(Path path) throws IOException {
        try (Stream<Path> all = Files.list(path)) {
            return all.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theTreeAndWhoMayEnterIt() throws IOException {
        EngineHome home = open();
        assertEquals(List.of("content", "engines", "engines.lock", "images", "layers", "names", "version", "volumes"), names(home.root()));
        assertEquals("1\n", Files.readString(home.root().resolve("version")));
        Map<Path, String> modes = Map.of(home.root(), "rwx--x--x", home.root().resolve("layers"), "rwx------", home.root().resolve("volumes"), "rwx------", home.root().resolve("engines"), "rwx------",
                home.state(), "rwx------", home.state().resolve("containers"), "rwx------", home.run(), "rwx------", home.runState(), "rwx------",
                home.state().resolve("engine.lock"), "rw-------");
        for (Map.Entry<Path, String> mode : modes.entrySet()) {
            assertEquals(mode.getValue(), mode(mode.getKey()), mode.getKey()::toString);
        }
        assertTrue(home.id().matches("[0-9a-f]{12}"), home::id);
        assertTrue(home.containers().isOpen() && home.runContainers().isOpen() && home.lockFile().isOpen());
    }

    @Test
    void severalEnginesShareARootAndLeaveItClean() throws IOException {
        EngineHome one = open();
        EngineHome two = open();
        assertNotEquals(one.id(), two.id());
        Files.createDirectories(two.state().resolve("containers/c1/upper"));
        two.close();
        homes.remove(two);
        assertEquals(List.of(one.id()), names(one.root().resolve("engines")));
        assertEquals(List.of(one.id()), names(one.run().resolve("engines")));
        assertFalse(two.lockFile().isOpen());
    }

    @Test
    void aRootOfAnotherSchemaIsLeftAlone() throws IOException {
        Path root = directory.resolve("deep/root");
        Files.createDirectories(root);
        Files.writeString(root.resolve("version"), "2\n");
        EngineProblem e = assertThrows(EngineProblem.class, this::open);
        assertTrue(e.what().contains(root.toString()) && e.what().contains("schema version 2") && e.what().contains("knows 1"), e::what);
        assertTrue(e.remedy().contains("root("), e::remedy);
        assertEquals("2\n", Files.readString(root.resolve("version")));
        assertEquals(List.of(), names(root.resolve("engines")));
    }

    @Test
    void aRootThatCannotBeMade() throws IOException {
        Files.writeString(directory.resolve("deep"), "a file");
        EngineProblem e = assertThrows(EngineProblem.class, this::open);
        assertTrue(e.what().startsWith("could not make the engine's root directory " + directory.resolve("deep/root")), e::what);
        assertFalse(e.remedy().isEmpty());
    }

    @Test
    void aNameBelongsToOneContainerOfTheRoot() {
        EngineHome one = open();
        EngineHome two = open();
        one.names().claim("web", "c1");
        for (EngineHome home : List.of(one, two)) {
            InvalidSpec.Problem problem = assertThrows(InvalidSpec.class, () -> home.names().claim("web", "c2")).problems().get(0);
            assertEquals("name(\"web\"): is the name of container c1 (remove that one or choose another name)", problem.toString());
        }
        one.names().free("web");
        one.names().free("web");
        two.names().claim("web", "c3");
    }

    /** What an engine that was killed leaves: its directories and names, and a lock nobody holds. */
    private String dead() throws IOException {
        EngineHome home = open();
        Path engine = home.root().resolve("engines/0123456789ab");
        Files.createDirectories(engine.resolve("containers/c1/upper/etc"));
        Files.createFile(engine.resolve("engine.lock"));
        Files.createSymbolicLink(engine.resolve("containers/c1/upper/etc/link"), directory.resolve("canary"));
        Files.createDirectories(home.run().resolve("engines/0123456789ab/state/c1"));
        Files.createSymbolicLink(home.root().resolve("names/old"), Path.of("0123456789ab/c1"));
        return "0123456789ab";
    }

    @Test
    void whatTheDeadLeftIsSweptAndTheLivingAreNot() throws IOException {
        Files.createDirectory(directory.resolve("canary"));
        Files.createFile(directory.resolve("canary/bird"));
        String dead = dead();
        EngineHome living = open();
        living.names().claim("alive", "c9");
        List<String> swept = new ArrayList<>();
        EngineHome sweeper = open();
        sweeper.sweep(swept::add);
        assertEquals(List.of(dead), swept);
        assertFalse(names(sweeper.root().resolve("engines")).contains(dead) || names(sweeper.run().resolve("engines")).contains(dead));
        assertEquals(List.of("alive"), names(sweeper.root().resolve("names")));
        assertTrue(Files.isDirectory(living.state().resolve("containers")) && Files.exists(directory.resolve("canary/bird"), LinkOption.NOFOLLOW_LINKS));
        sweeper.sweep(swept::add);
        assertEquals(1, swept.size(), "nothing is left to sweep");
    }

    @Test
    void aStrangersFileAmongTheEnginesStopsNoSweep() throws IOException {
        String dead = dead();
        EngineHome home = open();
        Files.createFile(home.root().resolve("engines/stray"));
        Files.createDirectories(home.root().resolve("engines/linked"));
        Files.createSymbolicLink(home.root().resolve("engines/linked/engine.lock"), directory.resolve("elsewhere"));
        List<String> swept = new ArrayList<>();
        home.sweep(swept::add);
        assertTrue(swept.contains(dead), swept::toString);
        assertFalse(swept.contains("linked") || Files.exists(directory.resolve("elsewhere")), "a lock is never made through a link");
    }
}
