package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Small C programs among the test resources: compiled with gcc, fed by standard input. */
final class NativeTool {
    private NativeTool() {}

    static Path compile(String source, Path directory, String... options) throws IOException, InterruptedException {
        Path c = directory.resolve(source);
        Path program = directory.resolve(source.replace(".c", ""));
        try (InputStream in = NativeTool.class.getResourceAsStream(source)) {
            Files.copy(in, c);
        }
        List<String> command = new ArrayList<>(List.of("gcc", "-Wall", "-Werror", "-O1", "-o", program.toString(), c.toString()));
        command.addAll(List.of(options));
        Process gcc = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, gcc.waitFor(), output);
        return program;
    }

    /** Its standard output. */
    static byte[] run(Path program, byte[] input) throws IOException, InterruptedException {
        Path errors = Files.createTempFile(program.getParent(), "stderr", null);
        Path stdin = Files.write(Files.createTempFile(program.getParent(), "stdin", null), input);
        Process process = new ProcessBuilder(program.toString()).redirectInput(stdin.toFile()).redirectError(errors.toFile()).start();
        byte[] output = process.getInputStream().readAllBytes();
        assertEquals(0, process.waitFor(), () -> read(errors));
        return output;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
