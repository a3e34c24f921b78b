package dev.caisson.host.badinput;

import dev.caisson.ContainerException;
import dev.caisson.InvalidSpec;
import dev.caisson.LaunchFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Binds, tmpfs, devices and root directories that cannot be. */
class MountsTest extends BadInputTest {
    private void fails(Class<? extends ContainerException> type, dev.caisson.ContainerBuilder builder, String... words) {
        mendable(type, () -> builder.command(observer("true")).execute(), words);
    }

    @Test
    void targetsThatAreNone() {
        fails(InvalidSpec.class, tiny().tmpfs("relative"), "tmpfs(\"relative\")", "not absolute");
        fails(InvalidSpec.class, tiny().bind(directory, "relative/path"), "bind(…, \"relative/path\")");
        refused(InvalidSpec.class, () -> tiny().tmpfs("/").spec(), "the root itself");
        fails(InvalidSpec.class, tiny().tmpfs("/x/.."), "\"/x/..\"", "the root itself");
        refused(InvalidSpec.class, () -> tiny().tmpfs("").spec(), "tmpfs(\"\")");
    }

    @Test
    void targetsBehindLinksThatLeadNowhere() throws IOException {
        root.link("dangling", "/no/such/place").link("loop", "loop").link("file", "etc/passwd");
        fails(LaunchFailed.class, tiny().tmpfs("/dangling"), "/dangling");
        fails(LaunchFailed.class, tiny().tmpfs("/dangling/below"), "/dangling");
        fails(LaunchFailed.class, tiny().tmpfs("/loop"), "/loop", "ELOOP (40)");
        fails(LaunchFailed.class, tiny().tmpfs("/file"), "/file", "ENOTDIR (20)");
        fails(LaunchFailed.class, tiny().tmpfs("/etc/passwd/below"), "/etc/passwd/below", "ENOTDIR (20)");
        Path file = Files.writeString(directory.resolve("one"), "x");
        fails(LaunchFailed.class, tiny().bind(file, "/dangling"), "/dangling");
        refused(ContainerException.class, () -> tiny().bind(file, "/etc").command(observer("true")).execute(), "/etc");
    }

    @Test
    void sourcesThatAreMissing() {
        Path missing = directory.resolve("missing");
        fails(InvalidSpec.class, tiny().bind(missing, "/mnt"), missing.toString(), "ENOENT (2)", "/mnt");
        refused(InvalidSpec.class, () -> tiny().bindReadOnly(Path.of("/etc/passwd/x"), "/mnt").command(observer("true")).execute(), "/etc/passwd/x", "ENOTDIR (20)");
        fails(InvalidSpec.class, engine.rootfs(missing), "rootfs(" + missing + ")");
        fails(InvalidSpec.class, engine.rootfs(Path.of("/etc/passwd")), "rootfs(/etc/passwd)");
        org.junit.jupiter.api.Assertions.assertFalse(Files.exists(missing), "a missing source is not created");
    }

    @Test
    void optionsThatAreUnknown() {
        fails(InvalidSpec.class, tiny().tmpfs("/x:siz=1m"), "'siz'", "'size'");
        fails(InvalidSpec.class, tiny().tmpfs("/x:noexek"), "'noexek'", "'noexec'");
        refused(ContainerException.class, () -> tiny().tmpfs("/x:size=lots").command(observer("true")).execute(), "/x", "size");
        refused(InvalidSpec.class, () -> tiny().shm("many").spec(), "shm(\"many\")");
    }

    @Test
    void devicesThatAreNone() {
        fails(ContainerException.class, tiny().device("/dev/no-such-device"), "/dev/no-such-device", "ENOENT (2)");
        fails(ContainerException.class, tiny().device("/etc/passwd"), "/etc/passwd", "device");
        fails(InvalidSpec.class, tiny().device("/dev/null", "/etc/x", "r"), "/etc/x", "/dev");
        refused(InvalidSpec.class, () -> tiny().device("/dev/null", "/dev/x", "q").spec(), "device(");
        refused(InvalidSpec.class, () -> tiny().deviceRule("everything").spec(), "deviceRule(\"everything\")");
        try {
            String seen = tiny().device("/dev/null", "/dev/../../etc/x", "r").command(observer("stat", "/etc/x")).execute().stdout();
            org.junit.jupiter.api.Assertions.assertTrue(seen.contains("ENOENT"), seen);
        } catch (ContainerException e) {
            org.junit.jupiter.api.Assertions.assertTrue(e.getMessage().contains("/dev/../../etc/x"), e.getMessage());
        }
    }
}
