package dev.caisson.core.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.spi.storage.LayerDraft.Whiteouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * security.md rows 68, 69 and 70: the cases of containerd's TestBreakouts and go-archive's breakout tests, by their names. Where those two differ, a name that climbs
 * above the root is refused, as go-archive does; a link inside the root is followed there, as containerd does. After each the host is as it was.
 */
@Tag("host")
class BreakoutsTest {
    @TempDir
    Path temp;
    private Unpacked unpacked;
    private String canary;

    @BeforeEach
    void begin() throws IOException {
        unpacked = new Unpacked(temp);
        canary = unpacked.canary();
    }

    @AfterEach
    void nothingOutsideHasChanged() {
        assertEquals(canary, unpacked.canary());
    }

    private void base() throws IOException {
        Files.createDirectories(unpacked.root.resolve("etc"));
        Files.writeString(unpacked.root.resolve("etc/passwd"), "inside");
    }

    private void refused(Tars.Entries entries) {
        assertThrows(ImageProblem.class, () -> unpacked.layer(Whiteouts.REMOVE, entries));
    }

    @Test
    void symlinkAbsolute() throws IOException {
        unpacked.layer(t -> {
            Tars.dir(t, "etc");
            Tars.symlink(t, "/etc", "localetc");
            Tars.file(t, "/localetc/unbroken", "unbroken");
        });
        assertEquals("unbroken", unpacked.text("etc/unbroken"));
    }

    @Test
    void symlinkUpAndOut() throws IOException {
        unpacked.layer(t -> {
            Tars.dir(t, "etc");
            Tars.dir(t, "dummy");
            Tars.symlink(t, "/dummy/../etc", "localetc");
            Tars.file(t, "/localetc/unbroken", "unbroken");
        });
        assertEquals("unbroken", unpacked.text("etc/unbroken"));
    }

    @Test
    void symlinkMultipleAbsoluteAndRelative() throws IOException {
        for (String second : new String[] {"/dummy/etc", "./dummy/etc"}) {
            unpacked.layer(t -> {
                Tars.dir(t, "etc");
                Tars.dir(t, "dummy");
                Tars.symlink(t, "/etc", "/dummy/etc");
                Tars.symlink(t, second, "localetc");
                Tars.file(t, "/dummy/etc/unbroken", "unbroken");
                Tars.file(t, "/localetc/too", second);
            });
            assertEquals("unbroken", unpacked.text("etc/unbroken"));
            assertEquals(second, unpacked.text("etc/too"));
        }
    }

    @Test
    void symlinkEmptyFile() throws IOException {
        unpacked.layer(t -> {
            Tars.dir(t, "etc");
            Tars.file(t, "etc/emptied", "notempty");
            Tars.symlink(t, "/etc", "localetc");
            Tars.file(t, "/localetc/emptied", "");
        });
        assertEquals("", unpacked.text("etc/emptied"));
    }

    @Test
    void hardlinkThroughSymlinksStaysInside() throws IOException {
        // HardlinkRelative, HardlinkDownAndOut, HardlinkAbsolute, HardlinkRelativeLong, HardlinkRelativeUpAndOut
        for (String target : new String[] {"../../etc", "../downandout/../../etc", "/etc", "../../../../../../../etc", "../upandout/../../../etc"}) {
            unpacked.layer(t -> {
                Tars.dir(t, "etc");
                Tars.file(t, "/etc/passwd", "inside");
                Tars.dir(t, "breakouts");
                Tars.dir(t, "downandout");
                Tars.dir(t, "upandout");
                Tars.symlink(t, target, "breakouts/d1");
                Tars.link(t, "/breakouts/d1/passwd", "breakouts/mypasswd");
            });
            assertTrue(unpacked.sameFile("breakouts/mypasswd", "etc/passwd"), target);
        }
    }

    @Test
    void hardlinkDirectAbsoluteIsInside() throws IOException {
        unpacked.layer(t -> {
            Tars.dir(t, "etc");
            Tars.file(t, "/etc/passwd", "inside");
            Tars.link(t, "/etc/passwd", "localpasswd");
        });
        assertTrue(unpacked.sameFile("localpasswd", "etc/passwd"));
    }

    @Test
    void hardlinkDirectRelativeIsRefused() throws IOException {
        base();
        refused(t -> Tars.link(t, "../../../../../etc/passwd", "localpasswd"));
        refused(t -> Tars.link(t, "../victim", "localpasswd"));
        refused(t -> Tars.link(t, "/../victim", "localpasswd"));
    }

