package dev.caisson.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A user who does not exist: for a test that runs as root, a program that runs as somebody without any power. What it reads in {@code /etc/passwd},
 * {@code /etc/subuid} and {@code /etc/subgid} is bound there in a mount namespace of its own, so that the host's are never changed.
 */
public final class OrdinaryUser implements AutoCloseable {
    /** Away from what Debian, systemd and the engine's own ranges give away. */
    private static final int UID = 29_800;
    private static final long FIRST_SUBORDINATE = 1_200_000_000L;
    private static final int MINUTES = 5;

    private final Path directory;
    private String subordinate = "";
    private String before = "";
    private final List<String> environment = new ArrayList<>();
    private final List<String> through = new ArrayList<>();

    private OrdinaryUser(Path directory) {
        this.directory = directory;
    }

    /** How a program ended, and what it wrote to both streams. */
    public record Result(int exitCode, String output) {}

    /** @param directory an empty one that everybody can reach; it becomes the user's home */
    public static OrdinaryUser in(Path directory) {
        OrdinaryUser user = new OrdinaryUser(directory);
        user.mode(directory, "rwx--x--x");
        run(List.of("chown", UID + ":" + UID, directory.toString()));
        user.own("run").own("data").own("tmp");
        return user;
    }

    /** Gives him 65,536 users and groups beyond his own. */
    public OrdinaryUser withSubordinateIds() {
        return withSubordinateIds(0, 65_536);
    }

    /** Gives him some of them; none if there are to be 0. @param from how many of the first are left out */
    public OrdinaryUser withSubordinateIds(long from, int count) {
        subordinate = count == 0 ? "" : "ordinary:" + (FIRST_SUBORDINATE + from) + ":" + count + "\n";
        return this;
    }

    /** Something root does, by sh(1), in the program's mount namespace before it starts. */
    public OrdinaryUser prepared(String script) {
        before += script + "\n";
        return this;
    }

    /** A program of root's that executes the rest, such as one that loads a system call filter. */
    public OrdinaryUser through(String... command) {
        through.addAll(List.of(command));
        return this;
    }

    public OrdinaryUser env(String name, String value) {
        environment.add(name + "=" + value);
        return this;
    }

    public static int uid() {
        return UID;
    }

    /** Who number {@code inside} of a container of his is on the host, if he has subordinate ids. */
    public static long subordinate(long inside) {
        return inside == 0 ? UID : FIRST_SUBORDINATE + inside - 1;
    }

    /** His home. */
    public Path home() {
        return directory;
    }

    /** A directory of his in his home. */
    public OrdinaryUser own(String name) {
        try {
            Path made = Files.createDirectories(directory.resolve(name));
            give(made);
            mode(made, "rwx------");
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives him a file of root's, and all below it. */
    public Path give(Path file) {
        run(List.of("chown", "-R", "-h", UID + ":" + UID, file.toString()));
        return file;
    }

    private void mode(Path path, String mode) {
        try {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs the main method of a class on this class path, as him. */
    public Result java(Class<?> main, String... arguments) {
        Process process = start(main, arguments);
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(Patience.of(MINUTES), TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IllegalStateException("did not end: " + output);
            }
            return new Result(process.exitValue(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Starts it; both streams come as one. */
    public Process start(Class<?> main, String... arguments) {
        try {
            Files.writeString(directory.resolve("passwd"), Files.readString(Path.of("/etc/passwd")) + "ordinary:x:" + UID + ":" + UID + "::" + directory + ":/bin/sh\n");
            Files.writeString(directory.resolve("subid"), subordinate);
            List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private", "sh", "-ec", script(), "sh"));
            command.addAll(through);
            command.addAll(List.of("/usr/bin/setpriv", "--reuid", "" + UID, "--regid", "" + UID, "--clear-groups", "--inh-caps=-all"));
            command.addAll(command(main, arguments));
            return new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The command line of a main method on this class path, with his directories as environment, for who starts it in another way. */
    public List<String> command(Class<?> main, String... arguments) {
        try {
            List<String> command = new ArrayList<>(List.of("/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=" + directory,
                    "XDG_RUNTIME_DIR=" + directory.resolve("run"), "XDG_DATA_HOME=" + directory.resolve("data")));
            command.addAll(environment);
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(Patience.jvm());
            command.addAll(List.of("-Xmx256m", "-Djava.io.tmpdir=" + directory.resolve("tmp"),
                    "-Djna.tmpdir=" + directory.resolve("tmp"), "-cp", String.join(":", readable()), main.getName()));
            command.addAll(List.of(arguments));
            return command;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String script() {
        // A whole /proc, whatever of the test's own is covered: the kernel lets nobody mount one in a user namespace who sees none.
        StringBuilder script = new StringBuilder("mount -t proc proc /proc\n");
        for (String file : List.of("passwd", "subuid", "subgid")) {
            script.append("mount --bind ").append(directory).append(file.equals("passwd") ? "/passwd" : "/subid").append(" /etc/").append(file).append('\n');
        }
        return script + before + "exec \"$@\"";
    }

    /** The class path, where he can read it: jars lie in root's home. */
    private List<String> readable() throws IOException {
        Path copies = Files.createDirectories(directory.resolve("classes"));
        mode(copies, "rwxr-xr-x");
        List<String> paths = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path from = Path.of(entry);
            if (Files.exists(from)) {
                Path to = copies.resolve(paths.size() + "-" + from.getFileName());
                if (!Files.exists(to)) {
                    run(List.of("cp", "-r", from.toString(), to.toString()));
                    run(List.of("chmod", "-R", "a+rX", to.toString()));
                }
                paths.add(to.toString());
            }
        }
        return paths;
    }

    private static void run(List<String> command) {
        try {
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new IllegalStateException(command + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Removes what is his, whoever of his containers' users it belongs to. */
    @Override
    public void close() {
        run(List.of("rm", "-rf", directory.toString()));
    }
}
