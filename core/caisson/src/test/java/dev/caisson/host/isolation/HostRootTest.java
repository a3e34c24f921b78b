package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Change;
import dev.caisson.ContainerBuilder;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** hostRoot(): the host's files can be read, and never changed. */
@Timeout(120)
class HostRootTest extends EngineTest {
    private Path project;
    private Path disk;
    private Path memory;

    /** A directory of the host with a second disk's file system and a tmpfs below it. */
    @BeforeEach
    void furnish() throws Exception {
        project = hostDirectory("project");
        Files.writeString(project.resolve("kept"), "kept\n");
        Files.writeString(project.resolve("edited"), "before\n");
        Files.writeString(project.resolve("removed"), "here\n");
        Files.writeString(hostDirectory("disk").resolve("file"), "of the disk\n");
        disk = hostDirectory("project/disk");
        memory = hostDirectory("project/memory");
        run("mount", "--bind", directory.resolve("disk").toString(), disk.toString());
        run("mount", "-t", "tmpfs", "tmpfs", memory.toString());
        Files.writeString(memory.resolve("file"), "of memory\n");
    }

    @AfterEach
    void takeAway() throws Exception {
        run("umount", memory.toString());
        run("umount", disk.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), String.join(" ", command));
    }

    private Execution shell(ContainerBuilder container, String script) {
        return container.workdir(project.toString()).command("/bin/sh", "-c", script).execute();
    }

    @Test
    void whatIsWrittenIsOnlyInTheListOfChanges() throws IOException {
        Execution e = shell(engine.hostRoot(), "cat kept disk/file; echo after > edited; rm removed; mkdir made; echo new > made/file; echo other > disk/file");
        assertEquals("kept\nof the disk\n", e.stdout(), e.stderr());
        assertEquals(0, e.exitCode(), e.stderr());
        String at = project + "/";
        List<Change> own = e.changes().stream().filter(c -> c.path().startsWith(at)).toList();
        assertEquals(List.of(new Change(Change.Kind.CHANGED, at + "disk/file"), new Change(Change.Kind.CHANGED, at + "edited"), new Change(Change.Kind.ADDED, at + "made"),
                new Change(Change.Kind.ADDED, at + "made/file"), new Change(Change.Kind.DELETED, at + "removed")), own.stream().filter(c -> !c.path().equals(at + "disk")).toList());
        assertEquals("kept\nbefore\nhere\nof the disk\n", Files.readString(project.resolve("kept")) + Files.readString(project.resolve("edited"))
                + Files.readString(project.resolve("removed")) + Files.readString(disk.resolve("file")));
        assertFalse(Files.exists(project.resolve("made")));
    }

    /** With every capability as well, the lower directories are nobody's to write. */
    @Test
    void aPrivilegedOneChangesNothingEither() throws IOException {
        Execution e = shell(engine.hostRoot().privileged(), "echo after > edited; mount -o remount,rw / ; mount -o bind / /mnt && echo x > /mnt" + project + "/kept; cat kept");
        assertEquals("x\n", e.stdout(), "its own copy: " + e.stderr());
        assertEquals("kept\nbefore\n", Files.readString(project.resolve("kept")) + Files.readString(project.resolve("edited")));
    }

    @Test
    void whatIsNoDisksIsLeftOutOrFresh() throws IOException {
        Path marker = Files.createTempFile(Path.of("/tmp"), "caisson-marker-", "");
        try {
            Execution e = shell(engine.hostRoot(), "ls memory /run /tmp; ls /proc | grep -c '^[0-9]'; echo x > /sys/kernel/uevent_helper; ls /dev | sort | tr '\\n' ' '");
            assertFalse(e.stdout().contains("of memory") || e.stdout().contains(marker.getFileName().toString()), e.stdout());
            assertTrue(e.stdout().contains("/run:\n\n/tmp:\n\nmemory:\n"), e.stdout());
            assertTrue(e.stderr().contains("uevent_helper"), e.stderr());
            assertTrue(e.stdout().contains("core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"), e.stdout());
        } finally {
            Files.delete(marker);
        }
    }

    @Test
    void theEnginesOwnAndWhatIsNamedAreHidden() {
        Execution e = shell(engine.hostRoot().hide(project.resolve("kept")).hide(disk), "cat kept; ls -A disk; ls -A " + directory.resolve("engine") + " " + directory.resolve("run")
                + "; cat edited");
        assertEquals(directory.resolve("engine") + ":\n\n" + directory.resolve("run") + ":\nbefore\n", e.stdout(), e.stderr());
        Execution control = shell(engine.hostRoot(), "cat kept; ls -A disk");
        assertEquals("kept\nfile\n", control.stdout());
    }
}
