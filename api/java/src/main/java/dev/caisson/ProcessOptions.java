package dev.caisson;

import dev.caisson.spi.Given;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What runs in a container: the part of {@link ContainerBuilder} that becomes {@link ContainerSpec.Process}.
 *
 * @param <B> the builder
 */
abstract sealed class ProcessOptions<B extends ProcessOptions<B>> extends NetworkOptions<B> permits FileOptions {
    private @Nullable List<String> entrypoint;
    private @Nullable List<String> command;
    private final Map<String, String> env = new LinkedHashMap<>();
    private @Nullable String workdir;
    private @Nullable String user;
    private final List<String> groups = new ArrayList<>();
    private Stdin stdin = Stdin.NONE;
    private boolean tty;
    private boolean init;
    private int oomScoreAdj;
    private final Map<Rlimit, Rlimit.Value> rlimits = new EnumMap<>(Rlimit.class);

    /**
     * Program arguments after the entrypoint, or program and arguments if there is none ({@code docker run IMAGE COMMAND…}); default the image's CMD.
     *
     * @param words none for the image's CMD to be dropped; no shell reads them
     * @return this builder
     */
    public B command(String... words) {
        Given.one(words);
        command = List.of(words);
        return self();
    }

    /**
     * The program and its first arguments ({@code --entrypoint}); no words for none. Giving one drops the image's CMD, as docker does.
     *
     * @param words no shell reads them
     * @return this builder
     */
    public B entrypoint(String... words) {
        Given.one(words);
        entrypoint = List.of(words);
        return self();
    }

    /**
     * Sets an environment variable on top of the image's ({@code --env}).
     *
     * @param variable not empty, without {@code =}
     * @param value any text without NUL; one given before is replaced
     * @return this builder
     */
    public B env(String variable, String value) {
        Given.one(variable); // no value is a problem of its own, with a remedy of its own
        env.put(variable, value);
        return self();
    }

    /**
     * Variables of the JVM's own environment, as far as they are set there ({@code --env NAME}).
     *
     * @param variables their names; one that the JVM does not have is left out
     * @return this builder
     */
    public B inheritEnv(String... variables) {
        Given.one(variables);
        for (String variable : variables) {
            String value = System.getenv(variable);
            if (value != null) {
                env.put(variable, value);
            }
        }
        return self();
    }

    /**
     * Variables from a file, {@code KEY=VALUE} a line, a {@code KEY} alone for the JVM's own ({@code --env-file}); read now.
     *
     * @param file on the host; what is wrong with it is reported by {@link ContainerBuilder#spec()}
     * @return this builder
     */
    public B envFile(Path file) {
        Given.one(file);
        try {
            env.putAll(EnvFile.read(file, System::getenv));
        } catch (EnvFile.Malformed e) {
            problems.add("envFile(" + file + ")", String.valueOf(e.getMessage()), "give a text file with KEY=VALUE lines");
        }
        return self();
    }

    /**
     * Absolute working directory, made if missing ({@code --workdir}); default the image's, else {@code /}.
     *
     * @param directory begins with {@code /}
     * @return this builder
     */
    public B workdir(String directory) {
        Given.one(directory);
        workdir = directory;
        return self();
    }

    /**
     * {@code user[:group]} by name or number, looked up in the container's own passwd and group files ({@code --user}); default the image's, else root.
     *
     * @param userAndGroup digits are never looked up as a name; a group that is left out is that of the user in the passwd file, else 0
     * @return this builder
     */
    public B user(String userAndGroup) {
        Given.one(userAndGroup);
        user = userAndGroup;
        return self();
    }

    /**
     * A further group by name or number ({@code --group-add}).
     *
     * @param group of the group file of the container, or a number; they accumulate
     * @return this builder
     */
    public B group(String group) {
        Given.one(group);
        groups.add(group);
        return self();
    }

    /**
     * Text to read on standard input, as UTF-8, then end of file.
     *
     * @param text replaces what was given before, as its siblings do
     * @return this builder
     */
    public B stdin(String text) {
        Given.one(text);
        return stdin(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Bytes to read on standard input, then end of file.
     *
     * @param bytes copied
     * @return this builder
     */
    public B stdin(byte[] bytes) {
        Given.one(bytes);
        stdin = new Stdin.Bytes(bytes.clone());
        return self();
    }

    /**
     * A stream to read on standard input; closed when it is read to its end, or the container ends.
     *
     * @param stream read by a thread of the engine's as the process takes it
     * @return this builder
     */
    public B stdin(InputStream stream) {
        Given.one(stream);
        stdin = new Stdin.Stream(stream);
        return self();
    }

    /**
     * Standard input is open, for whoever is {@linkplain Container#attach attached} ({@code --interactive}).
     *
     * @return this builder
     */
    public B interactive() {
        stdin = new Stdin.Open();
        return self();
    }

    /**
     * A pseudo terminal as standard input, output and error ({@code --tty}); everything it prints is stdout then.
     *
     * @return this builder
     */
    public B tty() {
        tty = true;
        return self();
    }

    /**
     * A small pid 1 that reaps orphans and forwards signals ({@code --init}).
     *
     * @return this builder
     */
    public B init() {
        init = true;
        return self();
    }

    /**
     * -1000 to 1000, added to the score by which the kernel picks whom to kill for want of memory ({@code --oom-score-adj}).
     *
     * @param adjustment below 0 needs CAP_SYS_RESOURCE; default 0, unchanged
     * @return this builder
     */
    public B oomScoreAdj(int adjustment) {
        oomScoreAdj = adjustment;
        return self();
    }

    /**
     * A resource limit of setrlimit(2) ({@code --ulimit}); {@link Rlimit#UNLIMITED} for none.
     *
     * @param limit which; NOFILE is 1,024 and 524,288 (or the JVM's own) unless given, the others are the JVM's
     * @param soft in the limit's own unit (bytes, seconds, numbers), at most {@code hard}
     * @param hard one above the JVM's own needs CAP_SYS_RESOURCE
     * @return this builder
     */
    public B ulimit(Rlimit limit, long soft, long hard) {
        Given.all(limit, soft, hard);
        rlimits.put(limit, new Rlimit.Value(soft, hard));
        return self();
    }

    /** @param otherwise limits where none was given */
    ContainerSpec.Process process(Map<Rlimit, Rlimit.Value> otherwise) {
        return new ContainerSpec.Process(entrypoint, command, env, workdir, user, groups, stdin, tty, init, oomScoreAdj, rlimits.isEmpty() ? otherwise : rlimits);
    }
}
