package dev.caisson.testkit.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.RequiresTool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceLintTest {
    @Test
    void oneNameBelowADescriptorIsFine() {
        assertClean("1 mkdirat(5</c/root/etc>, \"cfg\", 0755) = 0", "1 openat(AT_FDCWD</>, \"/c/root\", O_PATH) = 5</c/root>", "1 openat(AT_FDCWD</>, \"/etc/passwd\", O_RDONLY) = 6</etc/passwd>",
                "1 newfstatat(5</c/root/etc/deep>, \"\", {}, AT_EMPTY_PATH) = 0", "1 symlinkat(\"../../any/thing\", 5</c/root>, \"link\") = 0");
    }

    @Test
    void severalComponentsAreNot() {
        assertFound("2 components", "1 openat(5</c/root>, \"etc/passwd\", O_RDONLY) = 6</c/root/etc/passwd>");
        assertFound("2 components", "1 mkdir(\"/c/root/etc/cfg\", 0755) = 0");
        assertFound("2 components", "1 openat(AT_FDCWD</c>, \"root/etc/passwd\", O_RDONLY) = -1 ENOENT (No such file or directory)");
        assertFound("2 components", "1 move_mount(7</>, \"\", 5</c/root>, \"var/lib\", MOVE_MOUNT_F_EMPTY_PATH) = 0");
        assertFound("2 components", "1 renameat2(5</c/root>, \"a\", 5</c/root>, \"b/c\", 0) = 0");
        assertFound("'..'", "1 openat(5</c/root/etc>, \"..\", O_PATH) = 6</c/root>");
    }

    @Test
    void openat2IsFineWithResolveFlagsOnly() {
        assertClean("1 openat2(5</c/root>, \"a/b/c\", {flags=O_PATH, resolve=RESOLVE_NO_MAGICLINKS|RESOLVE_IN_ROOT}, 24) = 6</c/root/a/b/c>");
        assertFound("3 components", "1 openat2(5</c/root>, \"a/b/c\", {flags=O_PATH, resolve=0}, 24) = 6</c/root/a/b/c>");
        assertFound("3 components", "1 openat2(5</c/root>, \"a/b/c\", {flags=O_PATH, resolve=RESOLVE_NO_XDEV}, 24) = 6</c/root/a/b/c>");
    }

    @Test
    void afterThePivotEverythingIsControlledUntilTheProgramRuns() {
        List<String> child = List.of("1 clone3({flags=CLONE_NEWNS}, 88) = 2", "2 pivot_root(\".\", \".\") = 0");
        assertEquals(1, lint(child, "2 openat(AT_FDCWD</>, \"/proc/sys/kernel\", O_RDONLY) = 3</proc/sys/kernel>").size());
        assertEquals(0, lint(child, "2 openat(AT_FDCWD</>, \"/etc\", O_RDONLY) = 3</etc>").size());
        assertEquals(0, lint(child, "2 execve(\"/bin/sh\", [\"sh\"], 0x7ffc) = 0", "2 openat(AT_FDCWD</>, \"/etc/ld.so.cache\", O_RDONLY) = 3</etc/ld.so.cache>").size());
        assertEquals(0, lint(child, "1 openat(AT_FDCWD</>, \"/etc/ld.so.cache\", O_RDONLY) = 3</etc/ld.so.cache>").size());
    }

    @Test
    @RequiresTool("strace")
    void aRealProgramIsCaught(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("root/etc"));
        List<TraceLint.Violation> found = TraceLint.run(List.of("sh", "-c", "echo x >" + directory + "/root/etc/motd; echo y >" + directory + "/root/top"), Set.of(directory.resolve("root")));
        assertEquals(1, found.size(), found::toString);
        assertTrue(found.get(0).path().endsWith("/root/etc/motd"), found::toString);
    }

    private static void assertClean(String... lines) {
        assertEquals(List.of(), lint(List.of(), lines));
    }

    private static void assertFound(String reason, String line) {
        List<TraceLint.Violation> found = lint(List.of(), line);
        assertEquals(1, found.size(), () -> line + found);
        assertTrue(found.get(0).reason().contains(reason), found::toString);
    }

    private static List<TraceLint.Violation> lint(List<String> before, String... lines) {
        List<String> all = new ArrayList<>(before);
        all.addAll(List.of(lines));
        return TraceLint.check(StraceReader.read(all), Set.of(Path.of("/c/root")));
    }
}
