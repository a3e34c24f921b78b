package dev.caisson.linux.overlay;

import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_PATH;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.O_TRUNC;
import static dev.caisson.linux.Fcntl.O_WRONLY;
import static dev.caisson.linux.Fcntl.S_IFCHR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes made through a real overlay mount, read back from its upper directory. */
@Tag("host")
class OverlayUpperTest {
    @TempDir
    Path directory;

    /** What is read after something was done in an overlay of two layers; "+" added, "*" changed, "-" deleted. */
    private String changes(Consumer<Fd> what) throws Exception {
        for (String name : List.of("base/etc/conf.d", "base/usr/lib/deep/er", "base/moved", "middle/etc", "upper", "work")) {
            Files.createDirectories(directory.resolve(name));
        }
        for (String name : List.of("base/etc/hosts", "base/etc/gone", "base/etc/conf.d/one", "base/etc/conf.d/two", "base/usr/lib/deep/er/file",
                "base/moved/a", "base/moved/b", "middle/etc/passwd", "middle/top")) {
            Files.writeString(directory.resolve(name), "x");
        }
        try (Fd middle = open("middle/etc")) {
            FileCalls.mknodat(middle, "gone", S_IFCHR, 0, 0);
        }
        try (Fd mount = mount()) {
            what.accept(mount);
        }
        try (Fd upper = open("upper");
                LowerLayers lowers = LowerLayers.open(List.of(directory.resolve("middle"), directory.resolve("base")))) {
            StringBuilder text = new StringBuilder();
            OverlayUpper.walk(upper, lowers.root()).forEach(e -> text.append(switch (e.kind()) {
                case ADDED -> " +";
                case CHANGED -> " *";
                case DELETED -> " -";
            }).append(e.path()));
            return text.toString().strip();
        }
    }

    private Fd open(String name) {
        return FileCalls.open(directory.resolve(name), O_RDONLY | O_DIRECTORY, 0);
    }

    private Fd mount() {
        try (Fd fs = Mounts.fsopen("overlay")) {
            Mounts.fsconfigString(fs, "lowerdir", directory.resolve("middle") + ":" + directory.resolve("base"));
            Mounts.fsconfigString(fs, "upperdir", directory.resolve("upper").toString());
            Mounts.fsconfigString(fs, "workdir", directory.resolve("work").toString());
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, 0);
        }
    }

    private static void write(Fd root, String path) {
        try (Fd file = FileCalls.openat(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0644)) {
            FileCalls.writeAll(file, ByteBuffer.wrap("changed".getBytes()));
        }
    }

    private static void remove(Fd mount, String path) {
        try (SafeRoot root = SafeRoot.of(FileCalls.openat(mount, ".", O_PATH | O_DIRECTORY, 0))) {
            root.removeTree(path);
        }
    }

    /** Whoever writes the changes decides how many there are. */
    @Test
    void moreThanMemoryAllowsIsAnError() throws Exception {
        for (int i = 0; i < 100; i++) {
            Files.createDirectories(directory.resolve("upper/d" + i));
        }
        try (Fd upper = open("upper")) {
            assertEquals(100, OverlayUpper.walk(upper, Lower.NOTHING, 1 << 20).size());
            SyscallException tooMany = assertThrows(SyscallException.class, () -> OverlayUpper.walk(upper, Lower.NOTHING, 100 * 128));
            assertEquals(Errno.EOVERFLOW, tooMany.errno());
        }
    }

    @Test
    void nothingDoneIsNothingChanged() throws Exception {
        assertEquals("", changes(mount -> {}));
    }

    @Test
    void filesAreAddedChangedAndDeleted() throws Exception {
        assertEquals("*/etc +/etc/gone */etc/hosts -/etc/passwd +/new */usr */usr/lib */usr/lib/deep */usr/lib/deep/er -/usr/lib/deep/er/file", changes(mount -> {
            write(mount, "etc/hosts");
            write(mount, "etc/gone");
            FileCalls.unlinkat(mount, "etc/passwd", 0);
            FileCalls.unlinkat(mount, "usr/lib/deep/er/file", 0);
            write(mount, "new");
            write(mount, "short-lived");
            FileCalls.unlinkat(mount, "short-lived", 0);
        }));
    }

    @Test
    void aDirectoryThatIsMadeAgainHidesWhatWasInIt() throws Exception {
        assertEquals("*/etc */etc/conf.d -/etc/conf.d/one */etc/conf.d/two", changes(mount -> {
            remove(mount, "etc/conf.d");
            FileCalls.mkdirat(mount, "etc/conf.d", 0755);
            write(mount, "etc/conf.d/two");
        }));
    }

    @Test
    void aTreeInPlaceOfATreeIsComparedAllTheWay() throws Exception {
        assertEquals("*/usr */usr/lib */usr/lib/deep -/usr/lib/deep/er +/usr/lib/deep/new", changes(mount -> {
            remove(mount, "usr/lib");
            FileCalls.mkdirat(mount, "usr/lib", 0755);
            FileCalls.mkdirat(mount, "usr/lib/deep", 0755);
            write(mount, "usr/lib/deep/new");
        }));
    }

    @Test
    void kindsAreExchanged() throws Exception {
        assertEquals("*/etc */etc/conf.d */top +/top/in", changes(mount -> {
            remove(mount, "etc/conf.d");
            write(mount, "etc/conf.d");
            FileCalls.unlinkat(mount, "top", 0);
            FileCalls.mkdirat(mount, "top", 0755);
            write(mount, "top/in");
        }));
    }

    @Test
    void aModeIsAChangeOfADirectory() throws Exception {
        assertEquals("*/etc */etc/conf.d", changes(mount -> FileCalls.fchmodat2(mount, "etc/conf.d", 0700, 0)));
    }

    @Test
    void aHostileTreeIsReadToItsEnd() throws Exception {
        // Far deeper than PATH_MAX, made by relative steps; and a link that leads out of the directory.
        String found = changes(mount -> {
            FileCalls.symlinkat("/etc", mount, "out");
            Fd at = FileCalls.openat(mount, ".", O_PATH | O_DIRECTORY, 0);
            for (int i = 0; i < 3000; i++) {
                FileCalls.mkdirat(at, "d", 0755);
                Fd next = FileCalls.openat(at, "d", O_PATH | O_DIRECTORY, 0);
                at.close();
                at = next;
            }
            at.close();
        });
        List<String> lines = List.of(found.split(" "));
        assertTrue(lines.contains("+/out") && lines.contains("+/d/d/d"), "shallow ones are there");
        assertTrue(lines.size() > 2000 && lines.size() < 3000, lines.size() + " can be named");
        try (SafeRoot root = SafeRoot.open(directory)) {
            root.removeTree("upper");
        }
    }
}
