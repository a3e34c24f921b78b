package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attacks on the confinement of paths: invariants 1 and 10; rows 16, 33, 34, 36 of the security reference. */
class SafeRootTest {
    private static final byte[] IN = "inside".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path temp;

    private Path root;
    private Path canary;
    private SafeRoot safe;
    private int descriptors;

    @BeforeEach
    void layOut() throws Exception {
        descriptors = warmDescriptors();
        root = Files.createDirectory(temp.resolve("root"));
        canary = Files.createDirectory(temp.resolve("canary"));
        Files.writeString(canary.resolve("secret"), "host");
        Files.createDirectory(root.resolve("etc"));
        Files.write(root.resolve("etc/passwd"), IN);
        safe = SafeRoot.open(root);
    }

    private static int warmDescriptors() {
        Processes.getpid();
        return Descriptors.count();
    }

    @AfterEach
    void hostIsUntouched() throws Exception {
        safe.close();
        assertEquals("host", Files.readString(canary.resolve("secret")));
        try (var list = Files.list(canary)) {
            assertEquals(1, list.count());
        }
        assertEquals(descriptors, Descriptors.count(), "descriptors leaked");
    }

    @Test
    void dotDotEndsAtTheRoot() {
        assertArrayEquals(IN, safe.readRegular("../../../../etc/passwd", 100));
        assertArrayEquals(IN, safe.readRegular("/etc/../../etc/passwd", 100));
        assertErrno(Errno.ENOENT, () -> safe.readRegular("../canary/secret", 100));
    }

    @Test
    void linksOutOfTheRootEndInside() throws Exception {
        Files.createSymbolicLink(root.resolve("absolute"), Path.of("/etc/passwd"));
        Files.createSymbolicLink(root.resolve("up"), Path.of("../../../../../etc/passwd"));
        Files.createSymbolicLink(root.resolve("out"), canary);
        Files.createSymbolicLink(root.resolve("two"), Path.of("/up"));
        assertArrayEquals(IN, safe.readRegular("absolute", 100));
        assertArrayEquals(IN, safe.readRegular("up", 100));
        assertArrayEquals(IN, safe.readRegular("two", 100));
        assertErrno(Errno.ENOENT, () -> safe.readRegular("out/secret", 100));
        assertErrno(Errno.ENOENT, () -> safe.open("out/new", Fcntl.O_CREAT | Fcntl.O_WRONLY, 0644));
        assertTrue(safe.stat("out", true).orElseThrow().isSymlink());
        assertTrue(safe.stat("out", false).isEmpty());
    }

    @Test
    void creatingThroughALinkStaysInside() throws Exception {
        Files.createSymbolicLink(root.resolve("file"), Path.of("/../../etc/made"));
        safe.open("file", Fcntl.O_CREAT | Fcntl.O_WRONLY, 0600).close();
        assertTrue(Files.exists(root.resolve("etc/made")));
    }

    @Test
    void magicLinksAreRefused() {
        try (SafeRoot proc = SafeRoot.open(Path.of("/proc"))) {
            assertErrno(Errno.ELOOP, () -> proc.open("self/root/etc/passwd", Fcntl.O_RDONLY, 0));
            assertErrno(Errno.ELOOP, () -> proc.open("self/cwd", Fcntl.O_RDONLY, 0));
            assertErrno(Errno.ELOOP, () -> proc.open("self/fd/0", Fcntl.O_RDONLY, 0));
            SyscallException e = assertThrows(
                    SyscallException.class, () -> proc.open("self/exe", Fcntl.O_RDONLY, 0));
            assertTrue(e.getMessage().matches(
                    "openat2\\(fd \\d+, self/exe, RESOLVE_NO_MAGICLINKS\\|RESOLVE_IN_ROOT\\): "
                            + "ELOOP \\(40\\) Too many levels of symbolic links"), e.getMessage());
        }
    }

    @Test
    void mkdirsStaysInsideAndRefusesDanglingLinks() throws Exception {
        Files.createSymbolicLink(root.resolve("out"), canary);
        Files.createSymbolicLink(root.resolve("usr"), Path.of("/etc"));
        safe.mkdirs("/usr/a/./b//c/", 0755).close();
        assertTrue(Files.isDirectory(root.resolve("etc/a/b/c")));
        safe.mkdirs("usr/a/b/c", 0755).close();
        safe.mkdirs("/", 0755).close();
        safe.mkdirs("../../x", 0755).close();
        assertTrue(Files.isDirectory(root.resolve("x")));
        assertErrno(Errno.ENOTDIR, () -> safe.mkdirs("out/escaped", 0755));
        assertErrno(Errno.ENOTDIR, () -> safe.mkdirs("etc/passwd/d", 0755));
        assertErrno(Errno.ENOENT, () -> safe.mkdirs("none/../../canary/d", 0755));
        assertFalse(Files.exists(root.resolve("none")));
    }

