package dev.caisson.core.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Volume;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What dead JVMs leave of volumes, made by hand at each step at which one can die. */
@Tag("host")
class VolumeStoreTest {
    @TempDir
    Path temp;
    private Path directory;
    private Path state;
    private VolumeStore store;
    private Fd root;

    @BeforeEach
    void open() throws IOException {
        directory = Files.createDirectories(temp.resolve("volumes"));
        state = Files.createDirectories(temp.resolve("containers/c1"));
        Path data = Files.createDirectories(temp.resolve("root/data/sub"));
        Files.writeString(data.resolve("f"), "f");
        Files.writeString(data.resolveSibling("g"), "g");
        store = VolumeStore.open(directory);
        root = FileCalls.open(temp.resolve("root"), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
    }

    @AfterEach
    void close() {
        root.close();
        store.close();
    }

    private List<String> names() {
        return store.list().stream().map(Volume::name).toList();
    }

    @Test
    void anonymousOnesOfTheDeadGo() throws IOException {
        store.use("mine", true, "c1", state).close();
        store.use("named", false, "c1", state).close();
        store.use("shared", true, "c1", state).close();
        store.use("shared", true, "c2", Files.createDirectories(temp.resolve("containers/c2"))).close();
        store.sweep();
        assertEquals(List.of("mine", "named", "shared"), names());
        Files.delete(state);
        store.sweep();
        assertEquals(List.of("named", "shared"), names());
        assertEquals(List.of("c2"), store.find("shared").orElseThrow().users());
        assertEquals(List.of(), store.find("named").orElseThrow().users());
    }

    @Test
    void whatWasHalfMadeOrHalfRemovedGoes() throws IOException {
        store.create("whole", Map.of());
        Files.createDirectories(directory.resolve(".new-0123456789abcdef/data"));
        Files.createDirectories(directory.resolve(".gone-0123456789abcdef/data/x/y"));
        assertEquals(List.of("whole"), names());
        store.sweep();
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(".lock", "whole"), left.map(p -> p.getFileName().toString()).sorted().toList());
        }
    }

    private Path data(String volume) {
        return directory.resolve(volume).resolve("data");
    }

    private void fill(String volume) {
        try (Fd own = store.use(volume, false, "c1", state)) {
            CopyUp.fill(own, root, "/data", null);
        }
    }

    private void assertFull(String volume) throws IOException {
        assertEquals("g", Files.readString(data(volume).resolve("g")));
        assertEquals("f", Files.readString(data(volume).resolve("sub/f")));
        try (Stream<Path> own = Files.list(directory.resolve(volume))) {
            assertEquals(List.of("about", "data", "fill.lock", "users"), own.map(p -> p.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void aCopyThatWasCutOffBeginsAnew() throws IOException {
        store.create("vol", Map.of());
        Files.createDirectories(directory.resolve("vol/fill.part/sub"));
        Files.writeString(directory.resolve("vol/fill.part/half"), "half");
        fill("vol");
        assertFull("vol");
        assertFalse(Files.exists(data("vol").resolve("half")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "g", "sub", "g sub"})
    void aMoveThatWasCutOffIsCompleted(String moved) throws IOException {
        store.create("vol", Map.of());
        Path whole = Files.createDirectories(directory.resolve("vol/fill/sub"));
        Files.writeString(whole.resolve("f"), "f");
        Files.writeString(whole.resolveSibling("g"), "g");
        for (String name : moved.split(" ")) {
            if (!name.isEmpty()) {
                Files.move(whole.resolveSibling(name), data("vol").resolve(name));
            }
        }
        Files.writeString(data("vol").resolve("written"), "by a container meanwhile");
        fill("vol");
        assertFull("vol");
        assertTrue(Files.exists(data("vol").resolve("written")), "nothing that is there is removed");
    }

    @Test
    void whatIsThereIsNotReplaced() throws IOException {
        store.create("vol", Map.of());
        Files.writeString(data("vol").resolve("g"), "mine");
        fill("vol");
        assertEquals("mine", Files.readString(data("vol").resolve("g")));
        assertFalse(Files.exists(data("vol").resolve("sub")));
        Path whole = Files.createDirectories(directory.resolve("vol/fill"));
        Files.writeString(whole.resolve("g"), "g");
        fill("vol");
        assertEquals("mine", Files.readString(data("vol").resolve("g")));
    }
}
