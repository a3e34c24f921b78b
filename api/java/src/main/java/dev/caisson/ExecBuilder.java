package dev.caisson;

import dev.caisson.spi.Given;
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
     * @param command program and arguments
     * @param env on top of the container's
     * @param user null for the container's
     * @param workdir null for the container's
     * @param stdin what it reads
     * @param timeout null for none
     * @param privileged whether it has all capabilities the engine holds
     * @param outputLimit bytes a stream kept in memory
     * @param piped whether output is only for who reads it
     * @param tty null for none
     * @param keys that detach from the terminal
     */
    public record ExecSpec(List<String> command, Map<String, String> env, @Nullable String user, @Nullable String workdir, Stdin stdin,
            @Nullable Duration timeout, boolean privileged, long outputLimit, boolean piped, @Nullable Tty tty, DetachKeys keys) {
        /** List and map are copied. */
        public ExecSpec {
            command = List.copyOf(command);
            env = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(env));
        }
    }

    /**
     * A terminal.
     *
     * @param rows its size in characters, 1 to 65535
     * @param columns alike
     */
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

    /**
     * For engines.
     *
     * @param command program and arguments
     * @param starter what {@link #start()} calls
     */
    public ExecBuilder(List<String> command, Function<ExecSpec, Exec> starter) {
        this.command = new ArrayList<>(command);
        this.starter = starter;
    }

    /**
     * Sets a variable on top of the container's environment.
     *
     * @param name not empty, without {@code =}
     * @param value any text without NUL
     * @return this builder
     */
    public ExecBuilder env(String name, String value) {
        Given.all(name, value);
        env.put(name, value);
        return this;
    }

    /**
     * Variables from a file, as {@link ContainerBuilder#envFile} ({@code --env-file}); read now.
     *
     * @param file on the host
     * @return this builder
     * @throws InvalidSpec if it cannot be read, or a line has no name
     */
    public ExecBuilder envFile(Path file) {
        Given.one(file);
        try {
            env.putAll(EnvFile.read(file, System::getenv));
        } catch (EnvFile.Malformed e) {
            throw new InvalidSpec("envFile(" + file + ")", String.valueOf(e.getMessage()), "give a text file with KEY=VALUE lines");
        }
        return this;
    }

    /**
     * {@code user[:group]} by name or number, as {@link ContainerBuilder#user}.
     *
     * @param value looked up in the container's own passwd and group files; default the container's user
     * @return this builder
     */
    public ExecBuilder user(String value) {
        Given.one(value);
        user = value;
        return this;
    }

    /**
     * Working directory ({@code --workdir}).
     *
     * @param value absolute, inside; default the container's
     * @return this builder
     */
    public ExecBuilder workdir(String value) {
        Given.one(value);
        workdir = value;
        return this;
    }

    /**
     * Text to read, as UTF-8.
     *
     * @param text the end of file follows it
     * @return this builder
     */
    public ExecBuilder stdin(String text) {
        Given.one(text);
        return stdin(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Bytes to read.
     *
     * @param bytes copied; the end of file follows them
     * @return this builder
     */
    public ExecBuilder stdin(byte[] bytes) {
        Given.one(bytes);
        stdin = new Stdin.Bytes(bytes.clone());
        return this;
    }

    /**
     * A stream to read.
     *
     * @param stream read by a thread of the engine's as the process takes it, and closed when that has ended
     * @return this builder
     */
    public ExecBuilder stdin(InputStream stream) {
        Given.one(stream);
        stdin = new Stdin.Stream(stream);
        return this;
    }

    /**
     * Standard input is open, for {@link Exec#stdin()} ({@code --interactive}).
     *
     * @return this builder
     */
    public ExecBuilder interactive() {
        stdin = new Stdin.Open();
        return this;
    }

    /**
     * A pseudo terminal of the container's own devpts as standard input, output and error, of 24 rows and 80 columns ({@code --tty}); everything it prints is stdout then.
     *
     * @return this builder
     */
    public ExecBuilder tty() {
        return tty(24, 80);
    }

    /**
     * The same with a size.
     *
     * @param rows in characters, 1 to 65535
     * @param columns in characters, 1 to 65535
     * @return this builder
     */
    public ExecBuilder tty(int rows, int columns) {
        tty = new Tty(rows, columns);
        return this;
    }

    /**
     * Keys that {@linkplain Exec#detach() detach} when they are written to its terminal ({@code --detach-keys}); default {@code ctrl-p,ctrl-q}, "" for none.
     *
     * @param value in docker's syntax: letters, or {@code ctrl-} and one of {@code a-z @ [ \ ] ^ _}, separated by commas
     * @return this builder
     * @throws InvalidSpec if these are none
     */
    public ExecBuilder detachKeys(String value) {
        Given.one(value);
        keys = DetachKeys.of(value);
        return this;
    }

    /**
     * What it prints is only for who reads {@link Exec#stdout()} and {@link Exec#stderr()}, and not kept: it waits when 64 KiB of a stream wait to be read. Default: kept, up to
     * {@link #outputLimit}.
     *
     * @return this builder
     */
    public ExecBuilder piped() {
        piped = true;
        return this;
    }

    /**
     * Kills the process and all its descendants after so long; default none.
     *
     * @param value positive; {@link Exec#await()} throws {@link ContainerTimeout} with what it had printed then
     * @return this builder
     */
    public ExecBuilder timeout(Duration value) {
        Given.one(value);
        timeout = value;
        return this;
    }

    /**
     * All capabilities the engine holds ({@code docker exec --privileged}).
     *
     * @return this builder
     */
    public ExecBuilder privileged() {
        privileged = true;
        return this;
    }

    /**
     * Bytes a stream kept in memory, default 256 MiB.
     *
     * @param bytes positive; a process that prints more is killed, and {@link Exec#await()} throws {@link OutputLimitExceeded}
     * @return this builder
     */
    public ExecBuilder outputLimit(long bytes) {
        outputLimit = bytes;
        return this;
    }

    /**
     * Starts it.
     *
     * @return running; close it, or it lives as long as the container
     * @throws InvalidSpec listing every value that is wrong
     * @throws LaunchFailed if the program is missing (127) or not executable (126)
     * @throws EngineProblem if the container does not run
     */
    public Exec start() {
        ExecSpec spec = new ExecSpec(command, env, user, workdir, stdin, timeout, privileged, outputLimit, piped, tty, keys);
        SpecValidator.check(spec);
        return starter.apply(spec);
    }

    /**
     * Runs it to its end.
     *
     * @return whatever its exit code is: that is no exception here
     * @throws InvalidSpec listing every value that is wrong; if it is interactive or piped, which {@link #start()} is for
     * @throws LaunchFailed if the program is missing (127) or not executable (126)
     * @throws ContainerTimeout if the time-out passed; carries the partial output
     * @throws OutputLimitExceeded if it printed more than {@link #outputLimit}
     * @throws EngineProblem if the container does not run, or the caller was interrupted, which kills the process
     */
    public Execution run() {
        if (piped || stdin instanceof Stdin.Open) {
            throw new InvalidSpec(piped ? "piped()" : "interactive()", "is for start(): run() waits for the end, and nobody reads or writes meanwhile", "use start(), or leave it out");
        }
        return start().await();
    }
}
