package dev.caisson;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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
     */
    public record ExecSpec(List<String> command, Map<String, String> env, @Nullable String user, @Nullable String workdir, Stdin stdin,
            @Nullable Duration timeout, boolean privileged, long outputLimit) {
        public ExecSpec {
            command = List.copyOf(command);
            env = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(env));
        }
    }

    private final Function<ExecSpec, Exec> starter;
    private final List<String> command;
    private final Map<String, String> env = new LinkedHashMap<>();
    private @Nullable String user;
    private @Nullable String workdir;
    private Stdin stdin = Stdin.NONE;
    private @Nullable Duration timeout;
    private boolean privileged;
    private long outputLimit = ContainerBuilder.OUTPUT_LIMIT;

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
        ExecSpec spec = new ExecSpec(command, env, user, workdir, stdin, timeout, privileged, outputLimit);
        SpecValidator.check(spec);
        return starter.apply(spec);
    }

    /**
     * Runs it to its end.
     *
     * @throws InvalidSpec listing every value that is wrong
     * @throws LaunchFailed if the program is missing (127) or not executable (126)
     * @throws ContainerTimeout if the time-out passed; carries the partial output
     */
    public Execution run() {
        return start().await();
    }
}
