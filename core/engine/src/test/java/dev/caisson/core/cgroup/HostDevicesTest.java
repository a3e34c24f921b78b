package dev.caisson.core.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Device;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Device nodes below a directory, made as root. */
@Tag("host")
@Timeout(180)
class HostDevicesTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void aNodeBelow() throws Exception {
        Files.createDirectory(directory.resolve("sub"));
        try (Fd sub = FileCalls.open(directory.resolve("sub"), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            FileCalls.mknodat(sub, "null", Fcntl.S_IFCHR | 0600, 1, 3);
        }
    }

    private List<String> granted(String... but) {
        return HostDevices.granted(new Device(directory.toString(), "/dev/x", "rw"), Set.of(but)).stream().map(HostDevices.Granted::containerPath).toList();
    }

    /** Other processes' directories in /dev/shm, or a device that is unplugged. */
    @Test
    void whatIsGoneMeanwhileIsNotThere() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Thread churn = new Thread(() -> {
            try (Fd dir = FileCalls.open(directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
                while (!over.get()) {
                    for (int i = 0; i < 20; i++) {
                        FileCalls.mkdirat(dir, "d" + i, 0700);
                        FileCalls.mknodat(dir, "n" + i, Fcntl.S_IFCHR | 0600, 1, 3);
                    }
                    for (int i = 0; i < 20; i++) {
                        FileCalls.unlinkat(dir, "d" + i, Fcntl.AT_REMOVEDIR);
                        FileCalls.unlinkat(dir, "n" + i, 0);
                    }
                }
            }
        });
        churn.start();
        try {
            for (int i = 0; i < 2000; i++) {
                assertTrue(granted().contains("/dev/x/sub/null"));
            }
        } finally {
            over.set(true);
            churn.join();
        }
    }

    @Test
    void aNamePassedOverIsNotLookedInto() throws Exception {
        Files.createDirectory(directory.resolve("shm"));
        Files.move(directory.resolve("sub"), directory.resolve("shm/sub"));
        assertEquals(List.of("/dev/x/shm/sub/null"), granted("sub"), "further down it is another's");
        assertTrue(assertThrows(UnsupportedOnThisHost.class, () -> granted("shm")).getMessage().contains("holds no device node"));
    }
}
