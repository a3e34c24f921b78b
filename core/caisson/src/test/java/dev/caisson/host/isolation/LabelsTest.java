package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Execution;
import dev.caisson.LaunchFailed;
import dev.caisson.ProcessInfo;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.HostConditions;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Row 61: a profile that is asked for is never left out silently. On a kernel with the module, and on one without. */
@Timeout(180)
class LabelsTest extends EngineTest {
    private static final String PROFILE = "caisson-test";
    private static final String[] READER = {"/bin/sh", "-c", "printf '%s|%s' \"$(head /open)\" \"$(head /secret)\""};

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

    /** Seen on the second kernel: who is root inside, and who has everything, cannot do what the profile denies. By turns with and without: no plan of the one is another's. */
    @Test
    void programsRunUnderAProfileThatIsLoaded() throws Exception {
        assumeTrue(apparmor() && HostConditions.tool("apparmor_parser").isPresent(), "AppArmor: boot with apparmor=1, and apt-get install apparmor");
        root.withShell().file("/secret", "told").file("/open", "free");
        Path profile = Files.writeString(directory.resolve("profile"), "profile " + PROFILE + " flags=(attach_disconnected) { capability, file, network, ptrace, signal, deny /secret r, }");
        parser("--replace", profile);
        try {
            Supplier<ContainerBuilder> confined = () -> tiny().apparmor(PROFILE);
            for (UnaryOperator<ContainerBuilder> kind : List.<UnaryOperator<ContainerBuilder>>of(b -> b, ContainerBuilder::privileged, ContainerBuilder::noNewPrivileges, ContainerBuilder::sandbox)) {
                assertEquals("free|told", kind.apply(tiny()).command(READER).execute().stdout(), "the control");
                Execution denied = kind.apply(confined.get()).command(READER).execute();
                assertEquals("free|", denied.stdout(), denied.stderr());
                assertTrue(denied.stderr().contains("/secret: Permission denied"), denied.stderr());
                assertEquals("free|told", kind.apply(tiny()).command(READER).execute().stdout(), "and afterwards");
            }
            try (Container container = confined.get().command("/bin/sh", "-c", TinyRootfs.OBSERVER + " sleep 60 & wait").run()) {
                assertEquals(PROFILE + " (enforce)", Files.readString(Path.of("/proc/" + container.pid() + "/attr/current")).strip());
                assertEquals("free|", container.exec(READER).run().stdout(), "an exec is under it");
                assertEquals("free|", container.exec(READER).privileged().run().stdout(), "and a privileged one");
                for (ProcessInfo each : container.top()) {
                    assertEquals(PROFILE + " (enforce)", Files.readString(Path.of("/proc/" + each.pid() + "/attr/current")).strip(), "its children");
                }
            }
        } finally {
            parser("--remove", profile);
        }
        LaunchFailed gone = assertThrows(LaunchFailed.class, () -> tiny().apparmor(PROFILE).command("/bin/true").execute());
        assertTrue(gone.getMessage().contains(PROFILE), gone.getMessage());
    }

    private static void parser(String what, Path profile) throws Exception {
        Process parser = new ProcessBuilder("apparmor_parser", what, "--skip-cache", profile.toString()).redirectErrorStream(true).start();
        String said = new String(parser.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, parser.waitFor(), said);
    }
}
