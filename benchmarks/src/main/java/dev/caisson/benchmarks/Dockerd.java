package dev.caisson.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Docker's daemon with its own bridge and rules in the network namespace of the caller, and mounts of its own. */
final class Dockerd implements AutoCloseable {
    private static final long START_SECONDS = 30;
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final String IMAGE = "bench";

    private final Path home;
    private final String parent;
    private final Process daemon;

    private Dockerd(Path home, String parent, Process daemon) {
        this.home = home;
        this.parent = parent;
        this.daemon = daemon;
    }

    /** @param rootfs what its containers have for a root, copied */
    static Dockerd start(Path home, Path rootfs) throws IOException, InterruptedException {
        String parent = "caisson-benchmark-docker-" + ProcessHandle.current().pid();
        Files.createDirectories(home);
        Process daemon = new ProcessBuilder("unshare", "--mount", "--propagation", "private", "dockerd", "--data-root", home + "/data", "--exec-root", home + "/exec",
                "--pidfile", home + "/pid", "--host", "unix://" + home + "/sock", "--storage-driver", "overlay2", "--cgroup-parent", "/" + parent).redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile()).start();
        Dockerd made = new Dockerd(home, parent, daemon);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (made.process("version").waitFor() != 0) {
            if (!daemon.isAlive() || System.nanoTime() > end) {
                made.close();
                throw new IllegalStateException("dockerd does not come up: see " + home + "/log");
            }
            Thread.sleep(100);
        }
        Networking.run("sh", "-c", "tar -C " + rootfs + " -c . | docker --host unix://" + home + "/sock import - " + IMAGE);
        return made;
    }

    private Process process(String... words) throws IOException {
        return new ProcessBuilder(command(words)).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    private List<String> command(String... words) {
        List<String> all = new ArrayList<>(List.of("docker", "--host", "unix://" + home + "/sock"));
        all.addAll(List.of(words));
        return all;
    }

    /** The command line that runs a program of the root in a container of its own. */
    List<String> once(String... program) {
        List<String> all = command("run", "--rm", "-p", "80", IMAGE);
        all.addAll(List.of(program));
        return all;
    }

    /** Output of docker. */
    String docker(String... words) throws IOException, InterruptedException {
        return Networking.run(command(words).toArray(String[]::new)).strip();
    }

    /** Output of docker, of a container with the host's programs. */
    String run(List<String> settings, String... program) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("run"));
        words.addAll(settings);
        for (String each : List.of("/usr", "/lib", "/lib64")) {
            words.addAll(List.of("-v", each + ":" + each + ":ro"));
        }
        words.addAll(List.of("--tmpfs", "/tmp", IMAGE));
        words.addAll(List.of(program));
        return docker(words.toArray(String[]::new));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        daemon.destroy(); // it ends its containerd, too
        daemon.waitFor();
        try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
            for (Path made : hierarchies.map(h -> h.resolve(parent)).filter(Files::isDirectory).toList()) {
                try (Stream<Path> tree = Files.walk(made)) {
                    for (Path directory : tree.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(directory);
                    }
                }
            }
        }
    }

    /** What it says when it is asked for the host's port of a container's. */
    String port(String container, int port) throws IOException, InterruptedException {
        return docker("port", container, port + "/tcp").lines().findFirst().orElseThrow().replaceFirst(".*:", "");
    }
}
