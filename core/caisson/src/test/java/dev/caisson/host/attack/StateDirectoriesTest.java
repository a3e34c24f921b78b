package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.host.EngineTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row 50: another user of the host, also one that root of a user namespace is mapped to, writes nowhere below the engine's directories, and reads no container's files. */
class StateDirectoriesTest extends EngineTest {
    private static final int STRANGER = 100_000;

    @Test
    void aStrangerWritesNowhereAndReadsNoContainer() throws Exception {
        // The test's own directory would keep everybody out.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        root.withShell();
        engine.images().importRootfs(root.tar(directory.resolve("tiny.tar")), "tiny:1");
        try (Container container = engine.image("tiny:1").tmpfs("/scratch").command("/bin/sh", "-c", "mkdir -m 1777 /open; echo x >/open/secret; chmod 666 /open/secret; sleep 60").run()) {
            eventually("it runs", java.time.Duration.ofSeconds(30), () -> container.exec("/bin/test", "-e", "/open/secret").run().exitCode() == 0);
            for (Path state : List.of(directory.resolve("engine"), directory.resolve("run"))) {
                assertEquals("", as(STRANGER, "find", state.toString(), "-writable", "-not", "-type", "l"));
                assertEquals("", as(STRANGER, "find", state.toString(), "-name", "secret"));
                assertTrue(as(0, "find", state.toString(), "-writable").lines().count() > 3, "the control");
            }
            assertTrue(as(0, "find", directory.resolve("engine").toString(), "-name", "secret").contains("/secret"), "the control");
        }
    }

    /** What the command prints for that user; what it may not look into it only complains of. */
    private static String as(int user, String... command) throws Exception {
        List<String> words = new ArrayList<>(List.of("setpriv", "--reuid", "" + user, "--regid", "" + user, "--clear-groups", "--inh-caps=-all"));
        words.addAll(List.of(command));
        Process process = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }
}
