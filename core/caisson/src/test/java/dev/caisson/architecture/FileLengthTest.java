package dev.caisson.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A file that grows too long is two rooms. */
class FileLengthTest {
    private static final int JAVA = 450;
    private static final int C = 300;

    @Test
    void noJavaFileIsTooLong() {
        assertEquals(List.of(), longer(".java", JAVA));
    }

    @Test
    void noCFileIsTooLong() {
        assertEquals(List.of(), longer(".c", C));
    }

    private static List<String> longer(String suffix, int limit) {
        Path house = house();
        try (Stream<Path> files = Files.walk(house)) {
            List<Path> all = files.filter(p -> p.toString().endsWith(suffix) && house.relativize(p).toString().contains("src/") && !house.relativize(p).toString().contains("target/"))
                    .toList();
            assertTrue(all.size() > 10, "the control: there are files to count");
            return all.stream().filter(p -> lines(p) > limit).map(p -> house.relativize(p) + ": " + lines(p) + " lines").sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long lines(Path file) {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The directory with the wrapper, above this module's. */
    private static Path house() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("mvnw"))) {
            directory = directory.getParent();
        }
        return directory;
    }
}