    @Test
    void hardlinkToWhatIsNotThere() {
        refused(t -> Tars.link(t, "etc/passwd", "localpasswd"));
        refused(t -> Tars.link(t, "/", "localpasswd"));
        refused(t -> {
            Tars.dir(t, "directory");
            Tars.link(t, "directory", "link");
        });
        refused(t -> {
            Tars.file(t, "a", "a");
            Tars.link(t, "a", "./a");
        });
    }

    @Test
    void symlinkNamedAsTheRoot() throws IOException {
        // SymlinkParentDirectory, SymlinkEmptyFilename
        base();
        refused(t -> Tars.symlink(t, "/etc/", ".."));
        refused(t -> Tars.symlink(t, "/etc/", "."));
        refused(t -> Tars.symlink(t, "/etc/", "a/.."));
        assertTrue(Files.isDirectory(unpacked.root));
    }

    @Test
    void symlinkParentRelative() throws IOException {
        unpacked.layer(t -> {
            Tars.dir(t, "etc");
            Tars.file(t, "/etc/passwd", "inside");
            Tars.symlink(t, "/etc/", "localetc/sub/..");
            Tars.link(t, "/etc/passwd", "/localetc/localpasswd");
        });
        assertTrue(unpacked.sameFile("etc/localpasswd", "etc/passwd"));
    }

    @Test
    void symlinkSlashEnded() throws IOException {
        unpacked.layer(t -> {
            Tars.dir(t, "etc");
            Tars.file(t, "/etc/passwd", "inside");
            Tars.dir(t, "localetc/");
            Tars.link(t, "/etc/passwd", "/localetc/localpasswd");
        });
        assertTrue(unpacked.sameFile("localetc/localpasswd", "etc/passwd"));
    }

    @Test
    void symlinkOverridesDirectory() throws IOException {
        // SymlinkOverrideDirectory, SymlinkOverrideDirectoryRelative
        for (String target : new String[] {"/etc", "../../etc"}) {
            base();
            Files.deleteIfExists(unpacked.root.resolve("localetc"));
            Files.createDirectories(unpacked.root.resolve("localetc/below"));
            unpacked.layer(Whiteouts.REMOVE, t -> {
                Tars.file(t, "localetc/below/file", "opens the directory");
                Tars.symlink(t, target, "localetc");
                Tars.link(t, "/etc/passwd", "/localetc/localpasswd");
            });
            assertTrue(unpacked.sameFile("etc/localpasswd", "etc/passwd"), target);
            Files.delete(unpacked.root.resolve("etc/localpasswd"));
        }
    }

    @Test
    void directoryOverridesSymlink() throws IOException {
        base();
        Files.createSymbolicLink(unpacked.root.resolve("localetc"), Path.of("/etc"));
        unpacked.layer(Whiteouts.REMOVE, t -> {
            Tars.file(t, "localetc/through", "the link");
            Tars.dir(t, "/localetc/");
            Tars.link(t, "/etc/passwd", "/localetc/localpasswd");
        });
        assertTrue(unpacked.sameFile("localetc/localpasswd", "etc/passwd"));
        assertTrue(Files.isDirectory(unpacked.root.resolve("localetc"), java.nio.file.LinkOption.NOFOLLOW_LINKS));
        assertTrue(unpacked.exists("etc/through"));
    }

    @Test
    void directoryOverridesSymlinkAndHardlink() throws IOException {
        base();
        Files.createSymbolicLink(unpacked.root.resolve("localetc"), Path.of("etc"));
        Files.createLink(unpacked.root.resolve("localetc/localpasswd"), unpacked.root.resolve("etc/passwd"));
        unpacked.layer(Whiteouts.REMOVE, t -> {
            Tars.dir(t, "/localetc/");
            Tars.file(t, "/localetc/localpasswd", "different");
        });
        assertFalse(unpacked.sameFile("localetc/localpasswd", "etc/passwd"));
        assertEquals("inside", unpacked.text("etc/passwd"));
    }

    @Test
    void writingOverAHardlinkLeavesTheOtherName() throws IOException {
        unpacked.layer(t -> {
            Tars.file(t, "a", "first");
            Tars.link(t, "a", "b");
            Tars.file(t, "b", "second");
        });
        assertEquals("first", unpacked.text("a"));
    }

