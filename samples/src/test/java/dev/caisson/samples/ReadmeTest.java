package dev.caisson.samples;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The README's Java is that of the samples, which run in CI; its links lead somewhere. */
class ReadmeTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");

    @Test
    void everyJavaBlockStandsInASample() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        String samples = sources();
        List<String> blocks = BLOCK.matcher(readme).results().map(m -> m.group(1)).toList();
        assertFalse(blocks.isEmpty());
        for (String block : blocks) {
            assertTrue(samples.contains(squeezed(block)), () -> "not in any sample:\n" + block);
        }
    }

    @Test
    void everyLinkLeadsToAFile() throws IOException {
        try (Stream<Path> docs = Stream.concat(Stream.of(ROOT.resolve("README.md")), Files.list(ROOT.resolve("docs")))) {
            for (Path doc : docs.filter(d -> d.toString().endsWith(".md")).toList()) {
                Matcher link = LINK.matcher(Files.readString(doc));
                while (link.find()) {
                    Path target = doc.resolveSibling(link.group(1));
                    assertTrue(Files.exists(target), () -> doc + " links to " + target);
                }
            }
        }
    }

    private static String sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            StringBuilder all = new StringBuilder();
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                all.append(squeezed(Files.readString(file))).append('\n');
            }
            return all.toString();
        }
    }

    /** Without indentation. */
    private static String squeezed(String text) {
        return text.lines().map(String::strip).filter(l -> !l.isEmpty()).collect(Collectors.joining("\n"));
    }
}
