package dev.caisson.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** {@code src/main/c/floor.c}: the same start by a C program that does nothing else. */
final class FloorProgram extends PeerProcess {
    /** Where {@code benchmarks/run} leaves it. */
    private static final Path BINARY = Path.of("benchmarks/target/floor");

    private FloorProgram(String name, String... arguments) throws IOException {
        super(name, Stream.concat(Stream.of(BINARY.toAbsolutePath().toString()), Stream.of(arguments)).toList());
    }

    /** Fork and exec of a program of the host, with two pipes. */
    static FloorProgram exec(String program) throws IOException {
        return new FloorProgram("C: fork, exec", "exec", program);
    }

    /** A container of which only the program is missing. @param program inside the root file system */
    static FloorProgram ahead(Path work, Path rootfs, String program) throws IOException {
        return new FloorProgram("C: made ahead", "ahead", program, rootfs.toString(), Files.createDirectories(work).toString());
    }

    /** A container, all of it. @param program inside the root file system */
    static FloorProgram made(Path work, Path rootfs, String program) throws IOException {
        return new FloorProgram("C: a container", "made", program, rootfs.toString(), Files.createDirectories(work).toString());
    }
}
