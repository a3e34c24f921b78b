package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Row 7: root in a container is root of what it was handed open. Standard input must not be the host's /dev/null. */
class HostDevicesTest extends EngineTest {
    private static final String DEFACE = "chown 1234:1234 /proc/self/fd/0; chmod 0 /proc/self/fd/0; touch -t 197001010000 /proc/self/fd/0; stat -L -c 'type=%t:%T' /proc/self/fd/0";

    @Test
    void aContainerCannotChangeTheHostsNullDevice() throws Exception {
        root.withShell();
        String before = describe(Path.of("/dev/null"));
        Execution run = tiny().command("/bin/sh", "-c", DEFACE).execute();
        assertEquals(before, describe(Path.of("/dev/null")));
        assertTrue(run.stdout().contains("type=1:3"), run::stdout); // a null device all the same
        assertTrue(run.stderr().contains("Read-only file system"), run::stderr);
        assertEquals(0, tiny().command("/bin/sh", "-c", "test -z \"$(cat)\" && echo x >/proc/self/fd/0").execute().exitCode()); // and it works, both ways
    }

    @Test
    void norCanAnExec() throws Exception {
        root.withShell();
        String before = describe(Path.of("/dev/null"));
        try (Container container = tiny().command("/bin/sleep", "100").logDriver("none", Map.of()).run()) {
            container.exec("/bin/sh", "-c", DEFACE).run();
        }
        assertEquals(before, describe(Path.of("/dev/null")));
    }

    /** The control: what is handed in by a bind can be defaced, so the attack is one. */
    @Test
    void aFileHandedInOnPurposeIsTheContainers() throws Exception {
        root.withShell();
        Path given = Files.writeString(directory.resolve("given"), "");
        assertEquals(0, tiny().bind(given, "/given").command("/bin/sh", "-c", "exec </given; chown 1234:1234 /proc/self/fd/0").execute().exitCode());
        assertEquals(1234, Files.getAttribute(given, "unix:uid"));
    }

    private static String describe(Path file) throws Exception {
        return Files.readAttributes(file, "unix:mode,uid,gid,rdev,lastModifiedTime").toString();
    }
}
