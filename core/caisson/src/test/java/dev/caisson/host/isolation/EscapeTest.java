package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ways out that have worked on some engine. Rows 2, 40, 51, 55, 56, 59, 66. */
class EscapeTest extends EngineTest {
    private static final List<String> MOUNTING = List.of("mount.tmpfs", "mount.proc", "mount.bind", "mount.private", "mount.remount", "umount2", "fsopen", "open_tree",
            "mount_setattr", "pivot_root");

    @Test
    void nothingCanBeMounted() {
        Observation seen = observe(tiny(), "mount-attempts", "/tmp");
        MOUNTING.forEach(attempt -> assertEquals("EPERM", seen.get(attempt), attempt));
        // Nor with the filter off, for want of the capability.
        Observation unfiltered = observe(tiny().seccompUnconfined(), "mount-attempts", "/tmp");
        MOUNTING.stream().filter(a -> !a.equals("pivot_root")).forEach(attempt -> assertEquals("EPERM", unfiltered.get(attempt), attempt));
        Observation control = observe(tiny().privileged(), "mount-attempts", "/tmp");
        assertTrue(control.ok("mount.tmpfs") && control.ok("mount.proc") && control.ok("fsopen"), "the control: " + control.values());
    }

    @Test
    void chrootLeadsNowhere() {
        assertEquals("no", observe(tiny(), "chroot-escape", "/tmp").get("escaped"), "with CAP_SYS_CHROOT, which docker gives");
        Observation without = observe(tiny().capDrop(Capability.SYS_CHROOT), "chroot-escape", "/tmp");
        assertEquals("EPERM", without.get("chroot"));
    }

    @Test
    void theRootHasNoParent() {
        Observation seen = observe(tiny(), "stat", "/", "/..", "/../../..", "/proc/1/root", "/proc/1/cwd");
        assertEquals(seen.get("/"), seen.get("/.."));
        assertEquals(seen.get("/"), seen.get("/../../.."));
        Observation roots = observe(tiny(), "cwd");
        assertEquals(roots.get("root.inode"), roots.get("cwd.inode"));
        assertEquals("/", roots.get("cwd"));
    }

    @Test
    void filesOfTheHostCannotBeOpenedByHandle() {
        // Row 55: the root file system lies on the host's disk, whose inode 2 is the host's root.
        assertEquals("EPERM", observe(tiny(), "by-handle", "/bin/observer").get("open_by_handle_at"));
        Path shared = hostDirectory("shared");
        assertEquals("EPERM", observe(tiny().bind(shared, "/mnt"), "by-handle", "/mnt").get("open_by_handle_at"));
        assertEquals("EPERM", observe(tiny().bind(shared, "/mnt").seccompUnconfined(), "by-handle", "/mnt").get("open_by_handle_at"));
        assertNotEquals("EPERM", observe(tiny().bind(shared, "/mnt").capAdd(Capability.DAC_READ_SEARCH), "by-handle", "/mnt").get("open_by_handle_at"),
                "the control: the filter and the capability are what refuses");
    }

    @Test
    void modulesAndTheMachineAreOutOfReach() {
        Observation seen = observe(tiny(), "syscalls");
        for (String call : List.of("init_module", "delete_module", "kexec_load", "reboot", "swapon", "acct", "settimeofday", "sethostname", "syslog", "quotactl")) {
            assertEquals("EPERM", seen.get("syscall." + call), call);
        }
        assertNotEquals("EPERM", observe(tiny().privileged(), "syscalls").get("syscall.sethostname"), "the control");
    }

    @Test
    void processesOutsideCannotBeTraced() {
        try (Container victim = tiny().command(observer("sleep", "60")).run()) {
            String host = Integer.toString(victim.pid());
            Observation inside = observe(tiny(), "ptrace", host);
            assertEquals("ESRCH", inside.get("ptrace.seize"), "no pid of the host means anything inside");
            assertEquals("ENOENT", inside.get("ptrace.mem"));
            assertEquals("ok", observeHost("ptrace", host).get("ptrace.seize"), "the control: the host can");
        }
    }

    @Test
    void aSetUserIdProgramGainsNothingUnderNoNewPrivileges() throws IOException {
        Path program = root.at("/bin/setuid-observer");
        Files.copy(root.at("/bin/observer"), program);
        Files.setAttribute(program, "unix:mode", 0104755);
        Observation seen = observe(tiny().user("1000:1000").noNewPrivileges(), "setuid-exec", "/bin/setuid-observer");
        assertEquals(1000, seen.integer("euid"));
        assertEquals(0, seen.hex("cap.permitted"));
        Observation control = observe(tiny().user("1000:1000"), "setuid-exec", "/bin/setuid-observer");
        assertEquals(0, control.integer("euid"), "the control: without, it becomes root");
        assertNotEquals(0, control.hex("cap.effective"));
        assertTrue(PosixFilePermissions.toString(Files.getPosixFilePermissions(program)).contains("x"));
    }

    @Test
    void theEnginesDirectoryIsClosedToOthers() throws IOException {
        // Row 66: what a container makes set-uid cannot be reached by users of the host.
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            Path state = engine.root().resolve("engines");
            assertTrue(Files.exists(state));
            try (var all = Files.walk(state)) {
                List<Path> open = all.filter(p -> Files.isDirectory(p) && p.getParent().equals(state)).filter(p -> {
                    try {
                        return !PosixFilePermissions.toString(Files.getPosixFilePermissions(p)).equals("rwx------");
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }).toList();
                assertEquals(List.of(), open);
            }
            assertTrue(container.pid() > 0);
        }
    }
}
