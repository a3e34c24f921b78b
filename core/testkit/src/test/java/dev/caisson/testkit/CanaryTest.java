package dev.caisson.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CanaryTest {
    @TempDir Path directory;
    private Canary canary;

    @BeforeEach
    void plant() {
        canary = Canary.plant(directory.resolve("canary"));
    }

    @Test
    void leftAloneItIsSilent() throws Exception {
        assertTrue(Files.readString(canary.path().resolve("secret")).contains(canary.secret()));
        canary.assertUntouched();
    }

    @Test
    void contentOfTheSameLengthAndTime() throws Exception {
        Path file = canary.path().resolve("sub/secret");
        FileTime time = Files.getLastModifiedTime(file);
        Files.writeString(file, Files.readString(file).replace('c', 'C'));
        Files.setLastModifiedTime(file, time);
        assertTouched("sub/secret");
    }

    @Test
    void mode() throws Exception {
        Files.setPosixFilePermissions(canary.path().resolve("secret"), PosixFilePermissions.fromString("rw-r-----"));
        assertTouched("secret");
    }

    @Test
    void time() throws Exception {
        Files.setLastModifiedTime(canary.path().resolve("sub/deeper/x"), FileTime.fromMillis(0));
        assertTouched("sub/deeper/x");
    }

    @Test
    void extendedAttributes() throws Exception {
        Path file = canary.path().resolve("secret");
        assertEquals(0, new ProcessBuilder("setfattr", "-n", "user.x", "-v", "1", file.toString()).inheritIO().start().waitFor());
        assertTouched("user.x=31");
    }

    @Test
    void whatComesAndGoes() throws Exception {
        Files.delete(canary.path().resolve("c"));
        Files.writeString(canary.path().resolve("new"), "");
        assertTouched("(gone)");
        assertTouched("is new");
    }

    private void assertTouched(String named) {
        String message = assertThrows(AssertionError.class, canary::assertUntouched).getMessage();
        assertTrue(message.contains(named), message);
    }
}
