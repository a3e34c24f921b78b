package dev.caisson.core.rootfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.UserNamespace;
import dev.caisson.core.guard.NobodysWorker;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Worker;
import dev.caisson.spi.storage.MountSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways of kernels before 6.5 and 6.15 are open on newer ones too. */
@Tag("host")
class LegacyOverlayTest {
    @TempDir(cleanup = CleanupMode.ALWAYS)
    Path directory;

    private final List<Path> layers = new ArrayList<>();

    private String hostsMounts = "";

    @BeforeEach
    void directories() throws IOException {
        hostsMounts = mounts();
        Files.createDirectories(directory.resolve("upper"));
        Files.createDirectories(directory.resolve("work"));
    }

    @AfterEach
    void nothingEnteredTheHostsMountTable() throws IOException {
        assertEquals(hostsMounts, mounts());
    }

    private static String mounts() throws IOException {
        return Files.readString(Path.of("/proc/self/mountinfo"));
    }

    private MountSpec overlay(int count, boolean readOnly) throws IOException {
        for (int i = 0; i < count; i++) {
            Path layer = Files.createDirectories(directory.resolve("a layer of some length, with a comma: " + i));
            Files.writeString(layer.resolve("from" + i), "layer " + i);
            Files.writeString(layer.resolve("top"), String.valueOf(i));
            layers.add(layer);
        }
        Collections.reverse(layers); // the last one made is on top
        return readOnly ? new MountSpec("overlay", null, "/", MountSpec.overlay(layers, null, null, List.of()).options(), true)
                : MountSpec.overlay(layers, directory.resolve("upper"), directory.resolve("work"), List.of(new MountSpec.Option("index", "off", null)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 11, 12, 130})
    void allLayersAreThereInTheirOrder(int count) throws IOException {
        try (Fd mount = LegacyOverlay.make(overlay(count, false), null)) {
            assertEquals(String.valueOf(count - 1), read(mount, "top"));
            for (int i = 0; i < count; i++) {
                assertEquals("layer " + i, read(mount, "from" + i));
            }
            FileCalls.openat(mount, "new", Fcntl.O_WRONLY | Fcntl.O_CREAT, 0644).close();
            assertTrue(Files.exists(directory.resolve("upper/new")));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 40})
    void aReadOnlyUnionRefusesWriting(int count) throws IOException {
        try (Fd mount = LegacyOverlay.make(overlay(count, true), null)) {
            assertEquals(String.valueOf(count - 1), read(mount, "top"));
            assertTrue(assertThrows(RuntimeException.class, () -> FileCalls.openat(mount, "new", Fcntl.O_WRONLY | Fcntl.O_CREAT, 0644).close())
                    .getMessage().contains("EROFS"));
        }
    }

    @Test
    void whatDoesNotFitEvenThatIsRefusedByName() throws IOException {
        MountSpec spec = overlay(260, false);
        UnsupportedOnThisHost e = assertThrows(UnsupportedOnThisHost.class, () -> LegacyOverlay.make(spec, null).close());
        assertTrue(e.getMessage().contains("4095"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20})
    void layersAreSeenThroughAUserNamespace(int count) throws Exception {
        MountSpec spec = overlay(count, false);
        Process holder = new ProcessBuilder("unshare", "--user", "sleep", "60").start();
        try {
            Path proc = Path.of("/proc/" + holder.pid());
            Path ours = Files.readSymbolicLink(Path.of("/proc/self/ns/user"));
            while (Files.readSymbolicLink(proc.resolve("ns/user")).equals(ours)) {
                Thread.onSpinWait();
            }
            Files.writeString(proc.resolve("uid_map"), "0 700000 1000");
            Files.writeString(proc.resolve("gid_map"), "0 700000 1000");
            UserNamespace.Mapped map = (UserNamespace.Mapped) UserNamespace.map(700_000, 1000);
            try (Fd users = FileCalls.open(proc.resolve("ns/user"), Fcntl.O_RDONLY, 0);
                    Fd mount = LegacyOverlay.make(spec, new SeenBy(users, map, Fd::close))) {
                assertEquals(700_000, FileCalls.fstatat(mount, "top", 0).uid());
                assertEquals(String.valueOf(count - 1), read(mount, "top"));
            }
        } finally {
            holder.destroyForcibly().waitFor();
        }
        assertEquals(0, Files.getAttribute(layers.get(0).resolve("top"), "unix:uid"), "on disk nothing changed");
    }

    /** Before Linux 6.15 the mount is attached where nobody is, and copied there. */
    @Test
    void anAttachedMountIsCopiedAgainAndAgain() throws IOException {
        try (HeldMount held = new HeldMount(LegacyOverlay.make(overlay(2, false), null))) {
            held.attach();
            for (int i = 0; i < 3; i++) {
                try (Fd copy = held.forLaunch(false)) {
                    assertEquals("1", read(copy, "top"));
                    FileCalls.openat(copy, "written" + i, Fcntl.O_WRONLY | Fcntl.O_CREAT, 0644).close();
                }
                assertEquals("", read(held.fd(), "written" + i));
            }
        }
    }

    /** An ordinary user's: in his worker's mount namespace, from which nothing is left once it is closed. */
    @Test
    void theWorkerOfAnOrdinaryUserHasAPlaceForBoth() throws Exception {
        MountSpec spec = overlay(12, false);
        assertEquals(0, new ProcessBuilder("sh", "-c", "chmod 755 " + directory + "; chown -R 65534:65534 '" + directory + "'/*").start().waitFor());
        try (NobodysWorker nobodys = NobodysWorker.start(); Worker worker = nobodys.worker()) {
            Path mountinfo = Path.of("/proc/" + nobodys.pid() + "/mountinfo");
            List<String> before = Files.readAllLines(mountinfo);
            worker.inside(() -> {
                try (HeldMount held = new HeldMount(LegacyOverlay.make(spec, null))) {
                    assertEquals(1, more(mountinfo, before), "the bench alone");
                    held.attach();
                    assertEquals(2, more(mountinfo, before));
                    for (int i = 0; i < 3; i++) {
                        try (Fd copy = held.forLaunch(false)) {
                            assertEquals("11", read(copy, "top"));
                            assertEquals("layer 0", read(copy, "from0"));
                            FileCalls.openat(copy, "written" + i, Fcntl.O_WRONLY | Fcntl.O_CREAT, 0644).close();
                            assertEquals(0, FileCalls.fstatat(held.fd(), "written" + i, 0).uid(), "nobody, who is root in it");
                        }
                    }
                    return true;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertEquals(1, more(mountinfo, before), "nothing but the bench is left");
        }
        assertEquals(65534, Files.getAttribute(directory.resolve("upper/written2"), "unix:uid"));
    }

    private static long more(Path mountinfo, List<String> before) {
        try {
            return Files.readAllLines(mountinfo).size() - before.size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Fd directory, String name) throws IOException {
        try (Fd file = FileCalls.openat(directory, name, Fcntl.O_RDONLY, 0)) {
            return Files.readString(Path.of("/proc/self/fd/" + file.value()), StandardCharsets.UTF_8);
        }
    }
}
