package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.InvalidSpec;
import dev.caisson.LaunchFailed;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Canary;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Targets that are not what they seem: links of a hostile image where the engine mounts and makes files. Rows 7, 8, 27, 28, 29, 32, 33, 34, 38, 46. */
class MountTargetsTest extends EngineTest {
    private Canary canary;

    @BeforeEach
    void plant() {
        canary = Canary.plant(directory.resolve("canary"));
    }

    /** Every way a link of the image may point at the canary. */
    private List<String> ways() {
        return List.of(canary.path().toString(), "../../../../../../../.." + canary.path(), "/proc/self/root" + canary.path(), "/proc/1/root/.." + canary.path(), "/second",
                "/nowhere/at/all");
    }

    @ParameterizedTest
    @ValueSource(strings = {"etc", "dev", "proc", "sys", "tmp", "run", "dev/shm", "dev/pts", "sys/fs/cgroup"})
    void aLinkWhereTheEngineMountsIsResolvedInsideOrRefused(String path) {
        root.link("second", canary.path().toString());
        for (String way : ways()) {
            if (Files.exists(root.at(path), java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                delete(root.at(path));
            }
            root.link(path, way);
            attempt(tiny().readOnly());
            attempt(tiny().tty());
        }
        canary.assertUntouched();
    }

    /** It may start or be refused with a sentence; it must not see the secret. */
    private void attempt(ContainerBuilder container) {
        try {
            String seen = container.command(observer("readable", "/secret", canary.path() + "/secret", "/etc/secret", "/dev/secret", "/proc/secret", "/sys/secret")).execute().stdout();
            assertFalse(seen.contains("=ok"), seen);
        } catch (LaunchFailed e) {
            assertTrue(e.exitCode() == 125 || e.exitCode() == 127, e.getMessage());
        } catch (ContainerException e) {
            assertFalse(e.getMessage().isEmpty());
        }
    }

    @Test
    void targetsOfTheCallersThatAreLinksStayInside() throws IOException {
        Path source = hostDirectory("source");
        Files.writeString(source.resolve("mine"), "mine");
        root.link("second", canary.path().toString());
        for (int i = 0; i < ways().size(); i++) {
            root.link("target" + i, ways().get(i));
            root.link("parent" + i, ways().get(i));
            int n = i;
            for (String target : List.of("/target" + n, "/parent" + n + "/made", "/parent" + n + "/made/deep/er", "/parent" + n + "/secret")) {
                staysInside(tiny().bind(source, target));
                staysInside(tiny().tmpfs(target));
                staysInside(tiny().bind(Files.writeString(directory.resolve("file"), "x"), target));
            }
        }
        canary.assertUntouched();
        root.link("inside", "home/app");
        assertTrue(observe(tiny().bind(source, "/inside"), "readable", "/home/app/mine").ok("readable./home/app/mine"), "the control: a link that stays inside is followed");
    }

    private void staysInside(ContainerBuilder container) {
        try {
            String seen = container.command(observer("readable", canary.path() + "/secret", "+", "mounts")).execute().stdout();
            assertFalse(seen.contains("secret=ok"), seen);
        } catch (ContainerException e) {
            assertTrue(e.getMessage().contains("/target") || e.getMessage().contains("/parent") || e.getMessage().contains("ELOOP"), e.getMessage());
        }
    }

    @Test
    void theEtcFilesNeverLeaveTheRoot() {
        // Row 34: the engine's own files meet links in the image.
        for (String file : List.of("etc/hosts", "etc/hostname", "etc/resolv.conf")) {
            root.link(file, canary.path() + "/secret");
        }
        Observation seen = observe(tiny(), "readable", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf");
        assertFalse(seen.values().isEmpty());
        canary.assertUntouched();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc", "/proc/", "//proc/self", "/x/../proc/self/attr", "/proc/1", "/proc/sys", "/proc/sysrq-trigger", "/proc/./self/exe", "/proc/kcore", "/proc/sys/kernel"})
    void procIsNotToBeCovered(String target) {
        // Row 38: a container's view of itself is the kernel's.
        InvalidSpec e = assertThrows(InvalidSpec.class, () -> tiny().tmpfs(target).command(observer("true")).execute());
        assertTrue(e.getMessage().contains(target) && e.getMessage().contains("/proc"), e.getMessage());
        assertThrows(InvalidSpec.class, () -> tiny().bind(canary.path(), target).command(observer("true")).execute());
        canary.assertUntouched();
    }

    @Test
    void procFilesThatLxcfsGivesMayBeReplaced() throws IOException {
        Path file = Files.writeString(directory.resolve("cpuinfo"), "none\n");
        assertEquals("none\n", tiny().bindReadOnly(file, "/proc/cpuinfo").command(observer("cat", "/proc/cpuinfo")).execute().stdout());
    }

    @Test
    void aLinkToProcIsNoWayAroundThat() {
        // Row 27: the text of the target says nothing of /proc, the image's link does.
        root.link("innocent", "/proc/sys").link("also", "proc");
        for (String target : List.of("/innocent", "/also/self", "/also")) {
            ContainerException e = assertThrows(ContainerException.class, () -> tiny().tmpfs(target).command(observer("true")).execute(), target);
            assertTrue(e.getMessage().contains(target), e.getMessage());
        }
    }

    @Test
    void masksDoNotDependOnAVolumeOverDev() throws IOException {
        // Row 28, CVE-2025-31133: /dev is a volume that another container prepared; its null is the very file that is to be hidden.
        Path volume = hostDirectory("volume");
        Files.createSymbolicLink(volume.resolve("null"), Path.of("/proc/keys"));
        Observation seen = observe(tiny().bind(volume, "/dev"), "stat", "/proc/keys", "/proc/timer_list");
        assertTrue(seen.get("/proc/keys").endsWith("rdev=1:3"), seen.get("/proc/keys"));
        assertTrue(seen.get("/proc/timer_list").endsWith("rdev=1:3"), seen.get("/proc/timer_list"));
        canary.assertUntouched();
    }

    @Test
    void theConsoleDoesNotDependOnAVolumeOverDev() throws IOException {
        // Row 29, CVE-2025-52565.
        Path volume = hostDirectory("volume");
        Files.createDirectories(volume.resolve("pts"));
        Files.createSymbolicLink(volume.resolve("console"), Path.of("/proc/sys/kernel/core_pattern"));
        Files.createSymbolicLink(volume.resolve("pts/0"), Path.of("/proc/sys/kernel/core_pattern"));
        String seen = tiny().tty().bind(volume, "/dev").command(observer("terminal", "+", "writable", "/proc/sys/kernel/core_pattern", "/dev/console", "/dev/pts/0"))
                .execute().stdout();
        Observation inside = Observation.parse(seen.replace("\r", ""));
        assertEquals("EROFS", inside.get("writable./proc/sys/kernel/core_pattern"), seen);
        assertEquals("EROFS", inside.get("writable./dev/pts/0"), seen);
        assertEquals("EROFS", inside.get("writable./dev/console"), seen);
        assertFalse(inside.get("tty.0").equals("no"), seen);
        canary.assertUntouched();
    }

    /** The same with a volume where terminals are: /dev is the container's own, and its console is bound there. The control: the volume's link does lead to the file. */
    @Test
    void theConsoleDoesNotDependOnAVolumeOverDevPts() throws IOException {
        Path volume = hostDirectory("volume");
        Files.createSymbolicLink(volume.resolve("0"), Path.of("/proc/sys/kernel/core_pattern"));
        Files.createSymbolicLink(volume.resolve("ptmx"), Path.of("/proc/sys/kernel/core_pattern"));
        Observation inside = Observation.parse(tiny().tty().bind(volume, "/dev/pts").command(observer("terminal", "+", "stat", "/dev/console", "+", "writable", "/dev/console",
                "/dev/pts/0", "/proc/sys/kernel/core_pattern", "+", "mounts")).execute().stdout().replace("\r", ""));
        assertTrue(inside.get("/dev/console").endsWith("rdev=136:0"), inside.get("/dev/console"));
        assertTrue(inside.ok("writable./dev/console"), "it is the terminal");
        assertEquals("EROFS", inside.get("writable./dev/pts/0"), "the control");
        assertEquals("EROFS", inside.get("writable./proc/sys/kernel/core_pattern"));
        assertFalse(inside.below("mount.").values().stream().anyMatch(m -> m.contains("core_pattern")), () -> inside.values().toString());
        canary.assertUntouched();
    }

    @Test
    void aVolumeOfTheImageCannotHideProc() {
        Path tar = directory.resolve("image.tar");
        root.tar(tar);
        for (String volume : List.of("/proc", "/proc/self/attr", "/../../proc/1")) {
            engine.images().importRootfs(tar, "hostile", "VOLUME " + volume);
            assertThrows(ContainerException.class, () -> engine.image("hostile").readOnly().command(observer("true")).execute(), volume);
        }
        for (String volume : List.of("/../../etc", "/./..//x", "/home/app")) {
            engine.images().importRootfs(tar, "odd", "VOLUME " + volume);
            assertEquals(0, engine.image("odd").readOnly().command(observer("true")).execute().exitCode());
        }
        engine.images().list().forEach(image -> engine.images().remove(image.id()));
        canary.assertUntouched();
    }
}