    @Test
    void hardlinkToSymlinkLinksTheSymlink() throws IOException {
        // HardlinkSymlinkBeforeCreateTarget, HardlinkSymlinkRelative, HardlinkSymlinkAbsolute; go-archive HardlinkToSymlink
        for (String target : new String[] {"/etc/passwd", "../../../../../etc/passwd", unpacked.outside.resolve("victim").toString()}) {
            unpacked.layer(t -> {
                Tars.dir(t, "etc");
                Tars.symlink(t, target, "passwdlink");
                Tars.link(t, "/passwdlink", "localpasswd");
                Tars.file(t, "localpasswd", "over the link");
                Tars.link(t, "/passwdlink", "again");
            });
            assertTrue(unpacked.sameFile("passwdlink", "again"));
            assertEquals(target, Files.readSymbolicLink(unpacked.root.resolve("again")).toString());
            assertEquals("over the link", unpacked.text("localpasswd"));
        }
    }

    @Test
    void hardlinkSymlinkChmod() {
        // Row 74: mode, owner and time of an entry never reach what a link points to.
        String outside = unpacked.outside.resolve("victim").toString();
        unpacked.layer(t -> {
            Tars.symlink(t, outside, "sketchy");
            Tars.link(t, "sketchy", "sketchylink");
            t.put(TarEntry.of(TarEntry.Kind.SYMLINK, "sketchy2", outside, 04777).owner(1234, 1234).mtime(1, 1));
            t.put(TarEntry.file("sketchy", 0, 04777).owner(1234, 1234).mtime(1, 1));
        });
        assertEquals("1234:1234 4777 regular empty file", unpacked.stat("sketchy", "%u:%g %a %F"));
        assertEquals("1234:1234 symbolic link", unpacked.stat("sketchy2", "%u:%g %F"));
    }

    @Test
    void untarInvalidFilenames() {
        for (String name : new String[] {"../victim", "/../victim", "dir/../../victim", "x/../../root/../victim", "..//..//victim"}) {
            ImageProblem problem = assertThrows(ImageProblem.class, () -> unpacked.layer(t -> Tars.file(t, name, "broken out")));
            assertTrue(problem.getMessage().contains("climbs above the root"), problem.getMessage());
            assertTrue(problem.getMessage().contains(name), problem.getMessage());
        }
    }

    @Test
    void untarInvalidSymlink() throws IOException {
        for (String target : new String[] {"../victim", "/../victim", unpacked.outside.resolve("victim").toString(), unpacked.outside.toString()}) {
            unpacked.layer(t -> {
                Tars.symlink(t, target, "loophole");
                Tars.file(t, "loophole", "a file in the place of the link");
            });
            assertEquals("a file in the place of the link", unpacked.text("loophole"));
            assertThrows(ImageProblem.class, () -> unpacked.layer(t -> {
                Tars.symlink(t, target, "loophole2");
                Tars.file(t, "loophole2/victim/x", "below it");
            }), target);
        }
    }

    @Test
    void siblingPrefixIsContained() throws IOException {
        Files.createDirectory(unpacked.outside.resolve("root-sibling"));
        canary = unpacked.canary();
        refused(t -> Tars.file(t, "../root-sibling/file", "x"));
        refused(t -> {
            Tars.symlink(t, "../root-sibling", "link");
            Tars.file(t, "link/file", "x");
        });
    }

    @Test
    void magicLinksAndFilesAsDirectories() {
        refused(t -> {
            Tars.symlink(t, "/proc/self/cwd", "cwd");
            Tars.file(t, "cwd/x", "x");
        });
        refused(t -> {
            Tars.file(t, "file", "x");
            Tars.file(t, "file/below", "x");
        });
        refused(t -> {
            Tars.symlink(t, "loop", "loop");
            Tars.file(t, "loop/below", "x");
        });
    }

    @Test
    void archivesOfHostileNamesInMessages() {
        ImageProblem problem = assertThrows(ImageProblem.class, () -> unpacked.layer(t -> Tars.file(t, "../\u001b[2Jx\n" + "n".repeat(500), "")));
        assertFalse(problem.getMessage().chars().anyMatch(c -> c < ' '), problem.getMessage());
        assertTrue(problem.getMessage().length() < 1000);
    }
}
