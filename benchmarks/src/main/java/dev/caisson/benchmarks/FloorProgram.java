package dev.caisson.benchmarks;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code src/main/c/floor.c}: the same start by a C program that does nothing else. It takes the time itself, so the way to it is not measured. */
final class FloorProgram implements Peer {
    /** Where {@code benchmarks/run} leaves it. */
    private static final Path BINARY = Path.of("benchmarks/target/floor");

    private final String name;
    private final Process process;
    private final OutputStream requests;
    private final DataInputStream answers;

    private FloorProgram(String name, List<String> arguments) throws IOException {
        this.name = name;
        List<String> line = new ArrayList<>(List.of(BINARY.toAbsolutePath().toString()));
        line.addAll(arguments);
        process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        requests = process.getOutputStream();
        answers = new DataInputStream(process.getInputStream());
    }

    /** Fork and exec of a program of the host, with two pipes. */
    static FloorProgram exec(String program) throws IOException {
        return new FloorProgram("C: fork, exec", List.of("exec", program));
    }

    /** A container of which only the program is missing. @param program inside the root file system */
    static FloorProgram ahead(Path work, Path rootfs, String program) throws IOException {
        return new FloorProgram("C: made ahead", List.of("ahead", program, rootfs.toString(), Files.createDirectories(work).toString()));
    }

    /** A container, all of it. @param program inside the root file system */
    static FloorProgram made(Path work, Path rootfs, String program) throws IOException {
        return new FloorProgram("C: a container", List.of("made", program, rootfs.toString(), Files.createDirectories(work).toString()));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long launch() throws IOException {
        requests.write(1);
        requests.flush();
        return answers.readLong();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        requests.close();
        process.waitFor();
    }
}
