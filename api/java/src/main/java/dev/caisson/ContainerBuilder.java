package dev.caisson;

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

    /** The name other containers and people know it by, unique in an engine ({@code --name}). */
    public ContainerBuilder name(String value) {
        name = value;
        return this;
    }

    /** Metadata ({@code --label}). */
    public ContainerBuilder label(String key, String value) {
        labels.put(key, value);
        return this;
    }

    /** Metadata from a file, {@code KEY=VALUE} a line ({@code --label-file}); read now. */
    public ContainerBuilder labelFile(Path file) {
        try {
            labels.putAll(EnvFile.read(file, key -> ""));
        } catch (EnvFile.Malformed e) {
            problems.add("labelFile(" + file + ")", String.valueOf(e.getMessage()), "give a text file with KEY=VALUE lines");
        }
        return this;
    }

    /** Metadata of the OCI runtime specification ({@code --annotation}), kept in the bundle and in inspect. */
    public ContainerBuilder annotation(String key, String value) {
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
     * So a container can be created by one program and started by another, as the OCI runtime's commands do.
     */
    public ContainerBuilder startGate(Path fifo) {
        OciSettings settings = oci;
        if (settings == null) {
            problems.add("startGate(" + fifo + ")", "is only for bundle(Path)", "create() and Container.start() do it within one JVM");
        } else {
            problems.require(settings.hooks(OciSettings.HookPoint.POSTSTART).isEmpty(), "startGate(" + fifo + ")", "cannot be had with poststart hooks: only who opens it knows when the program runs",
                    "leave hooks.poststart out");
            oci = settings.gated(fifo.toAbsolutePath().normalize());
        }
        return this;
    }

    /**
     * For {@link Engine#bundle} with {@code process.terminal}: the master of the terminal goes to whoever listens at this socket of AF_UNIX (SOCK_STREAM), as a descriptor beside one
     * byte, and not to the engine, which then has none of its output. As {@code runc create --console-socket}.
     */
    public ContainerBuilder consoleSocket(Path socket) {
        OciSettings settings = oci;
        if (settings == null || !process().tty()) {
            problems.add("consoleSocket(" + socket + ")", "is only for bundle(Path) with process.terminal", "tty() gives the terminal to the engine");
        } else {
            oci = settings.console(socket.toAbsolutePath().normalize());
        }
        return this;
    }

    /** For {@link Engine#rootfs}: the container writes into the directory itself. */
    public ContainerBuilder writable() {
        if (root instanceof RootSource.Directory d) {
            root = new RootSource.Directory(d.path(), true);
        } else {
            problems.add("writable()", "is only for rootfs(Path)", "images and the host's root are always copy-on-write");
        }
        return this;
    }

    /** For {@link Engine#image}: when it is fetched from its registry ({@code --pull}); default when it is not in the local store. */
    public ContainerBuilder pull(PullPolicy policy) {
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
     */
    public ContainerBuilder platform(String platform) {
        if (root instanceof RootSource.Image image) {
            root = new RootSource.Image(image.reference(), image.pull(), platform);
        } else {
            problems.add("platform(\"" + platform + "\")", "is only for image(…)", "");
        }
        return this;
    }

    /** For {@link Engine#hostRoot}: these host paths appear empty inside. */
    public ContainerBuilder hide(Path... paths) {
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
     * @throws InvalidSpec listing every wrong value
     */
    public ContainerSpec spec() {
        return problems.checked(() -> sandbox ? SandboxPreset.apply(unchecked(), problems) : unchecked());
    }

    private ContainerSpec unchecked() {
        return new ContainerSpec(root, name, labels, annotations, process(), files(), identity(), security(), resources(), network(), log(),
                life(root instanceof RootSource.HostRoot), oci);
    }

    /**
     * Starts it; returns when its program runs and what was given to {@link #waitFor} has come true.
     *
     * @throws InvalidSpec if a value is wrong
     * @throws NotReady if that did not come true; the container is removed
     * @throws LaunchFailed if the program is missing (127), not executable (126), or the container cannot be set up (125)
     */
    public Container run() {
        return engine.run(spec());
    }

    /**
     * Makes it without starting it ({@code docker create}); {@link Container#start} does.
     *
     * @throws InvalidSpec if a value is wrong
     */
    public Container create() {
        return engine.create(spec());
    }

    /** As {@link #run()}, on a thread of the engine's; cancelling the future kills the container. */
    public CompletableFuture<Container> runAsync() {
        return engine.runAsync(spec());
    }

    /**
     * Runs it to its end and removes it.
     *
     * @throws ContainerTimeout if {@link #timeout} passed; carries the partial output
     * @throws OutputLimitExceeded if it printed more than {@link #outputLimit}
     */
    public Execution execute() {
        return engine.execute(spec());
    }
}
