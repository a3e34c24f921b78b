package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.Mount;
import dev.caisson.ReadOnly;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Binds, tmpfs and the read-only root. Rows 43, 44, 45. */
class MountsTest extends EngineTest {
    private final List<Path> mounted = new java.util.ArrayList<>();

    @AfterEach
    void unmount() throws Exception {
        for (Path target : mounted) {
            assertEquals(0, new ProcessBuilder("umount", target.toString()).inheritIO().start().waitFor());
        }
    }

    /** A tmpfs of the host's own, with these flags. */
    private Path tmpfs(Path target, String options) throws Exception {
        Files.createDirectories(target);
        assertEquals(0, new ProcessBuilder("mount", "-t", "tmpfs", "-o", options, "none", target.toString()).inheritIO().start().waitFor());
        mounted.add(0, target);
        return target;
    }

    @Test
    void aReadOnlyBindIsReadOnlyAllTheWayDown() throws Exception {
        Path source = hostDirectory("source");
        tmpfs(source.resolve("nested"), "size=64k");
        Observation seen = observe(tiny().bindReadOnly(source, "/mnt"), "write", "/mnt/x", "1", "+", "write", "/mnt/nested/x", "1", "+", "statfs", "/mnt/nested");
        assertEquals("EROFS", seen.get("write./mnt/x"));
        assertEquals("EROFS", seen.get("write./mnt/nested/x"), "row 44: a mount below the source");
        Observation control = observe(tiny().bind(source, "/mnt"), "write", "/mnt/x", "1", "+", "write", "/mnt/nested/x", "1");
        assertTrue(control.ok("write./mnt/x") && control.ok("write./mnt/nested/x"), "the control");
        assertEquals("1", Files.readString(source.resolve("nested/x")));
    }

    @Test
    void flagsOfTheSourceAreKept() throws Exception {
        // Row 45: nosuid, nodev and noexec of the host's mount hold inside.
        Path source = tmpfs(hostDirectory("source"), "size=4m,nosuid,nodev,noexec");
        Files.copy(root.at("/bin/observer"), source.resolve("observer"));
        Files.setPosixFilePermissions(source.resolve("observer"), PosixFilePermissions.fromString("rwxr-xr-x"));
        for (boolean readOnly : List.of(false, true)) {
            String flags = observe(tiny().bind(source, "/mnt", readOnly, Mount.Propagation.PRIVATE), "statfs", "/mnt").get("statfs./mnt");
            assertTrue(flags.endsWith("flags=" + (readOnly ? "ro" : "rw") + ",nosuid,nodev,noexec"), flags);
        }
        assertTrue(observe(tiny().bind(hostDirectory("plain"), "/mnt"), "statfs", "/mnt").get("statfs./mnt").endsWith("flags=rw"), "the control");
    }

    @Test
    void nothingPropagatesUnlessAskedFor() throws Exception {
        Path source = tmpfs(hostDirectory("source"), "size=64k");
        assertEquals(0, new ProcessBuilder("mount", "--make-shared", source.toString()).inheritIO().start().waitFor());
        Files.createDirectories(source.resolve("sub"));
        tmpfs(source.resolve("nested"), "size=64k"); // what the guard leaves behind when it pivots would go on the host, too, were it not private before
        root.withShell();
        String before = Files.readString(Path.of("/proc/self/mountinfo"));
        // A container that may mount does so, below a bind and in its root.
        assertEquals(0, tiny().capAdd(Capability.SYS_ADMIN).bind(source, "/mnt").command("sh", "-c", "mount -t tmpfs none /mnt/sub && mount -t tmpfs none /home").execute().exitCode());
        assertEquals(before, Files.readString(Path.of("/proc/self/mountinfo")));
        try (Container shared = tiny().capAdd(Capability.SYS_ADMIN).bind(source, "/mnt", false, Mount.Propagation.SHARED)
                .command("sh", "-c", "mount -t tmpfs none /mnt/sub && echo done && sleep 60").run()) {
            eventually("the container mounted", java.time.Duration.ofSeconds(30), () -> shared.logs().contains("done"));
            assertTrue(Files.readString(Path.of("/proc/self/mountinfo")).contains(source + "/sub "), "the control: shared was asked for");
        }
        assertEquals(0, new ProcessBuilder("umount", source.resolve("sub").toString()).inheritIO().start().waitFor());
    }

    @Test
    void theHostsLaterMountsShowOnlyInASlave() throws Exception {
        Path source = tmpfs(hostDirectory("source"), "size=64k");
        assertEquals(0, new ProcessBuilder("mount", "--make-shared", source.toString()).inheritIO().start().waitFor());
        try (Container alone = tiny().bind(source, "/mnt").command(observer("sleep", "60")).run();
                Container slave = tiny().bind(source, "/mnt", false, Mount.Propagation.SLAVE).command(observer("sleep", "60")).run()) {
            Files.writeString(tmpfs(source.resolve("later"), "size=64k").resolve("file"), "x");
            assertEquals("ENOENT", observeIn(alone, "readable", "/mnt/later/file").get("readable./mnt/later/file"));
            assertEquals("ok", observeIn(slave, "readable", "/mnt/later/file").get("readable./mnt/later/file"));
        }
    }

