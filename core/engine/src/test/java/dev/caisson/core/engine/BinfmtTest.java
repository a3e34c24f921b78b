package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.core.image.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinfmtTest {
    /** What qemu registers for arm64: any ABI, both kinds of executables. */
    private static final String ARM64 = """
            enabled
            interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
            flags: POCF
            offset 0
            magic 7f454c460201010000000000000000000200b700
            mask ffffffffffffff00fffffffffffffffffeffffff
            """;
    private static final String S390X = """
            enabled
            interpreter /usr/bin/qemu-s390x-static
            flags: F
            offset 0
            magic 7f454c4602020100000000000000000000020016
            mask ffffffffffffff00fffffffffffffffffffeffff
            """;
    private static final Platform AMD64 = new Platform("linux", "amd64", "");

    @TempDir
    Path registered;

    private static boolean runs(String entry, String architecture) {
        return Binfmt.parse(entry).map(e -> e.runs(architecture)).orElse(false);
    }

    @Test
    void anEmulatorIsForItsProcessor() {
        assertTrue(runs(ARM64, "arm64"));
        assertTrue(runs(S390X, "s390x"));
        for (String other : new String[] {"amd64", "arm", "s390x", "ppc64le", "nobody"}) {
            assertFalse(runs(ARM64, other), other);
        }
        assertFalse(runs(S390X, "arm64"));
        assertFalse(runs(ARM64.replace("enabled", "disabled"), "arm64"));
        assertFalse(runs(ARM64.replace("POCF", "POC"), "arm64"), "it would have to be in the container");
        assertFalse(runs("enabled\ninterpreter /usr/bin/python3\nflags: F\nextension .py\n", "arm64"));
    }

    @Test
    void whatRunsHere() throws IOException {
        Emulators none = new Emulators(registered.resolve("nowhere"));
        for (String own : new String[] {"linux/amd64", "linux/amd64/v2", "linux/386"}) {
            assertDoesNotThrow(() -> none.require("image x", Platform.parse(own), AMD64), own);
        }
        assertDoesNotThrow(() -> none.require("image x", new Platform("linux", "", ""), AMD64));
        Platform arm = Platform.parse("linux/arm64/v8");
        ImageProblem refused = assertThrows(ImageProblem.class, () -> none.require("image x", arm, AMD64));
        assertEquals("image x is for linux/arm64/v8, and this host runs linux/amd64 and has no emulator for the other", refused.what());
        Files.writeString(registered.resolve("status"), "enabled\n");
        Files.writeString(registered.resolve("qemu-s390x"), S390X);
        Emulators some = new Emulators(registered);
        assertThrows(ImageProblem.class, () -> some.require("image x", arm, AMD64));
        Files.writeString(registered.resolve("qemu-aarch64"), ARM64);
        assertDoesNotThrow(() -> some.require("image x", arm, AMD64));
        assertThrows(ImageProblem.class, () -> some.require("image x", Platform.parse("windows/arm64"), AMD64));
    }

    @Property
    void anythingIsReadOrNot(@ForAll String text, @ForAll String magic, @ForAll String mask) {
        Binfmt.parse(text).ifPresent(e -> e.runs("arm64"));
        Binfmt.parse("enabled\nflags: F\nmagic " + magic + "\nmask " + mask + "\n" + text).ifPresent(e -> e.runs("arm64"));
    }
}
