package dev.caisson.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java on the pages of docs/ compiles: what a method is called there it is called in the API. */
class SnippetPageTest {
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    /** What the pages take for granted: their imports, and what they have said before or leave to the reader. */
    private static final String BEFORE = """
            import dev.caisson.*;
            import static dev.caisson.AttachOptions.*;
            import static dev.caisson.Capability.*;
            import static dev.caisson.Container.State.*;
            import static dev.caisson.Schedule.cron;
            import dev.caisson.RegistryServer.*;
            import java.io.OutputStream;
            import java.net.URI;
            import java.nio.file.*;
            import java.time.*;
            import java.util.*;
            class %s {
                Engine engine; Container container, web, db, step, loader; Network app, mesh;
                Path rootfs, ca; String code; OutputStream screen; byte[] bytes;
                static class Greeter {}
                Object page() throws Exception {
            """;

    @TempDir
    private Path out;

    @Test
    void everyJavaBlockCompiles() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> pages = Files.list(Path.of("../../docs"))) {
            for (Path page : pages.filter(p -> p.toString().endsWith(".md")).sorted().toList()) {
                List<String> blocks = BLOCK.matcher(Files.readString(page)).results().map(m -> m.group(1)).filter(b -> !b.startsWith("@")).toList(); // a class of tests stands by itself
                for (String block : blocks) {
                    sources.add(source(page.getFileName().toString().replaceAll("\\W", "_") + sources.size(), block));
                }
            }
        }
        assertTrue(sources.size() > 25, "the control: there are blocks to compile");
        assertEquals("", errors(sources));
    }

    /** A method around a block: what is left out there ({@code …}) is nothing here, what is still open is closed. */
    private Path source(String name, String block) throws IOException {
        String body = block.replace("read(…)", "read(bytes)").replace("…", "");
        long open = body.chars().filter(c -> c == '{').count() - body.chars().filter(c -> c == '}').count();
        String end = "}".repeat((int) open) + (body.startsWith("return") || body.contains("\nreturn") ? "" : "return null;") + "}}";
        return Files.writeString(out.resolve(name + ".java"), BEFORE.formatted(name) + body + end);
    }

    /** What javac says; "" if it has nothing against them. */
    private String errors(List<Path> sources) {
        List<String> words = new ArrayList<>(List.of("-proc:none", "-nowarn", "-encoding", "UTF-8", "-d", out.toString(), "-cp", System.getProperty("java.class.path")));
        sources.forEach(source -> words.add(source.toString()));
        StringWriter said = new StringWriter();
        PrintWriter to = new PrintWriter(said);
        int code = ToolProvider.findFirst("javac").orElseThrow().run(to, to, words.toArray(String[]::new));
        return code == 0 ? "" : said.toString();
    }
}
