package dev.caisson.samples;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.ContainerSpec;
import dev.caisson.Engine;
import dev.caisson.Signal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The command line of an OCI runtime (runtime.md, "Operations"). Each command is a JVM of its own: the container is detached, and its engine's directory below {@code --root}
 * is found again by the next one. Between {@code create} and {@code start} it waits at a FIFO.
 *
 * <p>Networks are what the bundle says: a namespace by path is not possible, as such containers cannot be detached. Output without a terminal is kept, and printed by {@code logs}.
 */
public final class OciRuntime {
    private static final String USAGE = """
            usage: oci-runtime [--root DIR] create [--bundle DIR] [--pid-file FILE] [--console-socket PATH] ID
                   oci-runtime [--root DIR] start|state|logs ID
                   oci-runtime [--root DIR] kill ID [SIGNAL]
                   oci-runtime [--root DIR] delete [--force] ID""";
    private static final Set<String> WITH_VALUE = Set.of("--root", "--bundle", "--pid-file", "--console-socket");

    private final PrintStream out;
    private final Map<String, String> options = new HashMap<>();
    private final Deque<String> words = new ArrayDeque<>();

    private OciRuntime(PrintStream out, String... args) {
        this.out = out;
        for (int i = 0; i < args.length; i++) {
            if (WITH_VALUE.contains(args[i])) {
                options.put(args[i], i + 1 < args.length ? args[++i] : refuse(args[i] + " needs a value"));
            } else if (args[i].equals("--force")) {
                options.put(args[i], "");
            } else if (args[i].startsWith("-")) {
                refuse("unknown option " + args[i]);
            } else {
                words.add(args[i]);
            }
        }
    }

    /** Exits with 1 when the command fails. */
    public static void main(String[] args) {
        try {
            new OciRuntime(System.out, args).run();
        } catch (IllegalArgumentException | ContainerException | IOException e) {
            System.err.println("oci-runtime: " + e.getMessage());
            System.exit(1);
        }
    }

    private static String refuse(String why) {
        throw new IllegalArgumentException(why + "\n" + USAGE);
    }

    private void run() throws IOException {
        String command = words.isEmpty() ? refuse("no command") : words.poll();
        String id = words.isEmpty() ? refuse(command + " needs an id") : words.poll();
        if (!id.matches("[a-zA-Z0-9][a-zA-Z0-9_.+-]{0,100}")) {
            refuse("'" + id + "' is no id");
        }
        Path root = Path.of(options.getOrDefault("--root", "/run/caisson-oci"));
        Path home = root.resolve(id);
        Files.createDirectories(root);
        try (FileChannel lock = FileChannel.open(root.resolve("." + id + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            lock.lock(); // commands for one container follow each other
            if (Files.exists(home) == command.equals("create")) {
                refuse("container " + id + (command.equals("create") ? " exists" : " does not exist"));
            }
            switch (command) {
                case "create" -> create(home, id);
                case "start" -> start(home, id);
                case "state" -> out.println(state(home, id));
                case "logs" -> with(home, id, c -> out.print(c.logs()));
                case "kill" -> kill(home, id);
                case "delete" -> delete(home, id);
                default -> refuse("unknown command " + command);
            }
        }
        if (!Files.exists(home)) {
            Files.deleteIfExists(root.resolve("." + id + ".lock"));
        }
    }

    private static Engine open(Path home) {
        return Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build();
    }

    /** Of one that ended while no engine was there the news comes when the engine has taken it over. */
    private static void settle(Container container) {
        if (container.pid() == 0) {
            container.waitForExit(Duration.ofSeconds(60));
        }
    }

    private interface Action {
        void on(Container container) throws IOException;
    }

    private static void with(Path home, String id, Action action) throws IOException {
        try (Engine engine = open(home)) {
            Container container = engine.containers().stream().findFirst().orElseThrow(() -> new IllegalArgumentException("container " + id + " is gone: its guard was killed; delete it"));
            settle(container);
            action.on(container);
        }
    }

    private void create(Path home, String id) throws IOException {
        Files.createDirectories(home);
        try (Engine engine = open(home)) {
            Path gate = home.resolve("start");
            Commands.run(List.of("mkfifo", "-m", "600", gate.toString()));
            ContainerBuilder builder = engine.bundle(Path.of(options.getOrDefault("--bundle", "."))).name(id).startGate(gate).detached();
            if (options.containsKey("--console-socket")) {
                builder.consoleSocket(Path.of(options.get("--console-socket")));
            }
            Container container = builder.run();
            if (options.containsKey("--pid-file")) {
                Files.writeString(Path.of(options.get("--pid-file")), Integer.toString(container.pid()));
            }
        } catch (RuntimeException | IOException e) {
            Directories.remove(home);
            throw e;
        }
    }

    private static void start(Path home, String id) throws IOException {
        with(home, id, container -> {
            Path gate = home.resolve("start");
            if (!Files.exists(gate) || container.state() != Container.State.RUNNING) {
                refuse("container " + id + " is not created, but " + status(home, container));
            }
            container.start(); // opens the gate, and runs the poststart hooks
            Files.delete(gate);
        });
    }

    private static String status(Path home, Container container) {
        return container.state() == Container.State.EXITED ? "stopped" : Files.exists(home.resolve("start")) ? "created" : "running";
    }

    private static String state(Path home, String id) throws IOException {
        StringBuilder json = new StringBuilder();
        with(home, id, container -> {
            ContainerSpec spec = container.inspect().spec();
            json.append("{\n  \"ociVersion\": ").append(quoted(spec.oci().version())).append(",\n  \"id\": ").append(quoted(id)).append(",\n  \"status\": ").append(quoted(status(home, container)))
                    .append(",\n  \"pid\": ").append(container.pid()).append(",\n  \"bundle\": ").append(quoted(spec.oci().bundle().toString())).append(",\n  \"annotations\": {");
            json.append(String.join(", ", spec.annotations().entrySet().stream().map(e -> quoted(e.getKey()) + ": " + quoted(e.getValue())).toList())).append("}\n}");
        });
        return json.toString();
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(c -> quoted.append(c < 0x20 || c == '"' || c == '\\' ? String.format("\\u%04x", c) : String.valueOf((char) c)));
        return quoted.append('"').toString();
    }

    private void kill(Path home, String id) throws IOException {
        Signal signal = Signal.of(words.isEmpty() ? "TERM" : words.poll());
        with(home, id, container -> {
            if (container.state() == Container.State.EXITED) {
                refuse("container " + id + " is stopped");
            }
            container.kill(signal);
        });
    }

    private void delete(Path home, String id) throws IOException {
        try (Engine engine = open(home)) {
            for (Container container : engine.containers().stream().toList()) {
                settle(container);
                if (container.state() != Container.State.EXITED && !options.containsKey("--force")) {
                    refuse("container " + id + " is " + status(home, container) + ", not stopped; --force kills it");
                }
                container.remove();
            }
        }
        Directories.remove(home);
    }
}
