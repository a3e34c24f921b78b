package dev.caisson.core.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which trees are allowed: everything that is not hidden, and nothing that is, be it by way of a link. */
class ReachTest {
    @TempDir
    static Path shared;

    private static Path tree(Path top) throws IOException {
        for (String directory : List.of("a/b/c", "a/d", "e")) {
            Files.createDirectories(top.resolve(directory));
        }
        for (String file : List.of("a/b/c/f", "a/b/g", "a/d/h", "e/i", "j")) {
            Files.writeString(top.resolve(file), file);
        }
        return top.toRealPath();
    }

    @Test
    void aDirectoryThatHoldsSomethingHiddenIsAllowedEntryByEntry(@TempDir Path top) throws IOException {
        Path t = tree(top);
        assertEquals(List.of(t), Reach.allowed(List.of(t), List.of(Path.of("/elsewhere"))));
        assertEquals(List.of(), Reach.allowed(List.of(t), List.of(t)));
        assertEquals(List.of(), Reach.allowed(List.of(t.resolve("a")), List.of(t)), "what is above is hidden with all below");
        assertEquals(List.of(t.resolve("a/b/g"), t.resolve("a/d"), t.resolve("e"), t.resolve("j")), Reach.allowed(List.of(t), List.of(t.resolve("a/b/c"))).stream().sorted().toList());
        assertEquals(List.of(t.resolve("e")), Reach.allowed(List.of(t.resolve("e"), t.resolve("e/i"), t.resolve("nothing")), List.of()), "one below another, one that is not there");
    }

    @Test
    void linksGiveNothing(@TempDir Path top) throws IOException {
        Path t = tree(top);
        Files.createSymbolicLink(t.resolve("a/led"), t.resolve("e"));
        List<Path> allowed = Reach.allowed(List.of(t.resolve("a")), List.of(t.resolve("a/d")));
        assertEquals(List.of(t.resolve("a/b")), allowed, "what it leads to is not below the root");
        Files.createSymbolicLink(t.resolve("root"), t.resolve("e"));
        assertEquals(List.of(t.resolve("e")), Reach.allowed(List.of(t.resolve("root")), List.of()), "but a root may be one");
        assertEquals(List.of(), Reach.allowed(List.of(t.resolve("root")), List.of(t.resolve("e"))), "and is hidden where it leads to");
    }

    @Property(tries = 200)
    void everyFileIsAllowedOnceOrHidden(@ForAll @Size(max = 4) List<@IntRange(max = 9) Integer> chosen) throws IOException {
        Path t = Files.exists(shared.resolve("j")) ? shared.toRealPath() : tree(shared);
        List<Path> everything;
        try (Stream<Path> walk = Files.walk(t)) {
            everything = walk.sorted().toList();
        }
        List<Path> hidden = new ArrayList<>();
        chosen.forEach(i -> hidden.add(everything.get(i % everything.size())));
        List<Path> allowed = Reach.allowed(List.of(t), hidden);
        for (Path file : everything) {
            if (Files.isRegularFile(file)) {
                long trees = allowed.stream().filter(file::startsWith).count();
                assertEquals(hidden.stream().anyMatch(file::startsWith) ? 0 : 1, trees, file + " of " + allowed + " without " + hidden);
            }
        }
        hidden.forEach(h -> assertFalse(allowed.stream().anyMatch(h::startsWith)));
        assertTrue(allowed.stream().allMatch(a -> a.startsWith(t)));
    }
}
