package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Images;
import dev.caisson.host.EngineTest;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row 6 (CVE-2019-14271, CVE-2022-1227): an image full of programs and libraries that an engine might run or load by accident. */
class HelperProgramsTest extends EngineTest {
    private static final List<String> PROGRAMS = List.of("xz", "gzip", "gunzip", "unpigz", "pigz", "zstd", "tar", "nsenter", "git", "iptables", "nft", "mount", "ip", "newuidmap", "newgidmap",
            "getent", "java", "jexec", "fusermount3", "modprobe", "ps");

    @Test
    void nothingOfAnImageRunsButItsProgram() throws Exception {
        String mark = "/mark-" + directory.getFileName();
        root.withShell();
        for (String directory : List.of("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin")) {
            for (String program : PROGRAMS) {
                Files.deleteIfExists(root.at(directory + "/" + program));
                root.file(directory + "/" + program, "#!/bin/sh\necho " + program + " >>" + mark + "\n");
                assertTrue(root.at(directory + "/" + program).toFile().setExecutable(true, false));
            }
        }
        root.file("etc/ld.so.preload", "/lib/evil.so\n").file("etc/nsswitch.conf", "passwd: evil\ngroup: evil\nhosts: evil\n").file("lib/libnss_evil.so.2", "no library");
        Images images = engine.images();
        images.importRootfs(root.tar(directory.resolve("evil.tar")), "evil:1");
        try (Container container = engine.image("evil:1").user("app").stopTimeout(Duration.ZERO).command("/bin/sleep", "60").run()) {
            container.exec("/bin/true").user("app:extra").run();
            container.exec("/bin/true").user("root").run();
            container.pause();
            container.resume();
            container.stats();
            assertFalse(container.changes().stream().anyMatch(c -> c.path().equals(mark)));
            container.restart();
            assertEquals("", container.exec("/bin/cat", mark).run().stdout());
            assertEquals("xz\n", container.exec("/bin/sh", "-c", "/usr/bin/xz; cat " + mark).user("root").run().stdout(), "the control: it marks when it runs");
        }
        images.save("evil:1", directory.resolve("saved.tar"));
        images.load(directory.resolve("saved.tar"));
        assertFalse(Files.exists(Path.of(mark), LinkOption.NOFOLLOW_LINKS));
    }
}
