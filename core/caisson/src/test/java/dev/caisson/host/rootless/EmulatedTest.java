package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.OrdinaryUser;
import dev.caisson.testkit.RequiresTool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An image for another processor runs where the kernel has an emulator for it, and is refused where not. The emulator is registered in a user namespace of the test's, which
 * since Linux 6.7 has a binfmt_misc of its own, so that nobody else's programs find it.
 */
@Timeout(180)
@RequiresTool(value = "qemu-aarch64-static", debianPackage = "qemu-user-static")
class EmulatedTest extends RootlessTest {
    /** arm64: write(1, "arm64\n", 6), exit(7). */
    private static final String PROGRAM = "200080d2" + "e1000010" + "c20080d2" + "080880d2" + "010000d4" + "e00080d2" + "a80b80d2" + "010000d4";

    /** What a package of qemu's registers, but for the place. */
    private static final String REGISTRATION = ":qemu-aarch64:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00"
            + ":\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:/usr/bin/qemu-aarch64-static:F";

    private Path archive;

    /** A static executable of one segment, which is the file. */
    private static byte[] elf() {
        byte[] code = HexFormat.of().parseHex(PROGRAM);
        byte[] text = "arm64\n".getBytes(StandardCharsets.US_ASCII);
        int head = 64 + 56;
        java.nio.ByteBuffer file = java.nio.ByteBuffer.allocate(head + code.length + text.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        file.put(HexFormat.of().parseHex("7f454c46020101000000000000000000")).putShort((short) 2).putShort((short) 183).putInt(1);
        file.putLong(0x400000 + head).putLong(64).putLong(0).putInt(0).putShort((short) 64).putShort((short) 56).putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) 0);
        file.putInt(1).putInt(5).putLong(0).putLong(0x400000).putLong(0x400000).putLong(file.capacity()).putLong(file.capacity()).putLong(0x10000);
        return file.put(code).put(text).array();
    }

    @BeforeEach
    void foreignImage() throws IOException {
        Path work = Files.createDirectory(user.home().resolve("image"));
        Path program = Files.createDirectories(work.resolve("tree")).resolve("program");
        Files.write(program, elf());
        run("cd " + work + "; chmod 755 tree/program; tar -C tree -cf layer.tar .; umoci init --layout oci; umoci new --image oci:x; umoci raw add-layer --image oci:x layer.tar; "
                + "umoci config --image oci:x --architecture arm64; skopeo copy -q oci:oci:x oci-archive:foreign.tar:docker.io/library/foreign:1");
        archive = user.give(work.resolve("foreign.tar"));
    }

    private static void run(String script) {
        try {
            assertEquals(0, new ProcessBuilder("sh", "-ec", script).inheritIO().start().waitFor());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Map<String, String> ran() {
        OrdinaryUser.Result result = user.java(EmulatedLife.class, archive.toString());
        assertEquals(0, result.exitCode(), result.output());
        return said(result.output());
    }

    private String script(String name, String text) {
        try {
            return Files.writeString(user.home().resolve(name), "set -e\n" + text + "\n").toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void runsByAnEmulatorOrNotAtAll() {
        Map<String, String> without = ran();
        assertTrue(without.get("foreign").contains("is for linux/arm64") && without.get("foreign").contains("no emulator"), without::toString);
        assertTrue(without.get("remedy").contains("qemu-user-static"), without::toString);

        // The map is written from outside, all ids as they are; the mount and the registration are of the namespace's root.
        script("inside", "until [ \"$(cat /proc/self/uid_map)\" ]; do sleep 0.02; done\nmount -t binfmt_misc binfmt /proc/sys/fs/binfmt_misc\nprintf %s '" + REGISTRATION
                + "' > /proc/sys/fs/binfmt_misc/register\nexec \"$@\"");
        user.through("sh", script("outside", "unshare --user --mount --propagation private sh " + user.home() + "/inside \"$@\" &\n"
                + "until [ \"$(readlink /proc/$!/ns/user)\" != \"$(readlink /proc/$$/ns/user)\" ]; do sleep 0.02; done\n"
                + "echo 0 0 4294967295 > /proc/$!/gid_map\necho 0 0 4294967295 > /proc/$!/uid_map\nwait $!"));
        Map<String, String> with = ran();
        assertEquals("7 arm64", with.get("foreign"), with::toString);
    }
}