    @Test
    void onlyRegularFilesAreReadAndNotWithoutEnd() throws Exception {
        FileCalls.mknodat(safe.fd(), "fifo", Fcntl.S_IFIFO | 0600, 0, 0);
        Files.createSymbolicLink(root.resolve("etc/group"), Path.of("../fifo"));
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> assertErrno(Errno.EINVAL, () -> safe.readRegular("fifo", 10)));
        assertErrno(Errno.EINVAL, () -> safe.readRegular("etc/group", 10));
        assertErrno(Errno.EINVAL, () -> safe.readRegular("etc", 10));
        assertArrayEquals(IN, safe.readRegular("etc/passwd", IN.length));
        assertErrno(Errno.EFBIG, () -> safe.readRegular("etc/passwd", IN.length - 1));
        assertArrayEquals(new byte[0], safe.readRegular(empty(), 0));
        try (SafeRoot proc = SafeRoot.open(Path.of("/proc/sys"))) {
            assertTrue(proc.readRegular("kernel/ostype", 100).length > 0, "a file of size 0 with content");
            assertErrno(Errno.EFBIG, () -> proc.readRegular("kernel/ostype", 2));
        }
        try (Fd sparse = safe.open("sparse", Fcntl.O_CREAT | Fcntl.O_WRONLY, 0600)) {
            FileCalls.ftruncate(sparse, 4L << 30);
        }
        assertErrno(Errno.EFBIG, () -> safe.readRegular("sparse", 10 << 20));
        byte[] large = new byte[3 << 20];
        large[large.length - 1] = 7;
        Files.write(root.resolve("large"), large);
        assertArrayEquals(large, safe.readRegular("large", 10 << 20));
    }

    private String empty() throws Exception {
        Files.createFile(root.resolve("empty"));
        return "empty";
    }

    @Test
    void removeTreeNeverFollowsLinks() throws Exception {
        Path tree = Files.createDirectories(root.resolve("tree/sub/deep")).getParent().getParent();
        Files.createSymbolicLink(tree.resolve("link"), canary);
        Files.createSymbolicLink(tree.resolve("sub/deep/file"), canary.resolve("secret"));
        Files.createSymbolicLink(root.resolve("alias"), canary);
        Files.writeString(tree.resolve("sub/f"), "");
        safe.removeTree("tree");
        assertFalse(Files.exists(tree, LinkOption.NOFOLLOW_LINKS));
        safe.removeTree("alias/");
        assertFalse(Files.exists(root.resolve("alias"), LinkOption.NOFOLLOW_LINKS));
        safe.removeTree("tree");
        safe.removeTree("no/such/thing");
        for (String none : new String[] {"", "/", ".", "..", "a/..", "../"}) {
            assertThrows(IllegalArgumentException.class, () -> safe.removeTree(none), none);
        }
        assertTrue(Files.exists(root.resolve("etc/passwd")));
    }

    @Test
    void removeTreeTakesAnyDepth() {
        int depth = 3000;
        Fd current = safe.mkdirs("tree", 0755);
        for (int i = 0; i < depth; i++) {
            try (Fd parent = current) {
                FileCalls.mkdirat(parent, "d", 0755);
                FileCalls.symlinkat(canary.toString(), parent, "out");
                current = FileCalls.openat(parent, "d", Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
            }
        }
        current.close();
        safe.removeTree("tree");
        assertTrue(safe.stat("tree", true).isEmpty());
    }

    @Test
    void removeTreeTakesManyEntries() {
        try (Fd wide = safe.mkdirs("wide", 0755)) {
            for (int i = 0; i < 5000; i++) {
                FileCalls.mkdirat(wide, "d" + i, 0);
                FileCalls.symlinkat("/", wide, "s" + i);
            }
        }
        safe.removeTree("wide");
        assertTrue(safe.stat("wide", true).isEmpty());
    }

    @Test
    void pathsSplitIntoParentAndName() {
        assertEquals("c", SafeRoot.lastName("/a/b/c"));
        assertEquals("c", SafeRoot.lastName("c//"));
        assertEquals("...", SafeRoot.lastName("a/..."));
        try (Fd parent = safe.openParent("/etc/new"); Fd top = safe.openParent("/new"); Fd bare = safe.openParent("new")) {
            assertTrue(FileCalls.fstatatIfPresent(parent, "passwd", 0).isPresent());
            assertTrue(FileCalls.fstat(top).isSameFile(FileCalls.fstat(safe.fd())));
            assertTrue(FileCalls.fstat(bare).isSameFile(FileCalls.fstat(safe.fd())));
        }
    }

    @Test
    void namesWithNulAreRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> safe.open("etc/passwd\0.txt", Fcntl.O_RDONLY, 0));
        assertTrue(e.getMessage().startsWith("\"etc/passwd\\u0000.txt\" contains a NUL"), e.getMessage());
    }

    private static void assertErrno(int errno, Runnable call) {
        SyscallException e = assertThrows(SyscallException.class, call::run);
        assertEquals(Errno.name(errno), Errno.name(e.errno()), e.getMessage());
    }
}