    @Test
    void aFileCanBeBoundAndTheRootIsCopyOnWrite() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "from the host");
        assertEquals("from the host", tiny().bindReadOnly(file, "/etc/new/file").command(observer("cat", "/etc/new/file")).execute().stdout());
        assertTrue(observe(tiny(), "write", "/etc/passwd", "gone").ok("write./etc/passwd"));
        assertTrue(Files.readString(root.at("/etc/passwd")).startsWith("root:"), "the directory is never changed");
        assertFalse(Files.exists(root.at("/etc/new")));
        assertTrue(observe(engine.rootfs(root.path()).writable(), "write", "/etc/made", "x").ok("write./etc/made"));
        assertEquals("x", Files.readString(root.at("/etc/made")), "the control: writable() was asked for");
    }

    @Test
    void tmpfsHasTheOptionsAskedFor() {
        Observation seen = observe(tiny().tmpfs("/a").tmpfs("/b:size=64k,mode=0700,uid=1000,gid=2000,exec,ro").tmpfs("/c/d/e:size=1m,suid,dev"), "statfs", "/a", "/b", "/c/d/e", "+",
                "stat", "/a", "/b");
        assertTrue(seen.get("statfs./a").endsWith("flags=rw,nosuid,nodev,noexec"), seen.get("statfs./a"));
        assertTrue(seen.get("statfs./b").contains("size=65536 ") && seen.get("statfs./b").endsWith("flags=ro,nosuid,nodev"), seen.get("statfs./b"));
        assertTrue(seen.get("statfs./c/d/e").contains("size=1048576 ") && seen.get("statfs./c/d/e").endsWith("flags=rw,noexec"), seen.get("statfs./c/d/e"));
        assertTrue(seen.get("/a").startsWith("d 1777 0:0"), seen.get("/a"));
        assertTrue(seen.get("/b").startsWith("d 0700 1000:2000"), seen.get("/b"));
    }

    @Test
    void sharedMemoryHasItsSize() {
        Observation seen = observe(tiny(), "statfs", "/dev/shm");
        assertTrue(seen.get("statfs./dev/shm").contains("size=" + (64 << 20) + " ") && seen.get("statfs./dev/shm").endsWith("flags=rw,nosuid,nodev,noexec"), seen.values()::toString);
        assertTrue(observe(tiny().shm("1m"), "statfs", "/dev/shm").get("statfs./dev/shm").contains("size=1048576 "));
    }

    @Test
    void readOnlyKeepsTheVolatileDirectoriesWithTheirContent() throws IOException {
        root.file("var/cache/nginx/ready", "from the image").file("run/pid", "old").directory("var/tmp", "rwxrwxrwx").directory("var/lock", "rwxr-xr-x").file("var/lib/data", "x");
        Observation seen = observe(tiny().readOnly(), "write", "/var/cache/nginx/ready", "new", "+", "write", "/run/made", "1", "+", "write", "/tmp/made", "1", "+", "write", "/var/tmp/x",
                "1", "+", "write", "/var/lock/x", "1", "+", "write", "/made", "1", "+", "write", "/etc/passwd", "1", "+", "write", "/var/lib/data", "1", "+", "remove", "/bin/observer");
        for (String open : List.of("/var/cache/nginx/ready", "/run/made", "/tmp/made", "/var/tmp/x", "/var/lock/x")) {
            assertEquals("ok", seen.get("write." + open), open);
        }
        for (String closed : List.of("/made", "/etc/passwd", "/var/lib/data")) {
            assertEquals("EROFS", seen.get("write." + closed), closed);
        }
        assertEquals("EROFS", seen.get("remove./bin/observer"));
        assertEquals("from the imageold", tiny().readOnly().command(observer("cat", "/var/cache/nginx/ready", "/run/pid")).execute().stdout(), "begins with the image's content, again");
        assertEquals("from the image", Files.readString(root.at("var/cache/nginx/ready")));
    }

    @Test
    void strictIsReadOnlyEverywhere() {
        root.file("var/cache/x", "x");
        Observation seen = observe(tiny().readOnly(ReadOnly.STRICT).tmpfs("/scratch"), "write", "/tmp/x", "1", "+", "write", "/run/x", "1", "+", "write", "/var/cache/x", "1", "+", "write",
                "/scratch/x", "1", "+", "write", "/dev/shm/x", "1", "+", "mkdir", "/x");
        for (String closed : List.of("/tmp/x", "/run/x", "/var/cache/x")) {
            assertEquals("EROFS", seen.get("write." + closed), closed);
        }
        assertEquals("EROFS", seen.get("mkdir./x"));
        assertTrue(seen.ok("write./scratch/x") && seen.ok("write./dev/shm/x"), "mounts asked for stay writable");
        assertTrue(observe(tiny(), "write", "/tmp/x", "1").ok("write./tmp/x"), "the control");
    }

    @Test
    void readOnlyCannotBeUndoneFromInside() {
        // Row 44: neither by remount nor by a second mount of the same file system.
        Observation seen = observe(tiny().readOnly(ReadOnly.STRICT), "mount-attempts", "/tmp", "+", "write", "/made", "1");
        assertEquals("EPERM", seen.get("mount.remount"));
        assertEquals("EPERM", seen.get("mount_setattr"));
        assertEquals("EROFS", seen.get("write./made"));
    }
}
