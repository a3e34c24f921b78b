package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Canary;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 7, 16 and 27: root file systems whose files are not what they are taken for. Nothing of the host's is read, written or waited for. */
class HostileRootTest extends EngineTest {
    private Canary canary;

    @BeforeEach
    void plant() throws Exception {
        root.withShell();
        Files.createDirectories(directory.resolve("canary"));
        Files.writeString(directory.resolve("canary/passwd"), "host:x:4242:4242::/:/bin/sh\n");
        canary = Canary.of(directory.resolve("canary"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mkfifo etc/passwd", "mknod etc/passwd c 1 5", "truncate -s 4G etc/passwd", "ln -s CANARY/passwd etc/passwd", "ln -s passwd etc/passwd",
        "mkdir etc/passwd", "ln -s /proc/self/fd/0 etc/passwd", "rm -r etc; ln -s CANARY etc", "rm -r etc; ln -s ../../../../../../CANARY etc"})
    void accountFilesThatAreNone(String make) throws Exception {
        host("rm etc/passwd; " + make);
        ContainerException refused = assertThrows(ContainerException.class, () -> tiny().user("host").command("/bin/true").execute());
        assertFalse(refused.getMessage().contains("4242"), refused.getMessage());
        canary.assertUntouched();
    }

    /** The control: the user is found where the file is an ordinary one. */
    @Test
    void anAccountFileThatIsOne() throws Exception {
        host("cp CANARY/passwd etc/passwd");
        assertEquals("4242\n", tiny().user("host").command("/bin/id", "-u").execute().stdout());
    }

    /** Where the engine attaches its own mounts, an image may have links; the container gets its own or none, the host nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"rmdir proc; ln -s CANARY proc", "rmdir dev; ln -s CANARY dev", "rmdir sys; ln -s ../../../../CANARY sys", "rmdir dev; ln -s /proc/self/root dev",
        "rmdir proc; ln -s /proc/1/root proc", "ln -s CANARY/new etc/hosts", "mkdir etc/hosts", "rm -rf etc; echo x >etc", "rmdir proc; echo x >proc", "ln -s CANARY/x work"})
    void linksWhereMountsGo(String make) throws Exception {
        host(make);
        try {
            Execution run = tiny().workdir("/work").command("/bin/sh", "-c", "test ! -e CANARY/passwd".replace("CANARY", canary.path().toString())).execute();
            assertEquals(0, run.exitCode(), run::stderr);
        } catch (ContainerException refused) {
            assertTrue(refused.getMessage().length() > 20);
        }
        canary.assertUntouched();
    }

    /** A mount target below a volume that another container changes all the time. */
    @Test
    void targetsThatAreSwappedWhileContainersStart() throws Exception {
        Path shared = hostDirectory("shared");
        String swap = "while :; do mkdir -p /s/a/b; rm -rf /s/a; ln -s CANARY /s/a; rm -rf /s/a; done".replace("CANARY", canary.path().toString());
        try (var swapper = tiny().bind(shared, "/s").command("/bin/sh", "-c", swap).logDriver("none", java.util.Map.of()).run()) {
            int started = 0;
            for (int i = 0; i < 80 || started == 0 && i < 2000; i++) {
                try {
                    tiny().bind(shared, "/s").tmpfs("/s/a/b").workdir("/s/a/b/c").command("/bin/touch", "/s/a/b/x").execute();
                    started++;
                } catch (ContainerException lost) {
                    // the target was somewhere else when it was looked at again
                }
            }
            assertTrue(started > 0 && swapper.pid() > 0, "some started all the same");
        }
        canary.assertUntouched();
    }

    private void host(String script) throws Exception {
        assertEquals(0, new ProcessBuilder("sh", "-c", script.replace("CANARY", canary.path().toString())).directory(root.path().toFile()).inheritIO().start().waitFor(), script);
    }
}
