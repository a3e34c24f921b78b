package dev.caisson.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.leak.LeakChecked;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A container and a registry start in a JVM with everything on the class path, and in one with everything on the module path: the providers are declared both ways. */
@Tag("host")
@Tag("smoke")
@RequiresRoot
@LeakChecked
class StartBothWaysTest {
    private static final String PROGRAM = """
            import dev.caisson.*;
            import java.nio.file.Path;
            public class Start {
                public static void main(String[] args) {
                    try (Engine engine = Engine.builder().root(Path.of(args[0])).runDirectory(Path.of(args[1])).build();
                            RegistryServer registry = Registry.serve(Path.of(args[3])).start();
                            Container container = engine.rootfs(Path.of(args[2])).command("/bin/observer", "echo", "hello").run()) {
                        container.waitForExit(java.time.Duration.ofSeconds(20));
                        System.out.print(container.logs() + (Engine.class.getModule().isNamed() ? "on the module path" : "on the class path"));
                    }
                }
            }
            """;

    @Test
    void onTheClassPath() throws Exception {
        assertEquals("hello\\non the class path".replace("\\n", "\n"), start(List.of("-cp", String.join(File.pathSeparator, path()))));
    }

    @Test
    void onTheModulePath() throws Exception {
        assertEquals("hello\\non the module path".replace("\\n", "\n"), start(List.of("--module-path", String.join(File.pathSeparator, path()), "--add-modules", "dev.caisson.all")));
    }

    /** This test's class path without the tests and what they need. */
    private static List<String> path() {
        List<String> path = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).filter(p -> !p.matches(
                ".*(test-classes|testkit|junit|jqwik|archunit|opentest4j|apiguardian|surefire|slf4j-simple).*")).filter(p -> Files.exists(Path.of(p))).toList();
        assertTrue(path.stream().anyMatch(p -> p.contains("jna")), path::toString);
        return path;
    }

    private static String start(List<String> options) throws Exception {
        Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "caisson-test-");
        try {
            Path source = Files.writeString(directory.resolve("Start.java"), PROGRAM);
            List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
            command.addAll(options);
            command.addAll(List.of(source.toString(), directory.resolve("engine").toString(), directory.resolve("run").toString(),
                    TinyRootfs.create(directory.resolve("rootfs")).path().toString(), directory.resolve("registry").toString()));
            Process process = new ProcessBuilder(command).redirectError(directory.resolve("stderr").toFile()).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), () -> output + read(directory.resolve("stderr")));
            return output;
        } finally {
            new ProcessBuilder("rm", "-rf", directory.toString()).start().waitFor();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }
}
