package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest {
    @TempDir
    Path temp;

    private Fd dir;

    @BeforeEach
    void open() {
        dir = FileCalls.open(temp, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0);
    }

    @AfterEach
    void close() {
        dir.close();
    }

    @Test
    void buffersOfBothKindsMoveByWhatWasTransferred() {
        try (Fd file = create("f")) {
            for (ByteBuffer buffer : List.of(ByteBuffer.allocate(200_000), ByteBuffer.allocateDirect(200_000))) {
                for (int i = 0; i < buffer.capacity(); i++) {
                    buffer.put(i, (byte) (i * 31));
                }
                FileCalls.ftruncate(file, 0);
                FileCalls.lseek(file, 0, Fcntl.SEEK_SET);
                FileCalls.writeAll(file, buffer.position(7).limit(199_999));
                assertFalse(buffer.hasRemaining());
                assertEquals(199_992, FileCalls.fstat(file).size());
                ByteBuffer back = ByteBuffer.allocateDirect(10).position(3);
                assertEquals(7, FileCalls.pread(file, back, 100_000));
                assertEquals((byte) (100_007 * 31), back.get(3));
                ByteBuffer heap = ByteBuffer.allocate(10).position(3).limit(8);
                assertEquals(5, FileCalls.pread(file, heap, 100_000));
                assertEquals((byte) (100_007 * 31), heap.get(3));
                assertEquals(0, heap.array()[8]);
            }
            assertThrows(IllegalArgumentException.class, () -> FileCalls.read(file, ByteBuffer.allocate(1).asReadOnlyBuffer()));
            assertEquals(1, FileCalls.pwrite(file, ByteBuffer.wrap(new byte[] {9}).asReadOnlyBuffer(), 0));
        }
    }

    @Test
    void modesTimesAndNames() {
        create("f").close();
        FileCalls.fchmodat2(dir, "f", 04755, 0);
        FileCalls.utimensat(dir, "f", 1, 2, -3, 4, 0);
        Stat stat = FileCalls.fstatat(dir, "f", 0);
        assertTrue(stat.isRegular());
        assertEquals(04755, stat.permissions());
        assertEquals(List.of(1L, 2L, -3L, 4L), List.of(stat.atimeSec(), (long) stat.atimeNsec(), stat.mtimeSec(), (long) stat.mtimeNsec()));
        try (Fd file = FileCalls.openat(dir, "f", Fcntl.O_RDONLY, 0)) {
            FileCalls.futimens(file, 5, 6, -7, 8);
            Stat later = FileCalls.fstatat(dir, "f", 0);
            assertEquals(List.of(5L, 6L, -7L, 8L), List.of(later.atimeSec(), (long) later.atimeNsec(), later.mtimeSec(), (long) later.mtimeNsec()));
        }
        FileCalls.linkat(dir, "f", dir, "g", 0);
        assertEquals(2, FileCalls.fstatat(dir, "g", 0).nlink());
        FileCalls.mkdirat(dir, "d", 0700);
        FileCalls.renameat2(dir, "d", dir, "g", Fcntl.RENAME_EXCHANGE);
        assertTrue(FileCalls.fstatat(dir, "g", 0).isDirectory());
        SyscallException e = assertThrows(
                SyscallException.class, () -> FileCalls.renameat2(dir, "f", dir, "g", Fcntl.RENAME_NOREPLACE));
        assertEquals("renameat2(" + dir + ", f -> " + dir + ", g): EEXIST (17) File exists", e.getMessage());
        assertFalse(FileCalls.mkdiratIfAbsent(dir, "g", 0700));
        assertFalse(FileCalls.unlinkatIfPresent(dir, "none", 0));
        assertEquals(Optional.empty(), FileCalls.fstatatIfPresent(dir, "f/none", 0));
        Set<String> names = new HashSet<>();
        Directory.list(dir).forEach(entry -> names.add(entry.name() + entry.type()));
        assertEquals(Set.of("f8", "g4", "d8"), names);
    }

    @Test
    void theOlderWayToChangeModes() {
        create("f").close();
        FileCalls.symlinkat("f", dir, "s");
        assertEquals(0, FileCalls.chmodByProc(dir, "f", 0640, 0));
        assertEquals(0640, FileCalls.fstatat(dir, "f", 0).permissions());
        assertEquals(-Errno.EOPNOTSUPP, FileCalls.chmodByProc(dir, "s", 0600, Fcntl.AT_SYMLINK_NOFOLLOW));
        assertEquals(0, FileCalls.chmodByProc(dir, "s", 0600, 0));
        assertEquals(0600, FileCalls.fstatat(dir, "f", 0).permissions());
    }

    @Test
    void extendedAttributes() {
        try (Fd file = create("f")) {
            byte[] value = {0, 1, -1};
            Xattrs.setxattr(file, "user.a", value, Fcntl.XATTR_CREATE);
            assertArrayEquals(value, Xattrs.getxattr(file, "user.a").orElseThrow());
            assertArrayEquals(value, Xattrs.lgetxattr(dir, "f", "user.a").orElseThrow());
            Xattrs.lsetxattr(dir, "f", "user.b", new byte[0], 0);
            assertEquals(Set.of("user.a", "user.b"), new HashSet<>(Xattrs.listxattr(file)));
            assertEquals(0, Xattrs.getxattr(file, "user.b").orElseThrow().length);
            Xattrs.lremovexattr(dir, "f", "user.a");
            Xattrs.removexattr(file, "user.b");
            assertTrue(Xattrs.llistxattr(dir, "f").isEmpty());
            assertTrue(Xattrs.getxattr(file, "user.a").isEmpty());
            assertThrows(IllegalArgumentException.class, () -> Xattrs.setxattr(file, "user.a", new byte[65537], 0));
        }
    }

    @Test
    void aPathOfAnyLengthIsTheKernelsToRefuse() {
        String long1 = "a/".repeat(60_000);
        SyscallException e = assertThrows(SyscallException.class, () -> FileCalls.mkdirat(dir, long1, 0));
        assertEquals(Errno.ENAMETOOLONG, e.errno());
        String wide = "é".repeat(60_000);
        assertTrue(assertThrows(SyscallException.class, () -> FileCalls.linkat(dir, wide, dir, wide, 0)).is(Errno.ENAMETOOLONG));
    }

    @Test
    void locksExcludeOtherDescriptionsAndOutliveStrangersCloses() {
        try (Fd one = create("lock"); Fd two = FileCalls.openat(dir, "lock", Fcntl.O_RDWR, 0)) {
            OfdLock lock = OfdLock.tryLock(one, OfdLock.Mode.EXCLUSIVE).orElseThrow();
            FileCalls.openat(dir, "lock", Fcntl.O_RDWR, 0).close();
            assertTrue(OfdLock.tryLock(two, OfdLock.Mode.SHARED).isEmpty());
            lock.close();
            OfdLock.tryLock(two, false).orElseThrow();
            OfdLock.lock(one, false);
            assertTrue(OfdLock.tryLock(one, true).isEmpty());
        }
    }

    private Fd create(String name) {
        return FileCalls.openat(dir, name, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL, 0600);
    }
}
