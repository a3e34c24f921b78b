package dev.caisson;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A process to be run inside a running container ({@code docker exec}). Mutable, no I/O; list-like methods accumulate. */
public final class ExecBuilder {
    /**
     * What is to be run.
     *
     * @param user null for the container's
     * @param workdir null for the container's
     * @param timeout null for none
     * @param piped whether output is only for who reads it
     * @param tty null for none
     * @param keys that detach from the terminal
     */
    public record ExecSpec(List<String> command, Map<String, String> env, @Nullable String user, @Nullable String workdir, Stdin stdin,
            @Nullable Duration timeout, boolean privileged, long outputLimit, boolean piped, @Nullable Tty tty, DetachKeys keys) {
        public ExecSpec {
            command = List.copyOf(command);
            env = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(env));
        }
    }

    /** A terminal. @param rows its size in characters */
    public record Tty(int rows, int columns) {}

    private final Function<ExecSpec, Exec> starter;
    private final List<String> command;
    private final Map<String, String> env = new LinkedHashMap<>();
    private @Nullable String user;
    private @Nullable String workdir;
    private Stdin stdin = Stdin.NONE;
    private @Nullable Duration timeout;
    private boolean privileged;
    private long outputLimit = ContainerBuilder.OUTPUT_LIMIT;
    private boolean piped;
    private @Nullable Tty tty;
    private DetachKeys keys = DetachKeys.DEFAULT;

    /** For engines. */
    public ExecBuilder(List<String> command, Function<ExecSpec, Exec> starter) {
        this.command = new ArrayList<>(command);
        this.starter = starter;
    }

    /** Sets a variable on top of the container's environment. */
    public ExecBuilder env(String name, String value) {
        env.put(name, value);
        return this;
    }

    /** Variables from a file, as {@link ContainerBuilder#envFile} ({@code --env-file}); read now. */
    public ExecBuilder envFile(Path file) {
        try {
            env.putAll(EnvFile.read(file, System::getenv));
        } catch (EnvFile.Malformed e) {
            throw new InvalidSpec("envFile(" + file + ")", String.valueOf(e.getMessage()), "give a text file with KEY=VALUE lines");
        }
        return this;
    }

    /** {@code user[:group]} by name or number, as {@link ContainerBuilder#user}. */
    public ExecBuilder user(String value) {
        user = value;
        return this;
    }

    /** Absolute directory inside; default the container's. */
    public ExecBuilder workdir(String value) {
        workdir = value;
        return this;
    }

    /** Text to read, as UTF-8. */
    public ExecBuilder stdin(String text) {
        return stdin(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes to read. */
    public ExecBuilder stdin(byte[] bytes) {
        stdin = new Stdin.Bytes(bytes.clone());
        return this;
    }

    /** A stream to read. */
    public ExecBuilder stdin(InputStream stream) {
        stdin = new Stdin.Stream(stream);
        return this;
    }

    /** Standard input is open, for {@link Exec#stdin()} ({@code --interactive}). */
    public ExecBuilder interactive() {
        stdin = new Stdin.Open();
        return this;
    }

    /** A pseudo terminal of the container's own devpts as standard input, output and error, of 24 rows and 80 columns ({@code --tty}); everything it prints is stdout then. */
    public ExecBuilder tty() {
        return tty(24, 80);
    }

    /** The same with a size. @param rows in characters, 1 to 65535 */
    public ExecBuilder tty(int rows, int columns) {
        tty = new Tty(rows, columns);
        return this;
    }

    /**
     * Keys that {@linkplain Exec#detach() detach} when they are written to its terminal ({@code --detach-keys}); default {@code ctrl-p,ctrl-q}, "" for none.
     *
     * @throws InvalidSpec if these are none
     */
    public ExecBuilder detachKeys(String value) {
        keys = DetachKeys.of(value);
        return this;
    }

    /**
     * What it prints is only for who reads {@link Exec#stdout()} and {@link Exec#stderr()}, and not kept: it waits when 64 KiB of a stream wait to be read. Default: kept, up to
     * {@link #outputLimit}.
     */
    public ExecBuilder piped() {
        piped = true;
        return this;
    }

    /** Kills the process and all its descendants after so long; default none. */
    public ExecBuilder timeout(Duration value) {
        timeout = value;
        return this;
    }

    /** All capabilities the engine holds ({@code docker exec --privileged}). */
    public ExecBuilder privileged() {
        privileged = true;
        return this;
    }

    /** Bytes a stream kept in memory, default 256 MiB. */
    public ExecBuilder outputLimit(long bytes) {
        outputLimit = bytes;
        return this;
    }

    /**
     * Starts it.
     *
     * @throws InvalidSpec listing every value that is wrong
     * @throws LaunchFailed if the program is missing (127) or not executable (126)
     */
    public Exec start() {
        ExecSpec spec = new ExecSpec(command, env, user, workdir, stdin, timeout, privileged, outputLimit, piped, tty, keys);
        SpecValidator.check(spec);
        return starter.apply(spec);
    }

    /**
     * Runs it to its end.
     *
     * @throws InvalidSpec listing every value that is wrong; if it is interactive or piped, which {@link #start()} is for
     * @throws LaunchFailed if the program is missing (127) or not executable (126)
     * @throws ContainerTimeout if the time-out passed; carries the partial output
     */
    public Execution run() {
        if (piped || stdin instanceof Stdin.Open) {
            throw new InvalidSpec(piped ? "piped()" : "interactive()", "is for start(): run() waits for the end, and nobody reads or writes meanwhile", "use start(), or leave it out");
        }
        return start().await();
    }
}
