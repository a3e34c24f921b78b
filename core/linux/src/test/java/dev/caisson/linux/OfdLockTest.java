package dev.caisson.linux;

import static dev.caisson.linux.OfdLock.Mode.EXCLUSIVE;
import static dev.caisson.linux.OfdLock.Mode.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OfdLockTest {
    @TempDir
    Path directory;

    @Test
    void excludesOtherDescriptionsOfTheSameProcess() throws Exception {
        Path file = Files.createFile(directory.resolve("lock"));
        try (Fd first = open(file); Fd second = open(file)) {
            OfdLock shared = OfdLock.tryLock(first, SHARED).orElseThrow();
            assertTrue(OfdLock.tryLock(second, SHARED).isPresent());
            assertTrue(OfdLock.tryLock(second, EXCLUSIVE).isEmpty());
            shared.close();
            assertTrue(OfdLock.tryLock(second, EXCLUSIVE).isPresent());
            assertTrue(OfdLock.tryLock(first, SHARED).isEmpty());
            // Another close of the same file drops a lock of FileChannel; not this one.
            open(file).close();
            assertTrue(OfdLock.tryLock(first, SHARED).isEmpty());
            second.close();
            assertFalse(second.isOpen());
            OfdLock.lock(first, EXCLUSIVE).close();
        }
    }

    @Test
    void needsADescriptorThatIsOpenForIt() throws Exception {
        Path file = Files.createFile(directory.resolve("lock"));
        try (Fd reading = FileCalls.open(file, Fcntl.O_RDONLY, 0)) {
            SyscallException e = assertThrows(SyscallException.class, () -> OfdLock.tryLock(reading, EXCLUSIVE));
            assertEquals(Errno.EBADF, e.errno());
        }
    }

    private static Fd open(Path file) {
        return FileCalls.open(file, Fcntl.O_RDWR, 0);
    }
}
