package dev.caisson.host.badinput;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.InvalidSpec;
import dev.caisson.LaunchFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** What is to be run, where, and as whom. */
class ProgramsTest extends BadInputTest {
    private void executable(String path, String content) throws IOException {
        root.file(path, content);
        Files.setPosixFilePermissions(root.at(path), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void aMissingProgramIs127() {
        for (String program : new String[] {"no-such-program", "/bin/no-such", "./no-such", "/etc/passwd/x"}) {
            LaunchFailed e = mendable(LaunchFailed.class, () -> tiny().command(program).execute(), "program '" + program + "' was not found");
            assertEquals(127, e.exitCode(), program);
            assertEquals(127, mendable(LaunchFailed.class, () -> tiny().command(program).run(), program).exitCode());
        }
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            assertEquals(127, mendable(LaunchFailed.class, () -> container.exec("no-such-program").run(), "no-such-program", "exec").exitCode());
            assertEquals(Container.State.RUNNING, container.state());
        }
    }

    @Test
    void whatCannotBeExecutedIs126() throws IOException {
        root.file("bin/data", "not a program");
        executable("bin/nothing", "");
        executable("bin/words", "not a program at all\n");
        root.link("bin/loop", "loop");
        assertEquals(126, mendable(LaunchFailed.class, () -> tiny().command("data").execute(), "'data'", "EACCES (13)").exitCode());
        assertEquals(126, mendable(LaunchFailed.class, () -> tiny().command("/bin").execute(), "'/bin'", "EACCES (13)").exitCode());
        assertEquals(126, mendable(LaunchFailed.class, () -> tiny().command("nothing").execute(), "'nothing'", "ENOEXEC (8)").exitCode());
        assertEquals(126, mendable(LaunchFailed.class, () -> tiny().command("words").execute(), "'words'", "ENOEXEC (8)", "#!/bin/sh").exitCode());
        refused(LaunchFailed.class, () -> tiny().command("/bin/loop").execute(), "'/bin/loop'", "ELOOP (40)");
        assertEquals(126, mendable(LaunchFailed.class, () -> tiny().tmpfs("/bin/x").bind(root.path().resolve("bin"), "/mnt").user("1000").command("/mnt/data").execute(), "/mnt/data")
                .exitCode());
    }

    @Test
    void aScriptWhoseInterpreterIsMissingSaysSo() throws IOException {
        executable("bin/script", "#!/no/such/interpreter\n");
        LaunchFailed e = mendable(LaunchFailed.class, () -> tiny().command("/bin/script").execute(), "/bin/script", "interpreter");
        assertEquals(127, e.exitCode());
        executable("bin/good", "#!/bin/echo\n");
        assertEquals("/bin/good\n", tiny().command("good").execute().stdout(), "the control");
    }

    @Test
    void noProgramIsNamed() {
        mendable(InvalidSpec.class, () -> tiny().execute(), "command(…)");
        refused(InvalidSpec.class, () -> tiny().command("").execute(), "command(");
        refused(InvalidSpec.class, () -> tiny().entrypoint().command().execute(), "names a program");
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            mendable(InvalidSpec.class, () -> container.exec().run(), "exec(…)");
        }
    }

    @Test
    void aWorkdirThatIsNoDirectory() {
        mendable(LaunchFailed.class, () -> tiny().workdir("/etc/passwd").command(observer("true")).execute(), "workdir", "/etc/passwd", "ENOTDIR (20)");
        mendable(LaunchFailed.class, () -> tiny().workdir("/etc/passwd/below").command(observer("true")).execute(), "workdir", "ENOTDIR (20)");
        mendable(InvalidSpec.class, () -> tiny().workdir("relative").command(observer("true")).execute(), "workdir(\"relative\")", "absolute");
        root.link("loop", "loop").link("out", "../../../../.." + canary.path());
        refused(LaunchFailed.class, () -> tiny().workdir("/loop").command(observer("true")).execute(), "/loop", "ELOOP (40)");
        String inside = observe(tiny().workdir("/x/../../../../../home/app"), "cwd").get("cwd");
        assertEquals("/home/app", inside, "the way up ends at the root");
        assertEquals("/made/for/it", observe(tiny().workdir("/made/for/it"), "cwd").get("cwd"), "the control: a missing one is made");
        try {
            observe(tiny().workdir("/out"), "cwd");
        } catch (LaunchFailed e) {
            Assertions.assertTrue(e.getMessage().contains("/out"), e.getMessage());
        }
    }

    @Test
    void usersAndGroupsThatAreNotThere() {
        mendable(InvalidSpec.class, () -> tiny().user("nobody-here").command(observer("true")).execute(), "user(\"nobody-here\")", "/etc/passwd");
        mendable(InvalidSpec.class, () -> tiny().user("app:nobody-here").command(observer("true")).execute(), "'nobody-here'", "/etc/group");
        mendable(InvalidSpec.class, () -> tiny().group("nobody-here").command(observer("true")).execute(), "nobody-here", "/etc/group");
        mendable(InvalidSpec.class, () -> tiny().user("1e3").command(observer("true")).execute(), "1e3");
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            mendable(InvalidSpec.class, () -> container.exec("/bin/true").user("nobody-here").run(), "nobody-here");
        }
    }

    @Test
    void capabilitiesThatAreUnknownOrNotHeld() {
        IllegalArgumentException unknown = Assertions.assertThrows(IllegalArgumentException.class, () -> Capability.of("CAP_NET_RAV"));
        Assertions.assertTrue(unknown.getMessage().contains("CAP_NET_RAV") && unknown.getMessage().contains("NET_RAW"), unknown.getMessage());
        if ((observeHost("caps").hex("cap.effective") >>> Capability.SYS_RESOURCE.number() & 1) == 0) {
            mendable(InvalidSpec.class, () -> tiny().capAdd(Capability.SYS_RESOURCE).command(observer("true")).execute(), "capAdd(SYS_RESOURCE)", "does not hold");
        }
    }

    @Test
    void contradictionsAreReportedTogether() {
        InvalidSpec e = refused(InvalidSpec.class, () -> tiny().capAdd(Capability.NET_ADMIN).capDrop(Capability.NET_ADMIN).cpus(1).cpuQuota(java.time.Duration.ofMillis(10),
                java.time.Duration.ofMillis(100)).memorySwap("1g").privileged().workdir("x").timeout(java.time.Duration.ZERO).execute(), "invalid settings");
        Assertions.assertTrue(e.problems().size() >= 6, () -> e.problems().toString());
    }
}
