package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.OrdinaryUser;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An ordinary user inside a container runs containers of his own there, if nothing covers a part of /proc. */
@Timeout(180)
class InsideAContainerTest extends EngineTest {
    @Test
    void containersInAContainer() throws Exception {
        try (OrdinaryUser user = OrdinaryUser.in(Files.createTempDirectory(Path.of("/var/tmp"), "caisson-ordinary-"))) {
            Path tiny = user.give(TinyRootfs.create(user.home().resolve("rootfs")).withShell().path());
            String[] command = user.command(OrdinaryLife.class, tiny.toString(), "execute", "live", "check").toArray(String[]::new);
            Execution whole = engine.hostRoot().privileged().user(OrdinaryUser.uid() + ":" + OrdinaryUser.uid()).bind(user.home(), user.home().toString()).command(command).execute();
            assertEquals(0, whole.exitCode(), whole.stdout() + whole.stderr());
            Map<String, String> said = RootlessTest.said(whole.stdout());
            assertEquals("0|0|0", said.get("id"), whole.stdout() + whole.stderr());
            assertEquals("/etc/new|gone", said.get("write"));
            assertEquals("3", said.get("exit"));
            assertTrue(said.get("check").contains("ok   rootless"), said.get("check"));
        }
    }

    /** Docker's masks of /proc, and its policy for unshare: it is refused with the way out. */
    @Test
    void aMaskedContainerSaysWhatIsMissing() throws Exception {
        try (OrdinaryUser user = OrdinaryUser.in(Files.createTempDirectory(Path.of("/var/tmp"), "caisson-ordinary-"))) {
            Path tiny = user.give(TinyRootfs.create(user.home().resolve("rootfs")).path());
            String[] command = user.command(OrdinaryLife.class, tiny.toString(), "capability").toArray(String[]::new);
            Execution masked = engine.hostRoot().user(OrdinaryUser.uid() + ":" + OrdinaryUser.uid()).bind(user.home(), user.home().toString()).command(command).execute();
            Map<String, String> said = RootlessTest.said(masked.stdout());
            assertTrue(said.getOrDefault("capability", "").contains("in a container, a seccomp profile that allows unshare"), masked.stdout() + masked.stderr());
        }
    }
}
