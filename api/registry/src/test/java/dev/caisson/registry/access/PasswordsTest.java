package dev.caisson.registry.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hashes as {@code htpasswd -nbB -C 4} made them. */
class PasswordsTest {
    /** Of "pw". */
    private static final String ME = "$2y$04$YTouFANAXjM74UuD3eSBZevMbspyq7/95r78XNvniGP/7BJoTZPUK";
    /** Of 80 letters x, which is that of 72. */
    private static final String LONG = "$2y$04$JXsUj3SPPJ3sayNJdWxlv.nKJtHJCS/cVN5q3jgvfO6uLpOLuzs9.";
    /** Of "pässword". */
    private static final String UMLAUT = "$2y$04$4JcNSruvOOU0.GHrG7/7julJyfKZ1GAnRGjxQL0urBhULDTl/oNgm";

    @TempDir
    Path temp;

    private Path file(String... lines) throws IOException {
        return Files.write(temp.resolve("htpasswd"), List.of(lines));
    }

    @Test
    void ofAFile() throws IOException {
        Passwords passwords = new Passwords(Map.of(), file("# users", "", "me:" + ME, "long:" + LONG, "umlaut:" + UMLAUT));
        for (int i = 0; i < 2; i++) { // the second time it is remembered
            assertTrue(passwords.known("me", "pw"));
            assertFalse(passwords.known("me", "pw2") || passwords.known("me", "") || passwords.known("you", "pw") || passwords.known("", "pw"));
            assertTrue(passwords.known("long", "x".repeat(80)) && passwords.known("long", "x".repeat(72)));
            assertFalse(passwords.known("long", "x".repeat(71)));
            assertTrue(passwords.known("umlaut", "p\u00e4ssword"));
            assertFalse(passwords.known("me", "pw\0pw"), "bcrypt repeats a password with its NUL, so this is the same to it");
            assertFalse(passwords.known("me", "p".repeat(1000)));
        }
        assertTrue(passwords.wanted());
    }

    @Test
    void givenByCode() {
        Passwords passwords = new Passwords(Map.of("me", "pw", "you", "secret"), null);
        assertTrue(passwords.known("me", "pw") && passwords.known("you", "secret"));
        assertFalse(passwords.known("me", "secret") || passwords.known("m", "epw") || passwords.known("nobody", "pw"));
        assertFalse(new Passwords(Map.of(), null).wanted());
    }

    @Test
    void aFileThatChanges() throws IOException {
        Path file = file("me:" + ME);
        Passwords passwords = new Passwords(Map.of(), file);
        assertTrue(passwords.known("me", "pw"));
        change(file, "you:" + ME);
        assertFalse(passwords.known("me", "pw"), "also when it is remembered");
        assertTrue(passwords.known("you", "pw"));
        change(file, "you:" + LONG);
        assertFalse(passwords.known("you", "pw"), "whose hash is another now");
        change(file, "nonsense");
        assertFalse(passwords.known("you", "x".repeat(80)), "a broken file knows nobody");
        change(file, "me:" + ME);
        assertTrue(passwords.known("me", "pw"));
        Files.delete(file);
        assertFalse(passwords.known("me", "pw"));
        assertTrue(passwords.wanted(), "which opens no door");
    }

    private static void change(Path file, String line) throws IOException {
        Instant before = Files.getLastModifiedTime(file).toInstant();
        Files.write(file, List.of(line));
        Files.setLastModifiedTime(file, FileTime.from(before.plusSeconds(1)));
    }

    @Test
    void linesThatAreRefused() throws IOException {
        for (String line : List.of("me:$apr1$abcdefgh$0123456789abcdefghijkl", "me:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "me:pw", "me:", ":" + ME, ME, "me:" + ME + "x", "me:" + ME.replace("$04$", "$31$"),
                "me:" + ME.replace("$2y$", "$2x$"))) {
            InvalidSpec problem = assertThrows(InvalidSpec.class, () -> new Passwords(Map.of(), file("you:" + ME, line)), line);
            assertTrue(problem.getMessage().contains("line 2") && problem.remedy().contains("htpasswd -B"), problem.getMessage());
            assertFalse(problem.getMessage().contains(line), "a hash is nobody else's business");
        }
        assertThrows(InvalidSpec.class, () -> new Passwords(Map.of(), file("me:" + ME, "me:" + LONG)));
        assertThrows(InvalidSpec.class, () -> new Passwords(Map.of(), temp.resolve("missing")));
    }

    @Property(tries = 2000)
    void anyLineIsAUserOrRefused(@ForAll @StringLength(max = 80) String line) {
        try {
            assertEquals(line.isBlank() || line.strip().startsWith("#") ? 0 : 1, Htpasswd.parse("f", List.of(line)).size());
        } catch (InvalidSpec e) {
            assertTrue(e.getMessage().contains("line 1"));
        }
    }
}
