package dev.caisson.samples;

import dev.caisson.Containers;
import dev.caisson.Execution;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * A build step that runs only when its inputs have changed: what it may read is bound read-only, what it makes is captured, and both are found again by the digest of inputs and
 * command. The step sees the host's tools, no network and nothing else it could depend on by accident.
 */
final class CachedBuild {
    private final Path cache;

    CachedBuild(Path cache) {
        this.cache = cache;
    }

    /**
     * What came of a step.
     *
     * @param outputs the directory with what it wrote to {@code /out}
     * @param fresh whether it ran just now
     */
    record Result(Path outputs, boolean fresh) {}

    /**
     * Runs a step, or finds what it made before.
     *
     * @param inputs a directory, seen as {@code /in}
     * @throws IllegalStateException if it fails; nothing is kept then
     */
    Result run(Path inputs, String... command) throws IOException {
        Path made = cache.resolve(key(inputs, command));
        if (Files.isDirectory(made)) {
            return new Result(made, false);
        }
        Files.createDirectories(cache);
        Path draft = Files.createTempDirectory(cache, "draft-");
        try {
            Execution step = Containers.hostRoot().hide(Path.of("/root"), Path.of("/home")).networkNone().bindReadOnly(inputs, "/in").bind(draft, "/out").workdir("/in")
                    .env("SOURCE_DATE_EPOCH", "0").command(command).execute();
            if (step.exitCode() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": exit " + step.exitCode() + "\n" + step.stdout() + step.stderr());
            }
            Files.writeString(draft.resolve("log"), step.stdout() + step.stderr());
            Files.move(draft, made, StandardCopyOption.ATOMIC_MOVE); // all of it or nothing, whoever builds the same meanwhile
            return new Result(made, true);
        } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException somebodyElse) {
            return new Result(made, false);
        } finally {
            if (Files.exists(draft)) {
                Directories.remove(draft);
            }
        }
    }

    /** Names, modes and contents of the inputs, in order, and the command. */
    private static String key(Path inputs, String... command) throws IOException {
        try (Stream<Path> walk = Files.walk(inputs)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String word : command) {
                digest.update((word + "\0").getBytes(StandardCharsets.UTF_8));
            }
            for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                digest.update((inputs.relativize(file) + "\0" + Files.isExecutable(file) + "\0" + Files.size(file) + "\0").getBytes(StandardCharsets.UTF_8));
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Compiles a program twice: the second time it is there already. */
    public static void main(String[] args) throws IOException {
        Path work = Files.createTempDirectory("caisson-build-");
        try {
            Path source = Files.createDirectories(work.resolve("source"));
            Files.writeString(source.resolve("answer.c"), "int main(void) { return 42; }\n");
            CachedBuild build = new CachedBuild(work.resolve("cache"));
            for (int i = 0; i < 2; i++) {
                Stopwatch watch = new Stopwatch();
                Result result = build.run(source, "cc", "-o", "/out/answer", "answer.c");
                watch.lap((result.fresh() ? "built " : "found ") + result.outputs().resolve("answer") + ", " + Files.size(result.outputs().resolve("answer")) + " bytes");
                watch.print(System.out);
            }
        } finally {
            Directories.remove(work);
        }
    }
}
