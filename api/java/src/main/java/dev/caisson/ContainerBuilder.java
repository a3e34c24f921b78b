package dev.caisson;

import dev.caisson.spi.Given;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Says what a container is to be. Mutable, no I/O; methods that name one thing replace it, list-like methods ({@code env}, {@code tmpfs}, {@code bind},
 * {@code capAdd} …) accumulate. {@link #spec()} reports every wrong value at once. Each method names the {@code docker run} option it stands for.
 */
public final class ContainerBuilder extends AbsentOptions<ContainerBuilder> {
    private final Engine engine;
    private RootSource root;
    private String name = "";
    private final Map<String, String> labels = new LinkedHashMap<>();
    private final Map<String, String> annotations = new LinkedHashMap<>();
    private @Nullable OciSettings oci;

    ContainerBuilder(Engine engine, RootSource root) {
        this.engine = engine;
        this.root = root;
    }

    @Override
    ContainerBuilder self() {
        return this;
    }

    /**
     * The name other containers and people know it by, unique in an engine ({@code --name}).
     *
     * @param value letters, digits, {@code _}, {@code .} and {@code -}, beginning with a letter or digit, at most 128; default the first 12 digits of its id
     * @return this builder
     */
    public ContainerBuilder name(String value) {
        Given.one(value);
        name = value;
        return this;
    }

    /**
     * Metadata ({@code --label}).
     *
     * @param key not empty; one that was given before is replaced
     * @param value any text
     * @return this builder
     */
    public ContainerBuilder label(String key, String value) {
        Given.all(key, value);
        labels.put(key, value);
        return this;
    }

    /**
     * Metadata from a file, {@code KEY=VALUE} a line ({@code --label-file}); read now.
     *
     * @param file on the host; one that cannot be read or has a line without a key is reported by {@link #spec()}
     * @return this builder
     */
    public ContainerBuilder labelFile(Path file) {
        Given.one(file);
        try {
            labels.putAll(EnvFile.read(file, key -> ""));
        } catch (EnvFile.Malformed e) {
            problems.add("labelFile(" + file + ")", String.valueOf(e.getMessage()), "give a text file with KEY=VALUE lines");
        }
        return this;
    }

    /**
     * Metadata of the OCI runtime specification ({@code --annotation}), kept in the bundle and in inspect.
     *
     * @param key not empty
     * @param value any text
     * @return this builder
     */
    public ContainerBuilder annotation(String key, String value) {
        Given.all(key, value);
        annotations.put(key, value);
        return this;
    }

    void root(RootSource value) {
        root = value;
    }

    void oci(OciSettings settings) {
        oci = settings;
    }

    /**
     * For {@link Engine#bundle}: everything is made, and {@link #run} returns, but the program (and the hooks before it) begin only when somebody writes a byte to this FIFO.
     * So a container can be created by one program and started by another, as the OCI runtime's commands do. {@link Container#start} writes that byte, too, and returns when the
     * {@code poststart} hooks have run; whoever opens it, they run by the engine that has the container.
     *
     * @param fifo one that is there (mkfifo(1)), on the host
     * @return this builder
     */
    public ContainerBuilder startGate(Path fifo) {
        Given.one(fifo);
        OciSettings settings = oci;
        if (settings == null) {
            problems.add("startGate(" + fifo + ")", "is only for bundle(Path)", "create() and Container.start() do it within one JVM");
        } else {
            oci = settings.gated(fifo.toAbsolutePath().normalize());
        }
        return this;
    }

    /**
     * For {@link Engine#bundle} with {@code process.terminal}: the master of the terminal goes to whoever listens at this socket of AF_UNIX (SOCK_STREAM), as a descriptor beside one
     * byte, and not to the engine, which then has none of its output. As {@code runc create --console-socket}.
     *
     * @param socket on the host; somebody listens there when the container is started
     * @return this builder
     */
    public ContainerBuilder consoleSocket(Path socket) {
        Given.one(socket);
        OciSettings settings = oci;
        if (settings == null || !process(Map.of()).tty()) {
            problems.add("consoleSocket(" + socket + ")", "is only for bundle(Path) with process.terminal", "tty() gives the terminal to the engine");
        } else {
            oci = settings.console(socket.toAbsolutePath().normalize());
        }
        return this;
    }

    /**
     * For {@link Engine#rootfs}: the container writes into the directory itself.
     *
     * @return this builder
     */
    public ContainerBuilder writable() {
        if (root instanceof RootSource.Directory d) {
            root = new RootSource.Directory(d.path(), true);
        } else {
            problems.add("writable()", "is only for rootfs(Path)", "images and the host's root are always copy-on-write");
        }
        return this;
    }

    /**
     * For {@link Engine#image}: when it is fetched from its registry ({@code --pull}); default when it is not in the local store.
     *
     * @param policy {@link PullPolicy#MISSING} by default
     * @return this builder
     */
    public ContainerBuilder pull(PullPolicy policy) {
        Given.one(policy);
        if (root instanceof RootSource.Image image) {
            root = new RootSource.Image(image.reference(), policy, image.platform());
        } else {
            problems.add("pull(" + policy + ")", "is only for image(…)", "");
        }
        return this;
    }

    /**
     * For {@link Engine#image}: the image for that platform, such as {@code linux/arm64} ({@code --platform}); default this host's. It is fetched if the one here is for
     * another, and has the name from then on. One for a foreign processor is refused unless the kernel has an emulator for it (binfmt_misc, with the flag F).
     *
     * @param platform {@code os/architecture} or {@code os/architecture/variant}, as Go has these names
     * @return this builder
     */
    public ContainerBuilder platform(String platform) {
        Given.one(platform);
        if (root instanceof RootSource.Image image) {
            root = new RootSource.Image(image.reference(), image.pull(), platform);
        } else {
            problems.add("platform(\"" + platform + "\")", "is only for image(…)", "");
        }
        return this;
    }

    /**
     * For {@link Engine#hostRoot}: these host paths appear empty inside.
     *
     * @param paths files or directories; they accumulate
     * @return this builder
     */
    public ContainerBuilder hide(Path... paths) {
        Given.one(paths);
        if (root instanceof RootSource.HostRoot h) {
            List<Path> all = new ArrayList<>(h.hidden());
            for (Path p : paths) {
                all.add(p.toAbsolutePath().normalize());
            }
            root = new RootSource.HostRoot(all);
        } else {
            problems.add("hide(…)", "is only for hostRoot()", "");
        }
        return this;
    }

    /**
     * The spec as a value.
     *
     * @return may be kept and run any number of times; later calls of this builder do not change it
     * @throws InvalidSpec listing every wrong value
     */
    public ContainerSpec spec() {
        return problems.checked(unchecked(sandbox ? SandboxPreset.LIMITS : Map.of()), said -> sandbox ? SandboxPreset.apply(said, problems, outputLimitGiven()) : said);
    }

    /** @param otherwise limits where none was given */
    private ContainerSpec unchecked(Map<Rlimit, Rlimit.Value> otherwise) {
        return new ContainerSpec(root, name, labels, annotations, process(otherwise), files(), identity(), security(), resources(), network(), log(),
                life(root instanceof RootSource.HostRoot), oci);
    }

    /**
     * Starts it; returns when its program runs and what was given to {@link #waitFor} has come true.
     *
     * @return running; close it, or it lives until the engine is closed
     * @throws InvalidSpec if a value is wrong
     * @throws NotReady if that did not come true; the container is removed
     * @throws LaunchFailed if the program is missing (127), not executable (126), or the container cannot be set up (125)
     * @throws ImageProblem if the image is not here and cannot be pulled
     * @throws UnsupportedOnThisHost if this host lacks what was asked for; the message says what, the remedy how to get it
     * @throws NetworkProblem if a network, address or port cannot be had
     * @throws StorageProblem if the root file system cannot be made
     */
    public Container run() {
        return engine.run(spec());
    }

    /**
     * Makes it without starting it ({@code docker create}); {@link Container#start} does.
     *
     * @return in state {@link Container.State#CREATED}; its image is here, and its root file system is made
     * @throws InvalidSpec if a value is wrong
     * @throws ImageProblem if the image is not here and cannot be pulled
     */
    public Container create() {
        return engine.create(spec());
    }

    /**
     * As {@link #run()}, on a thread of the engine's; cancelling the future kills the container.
     *
     * @return fails as {@link #run()} throws
     * @throws InvalidSpec if a value is wrong, at once
     */
    public CompletableFuture<Container> runAsync() {
        return engine.runAsync(spec());
    }

    /**
     * Runs it to its end and removes it.
     *
     * @return whatever its exit code is: that is no exception here
     * @throws ContainerTimeout if {@link #timeout(java.time.Duration)} passed; carries the partial output
     * @throws OutputLimitExceeded if it printed more than {@link #outputLimit(long)}
     * @throws InvalidSpec if a value is wrong, or is for {@link #run()} alone: {@code waitFor detached restart interactive health}
     * @throws LaunchFailed if the program is missing (127), not executable (126), or the container cannot be set up (125)
     * @throws ImageProblem as {@link #run()}
     * @throws UnsupportedOnThisHost as {@link #run()}
     * @throws EngineProblem if the caller was interrupted, which kills the container
     */
    public Execution execute() {
        return engine.execute(spec());
    }

    /**
     * What was said so far, in a line: the root, and the name of each setting with its value, but of the environment, labels, options of log drivers, secrets and standard input no
     * values. For people; the wording is no interface. What is wrong is not looked at.
     */
    @Override
    public String toString() {
        return BuilderText.of(unchecked(Map.of()), sandbox ? List.of("sandbox") : List.of(), new ContainerBuilder(engine, root).unchecked(Map.of()));
    }
}
