package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.host.EngineTest;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row 81, invariant 12: what the engine makes has the mode it is meant to have, whatever umask its JVM was started with. */
class UmaskTest extends EngineTest {
    @ParameterizedTest
    @ValueSource(strings = {"000", "077"})
    void stateIsClosedToTheHostAndOpenToTheContainer(String umask) throws Exception {
        Path life = directory.resolve("life/made/by/the/engine");
        String seen = live(umask, life);
        assertTrue(seen.contains("hosts=0 resolv=0 root=0 layer=0"), seen); // an ordinary user of the container reads what docker's would
        try (var paths = Files.walk(directory.resolve("life"))) {
            List<String> open = paths.filter(p -> !p.toString().contains("/diff/") && !Files.isSymbolicLink(p)).map(UmaskTest::describe).filter(m -> m.charAt(4) == 'w' || m.charAt(7) == 'w').toList();
            assertEquals(List.of(), open);
        }
        Path root = life.resolve("root");
        Map<String, String> modes = new TreeMap<>();
        try (var entries = Files.list(root)) {
            entries.filter(Files::isDirectory).forEach(p -> modes.put(p.getFileName().toString(), describe(p).substring(0, 9)));
        }
        assertTrue(modes.size() >= 5, modes::toString);
        assertTrue(modes.values().stream().allMatch("rwx------"::equals), modes::toString);
        assertEquals("rwx--x--x", describe(root).substring(0, 9));
    }

    /** The control: the umask reaches the program, and would have done its work. */
    @Test
    void theUmaskIsInForce() throws Exception {
        assertEquals(0, new ProcessBuilder("sh", "-c", "umask 000; mkdir " + directory.resolve("open")).start().waitFor());
        assertEquals("rwxrwxrwx", describe(directory.resolve("open")).substring(0, 9));
    }

    private String live(String umask, Path life) throws Exception {
        root.withShell();
        Process java = new ProcessBuilder("sh", "-c", "umask " + umask + "; exec \"$0\" \"$@\"", Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp",
                System.getProperty("java.class.path"), UmaskLife.class.getName(), life.toString(), root.path().toString(),
                root.tar(directory.resolve("root.tar")).toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(java.getInputStream().readAllBytes());
        assertEquals(0, java.waitFor(), output);
        return output;
    }

    private static String describe(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)) + " " + path;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
