package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.Container;
import dev.caisson.LaunchFailed;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Row 61: a profile that is asked for is never left out silently. On a kernel with the module, and on one without. */
@Timeout(60)
class LabelsTest extends EngineTest {
    private static boolean apparmor() throws IOException {
        Path enabled = Path.of("/sys/module/apparmor/parameters/enabled");
        return Files.exists(enabled) && Files.readString(enabled).startsWith("Y");
    }

    @Test
    void refusedByNameWhereTheKernelHasNoSuchModule() throws IOException {
        assumeFalse(apparmor(), "this kernel has AppArmor");
        UnsupportedOnThisHost e = assertThrows(UnsupportedOnThisHost.class, () -> tiny().apparmor("docker-default").command("/bin/true").execute());
        assertTrue(e.getMessage().contains("apparmor(\"docker-default\")") && e.getMessage().contains("AppArmor is not active") && e.remedy().contains("apparmor=1"), e.getMessage());
        assertThrows(UnsupportedOnThisHost.class, () -> tiny().apparmor("docker-default").command("/bin/true").run());
        assertThrows(UnsupportedOnThisHost.class, () -> tiny().apparmor("docker-default").command("/bin/true").create());
        assertEquals(0, tiny().apparmor("unconfined").command("/bin/true").execute().exitCode(), "docker's word for none");
        assertTrue(engine.check().toString().contains("apparmor(…) is refused"), engine.check().toString());
    }

    @Test
    void selinuxToo() {
        assumeFalse(Files.exists(Path.of("/sys/fs/selinux/enforce")), "this kernel has SELinux");
        UnsupportedOnThisHost e = assertThrows(UnsupportedOnThisHost.class, () -> tiny().selinux("u:r:t:s0").command("/bin/true").execute());
        assertTrue(e.getMessage().contains("selinux(\"u:r:t:s0\")") && e.remedy().contains("security=selinux"), e.getMessage());
    }

    /** Seen on the second kernel. */
    @Test
    void aProfileThatIsNotLoadedFailsTheStart() throws IOException {
        assumeTrue(apparmor(), "AppArmor: boot with apparmor=1");
        LaunchFailed e = assertThrows(LaunchFailed.class, () -> tiny().apparmor("caisson-no-such-profile").command("/bin/true").execute());
        assertTrue(e.getMessage().contains("security label exec caisson-no-such-profile") && e.remedy().contains("apparmor_parser"), e.getMessage());
        try (Container container = tiny().command("/bin/sleep", "60").run()) {
            assertEquals("unconfined", Files.readString(Path.of("/proc/" + container.pid() + "/attr/current")).strip(), "the default");
        }
    }
}
