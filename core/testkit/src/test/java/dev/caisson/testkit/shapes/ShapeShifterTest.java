package dev.caisson.testkit.shapes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.leak.LeakChecked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("host")
@RequiresRoot
@LeakChecked
class ShapeShifterTest {
    @TempDir
    Path temp;
    private Path bait;
    private Path backing;
    private Path view;

    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        SafeRoot.open(Path.of("/proc")).close();
    }

    @BeforeEach
    void build() throws IOException {
        bait = Files.createDirectory(temp.resolve("bait"));
        backing = Files.createDirectory(temp.resolve("backing"));
        view = Files.createDirectory(temp.resolve("view"));
        Files.writeString(Files.createDirectory(backing.resolve("t")).resolve("f"), "inside");
        Files.createSymbolicLink(backing.resolve("other"), bait);
    }

    @Test
    void theNameChangesAtTheLookupThatWasNamed() throws IOException {
        try (ShapeShifter shifter = ShapeShifter.mount(backing, view, "t", "other")) {
            shifter.shift(2, 3);
            assertTrue(Files.isDirectory(view.resolve("t"), LinkOption.NOFOLLOW_LINKS));
            assertEquals(1, shifter.lookups());
            shifter.shift(1, Integer.MAX_VALUE);
            assertTrue(Files.isSymbolicLink(view.resolve("t")));
            shifter.still();
            assertEquals("inside", Files.readString(view.resolve("t/f")));
            try (var names = Files.list(view)) {
                assertEquals(List.of(view.resolve("t")), names.toList(), "the other shape is not listed");
            }
        }
        assertFalse(Files.exists(view.resolve("t")), "it is unmounted");
    }

    @Test
    void itIsAFileSystemLikeAnother() throws IOException {
        try (ShapeShifter shifter = ShapeShifter.mount(backing, view, "t", "other")) {
            Path file = Files.write(Files.createDirectories(view.resolve("a/b")).resolve("c"), new byte[300_000]);
            assertEquals(300_000, Files.readAllBytes(file).length);
            Files.move(file, view.resolve("d"));
            Files.createLink(view.resolve("e"), view.resolve("d"));
            assertEquals(2, Files.getAttribute(backing.resolve("d"), "unix:nlink"));
            Files.createSymbolicLink(view.resolve("s"), Path.of("a/b"));
            assertTrue(Files.isDirectory(view.resolve("s")));
            Files.setAttribute(view.resolve("d"), "unix:mode", 0640);
            Files.setAttribute(view.resolve("d"), "unix:uid", 1234);
            assertEquals(List.of(0100640, 1234), List.of(Files.getAttribute(backing.resolve("d"), "unix:mode"), Files.getAttribute(backing.resolve("d"), "unix:uid")));
            Files.delete(view.resolve("a/b"));
            assertFalse(Files.exists(backing.resolve("a/b")));
        }
    }

    /** The control for all that use it: who looks, and looks again, is led out; who looks once is not. */
    @Test
    void whoLooksTwiceIsCaught() throws IOException {
        List<String> refusals = new ArrayList<>();
        try (ShapeShifter shifter = ShapeShifter.mount(backing, view, "t", "other"); SafeRoot root = SafeRoot.open(view)) {
            int once = shifter.everywhere(() -> {
                try (var directory = root.open("t", Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0);
                        var file = dev.caisson.linux.FileCalls.openat(directory, "once", Fcntl.O_WRONLY | Fcntl.O_CREAT, 0600)) {
                    assertTrue(file.isOpen());
                } catch (SyscallException refused) {
                    refusals.add(refused.getMessage());
                }
            });
            assertTrue(once >= 1 && !refusals.isEmpty());
            assertTrue(Files.exists(backing.resolve("t/once")) && !Files.exists(bait.resolve("once")));
            shifter.everywhere(() -> {
                try {
                    if (Files.isDirectory(view.resolve("t"), LinkOption.NOFOLLOW_LINKS)) {
                        Files.writeString(view.resolve("t/twice"), "x");
                    }
                } catch (IOException changed) {
                    refusals.add(changed.getMessage());
                }
            });
        }
        assertTrue(Files.exists(bait.resolve("twice")));
    }
}
