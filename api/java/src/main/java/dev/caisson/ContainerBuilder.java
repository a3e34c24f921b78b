package dev.caisson;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Says what a container is to be. Mutable, no I/O; methods that name one thing replace it, list-like methods ({@code env}, {@code tmpfs}, {@code bind},
 * {@code capAdd} …) accumulate. {@link #spec()} reports every wrong value at once. Each method names the {@code docker run} option it stands for.
 */
public final class ContainerBuilder extends NetworkOptions<ContainerBuilder> {
    /** Bytes a stream that {@code execute()} keeps in memory by default: 256 MiB. */
    public static final long OUTPUT_LIMIT = 256L << 20;
    /** How long {@link #run} waits for {@link #waitFor} by default. */
    public static final Duration WAIT_TIMEOUT = Duration.ofSeconds(60);

    private final Engine engine;
    private RootSource root;
    private String name = "";
    private final Map<String, String> labels = new LinkedHashMap<>();
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
    private ReadOnly readOnly = ReadOnly.NO;
    private final List<Mount> mounts = new ArrayList<>();
    private long shmSize = 64L << 20;
    private final List<Device> devices = new ArrayList<>();
    private final List<String> deviceRules = new ArrayList<>();
    private String hostname = "";
    private String domainName = "";
    private final Map<String, String> extraHosts = new LinkedHashMap<>();
    private final List<String> dns = new ArrayList<>();
    private final List<String> dnsSearch = new ArrayList<>();
    private final List<String> dnsOptions = new ArrayList<>();
    private String logDriver = "";
    private Map<String, String> logOptions = Map.of();
    private @Nullable Signal stopSignal;
    private Duration stopTimeout = Duration.ofSeconds(10);
    private @Nullable Duration timeout;
    private boolean bestEffort;
    private boolean captureChanges;
    private long outputLimit = OUTPUT_LIMIT;
    private final List<Readiness> readiness = new ArrayList<>();
    private Duration waitTimeout = WAIT_TIMEOUT;

    ContainerBuilder(Engine engine, RootSource root) {
        this.engine = engine;
        this.root = root;
    }

    @Override
    ContainerBuilder self() {
        return this;
    }

    // ---- what runs ----

    /** Program arguments after the entrypoint, or program and arguments if there is none ({@code docker run IMAGE COMMAND…}); default the image's CMD. */
    public ContainerBuilder command(String... words) {
        command = List.of(words);
        return this;
    }

    /** The program and its first arguments ({@code --entrypoint}); no words for none. Giving one drops the image's CMD, as docker does. */
    public ContainerBuilder entrypoint(String... words) {
        entrypoint = List.of(words);
        return this;
    }

    /** Sets an environment variable on top of the image's ({@code --env}). */
    public ContainerBuilder env(String variable, String value) {
        env.put(variable, value);
        return this;
    }

    /** Absolute working directory, made if missing ({@code --workdir}); default the image's, else {@code /}. */
    public ContainerBuilder workdir(String directory) {
        workdir = directory;
        return this;
    }

    /** {@code user[:group]} by name or number, looked up in the container's own passwd and group files ({@code --user}); default the image's, else root. */
    public ContainerBuilder user(String userAndGroup) {
        user = userAndGroup;
        return this;
    }

    /** A further group by name or number ({@code --group-add}). */
    public ContainerBuilder group(String group) {
        groups.add(group);
        return this;
    }

    /** Text to read on standard input, as UTF-8, then end of file. */
    public ContainerBuilder stdin(String text) {
        return stdin(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes to read on standard input, then end of file. */
    public ContainerBuilder stdin(byte[] bytes) {
        stdin = new Stdin.Bytes(bytes.clone());
        return this;
    }

    /** A stream to read on standard input ({@code --interactive}); closed when the container ends. */
    public ContainerBuilder stdin(InputStream stream) {
        stdin = new Stdin.Stream(stream);
        return this;
    }

    /** A pseudo terminal as standard input, output and error ({@code --tty}); everything it prints is stdout then. */
    public ContainerBuilder tty() {
        tty = true;
        return this;
    }

    /** A small pid 1 that reaps orphans and forwards signals ({@code --init}). */
    public ContainerBuilder init() {
        init = true;
        return this;
    }

    /** -1000 to 1000, added to the score by which the kernel picks whom to kill for want of memory ({@code --oom-score-adj}). */
    public ContainerBuilder oomScoreAdj(int adjustment) {
        oomScoreAdj = adjustment;
        return this;
    }

    /** A resource limit of setrlimit(2) ({@code --ulimit}); {@link Rlimit#UNLIMITED} for none. */
    public ContainerBuilder ulimit(Rlimit limit, long soft, long hard) {
        rlimits.put(limit, new Rlimit.Value(soft, hard));
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

    // ---- what it sees ----

    /** {@link ReadOnly#VOLATILE}: the root is read-only, {@code /run /tmp /var/tmp /var/cache /var/lock} and image volumes stay writable for the run. */
    public ContainerBuilder readOnly() {
        return readOnly(ReadOnly.VOLATILE);
    }

    /** How read-only the root is ({@code --read-only} is {@link ReadOnly#STRICT}). */
    public ContainerBuilder readOnly(ReadOnly mode) {
        readOnly = mode;
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

    /** An empty directory in memory: {@code /tmp} or {@code /tmp:size=64m,mode=1777,noexec} ({@code --tmpfs}); default nosuid, nodev, noexec as docker's. */
    public ContainerBuilder tmpfs(String targetAndOptions) {
        int colon = targetAndOptions.indexOf(':');
        Map<String, String> options = new LinkedHashMap<>();
        if (colon >= 0) {
            for (String option : targetAndOptions.substring(colon + 1).split(",")) {
                int equals = option.indexOf('=');
                options.put(equals < 0 ? option : option.substring(0, equals), equals < 0 ? "" : option.substring(equals + 1));
            }
        }
        mounts.add(new Mount.Tmpfs(colon < 0 ? targetAndOptions : targetAndOptions.substring(0, colon), options));
        return this;
    }

    /** A host directory or file, writable, with what is mounted below it ({@code --volume SRC:DST}). */
    public ContainerBuilder bind(Path source, String target) {
        return bind(source, target, false, Mount.Propagation.PRIVATE);
    }

    /** A host directory or file, recursively read-only ({@code --volume SRC:DST:ro}). */
    public ContainerBuilder bindReadOnly(Path source, String target) {
        return bind(source, target, true, Mount.Propagation.PRIVATE);
    }

    /** A bind with a propagation ({@code --mount type=bind,bind-propagation=…}). */
    public ContainerBuilder bind(Path source, String target, boolean readOnly, Mount.Propagation propagation) {
        mounts.add(new Mount.Bind(source.toAbsolutePath().normalize(), target, readOnly, propagation, true));
        return this;
    }

    /** Refused in this version: named volumes are not there yet. */
    public ContainerBuilder volume(String volume, String target) {
        problems.add("volume(\"" + volume + "\", \"" + target + "\")", "named volumes are not supported by this version", "use bind(Path, target) or tmpfs(target)");
        return this;
    }

    /** Size of {@code /dev/shm}, such as {@code 256m} ({@code --shm-size}); default 64 MiB. */
    public ContainerBuilder shm(String size) {
        shmSize = problems.size("shm", size);
        return this;
    }

    /** A host device, with read, write and mknod access ({@code --device}). */
    public ContainerBuilder device(String path) {
        return device(path, path, "rwm");
    }

    /** A host device under a name of its own, with access of {@code r}, {@code w}, {@code m}. */
    public ContainerBuilder device(String hostPath, String containerPath, String access) {
        devices.add(new Device(hostPath, containerPath, access));
        return this;
    }

    /** A device cgroup rule such as {@code c 42:* rmw} ({@code --device-cgroup-rule}). */
    public ContainerBuilder deviceRule(String rule) {
        deviceRules.add(rule);
        return this;
    }

    // ---- names ----

    /** Its host name ({@code --hostname}); default the first 12 digits of its id. */
    public ContainerBuilder hostname(String value) {
        hostname = value;
        return this;
    }

    /** Its NIS domain name ({@code --domainname}). */
    public ContainerBuilder domainName(String value) {
        domainName = value;
        return this;
    }

    /** A line for its {@code /etc/hosts} ({@code --add-host}). */
    public ContainerBuilder addHost(String host, String address) {
        extraHosts.put(host, address);
        return this;
    }

    /** A name server for its {@code /etc/resolv.conf} ({@code --dns}); default the host's. */
    public ContainerBuilder dns(String address) {
        dns.add(address);
        return this;
    }

    /** A search domain ({@code --dns-search}). */
    public ContainerBuilder dnsSearch(String domain) {
        dnsSearch.add(domain);
        return this;
    }

    /** A resolver option such as {@code ndots:2} ({@code --dns-option}). */
    public ContainerBuilder dnsOption(String option) {
        dnsOptions.add(option);
        return this;
    }

    // ---- logs and life ----

    /** The log driver and its options ({@code --log-driver}, {@code --log-opt}). */
    public ContainerBuilder logDriver(String driver, Map<String, String> options) {
        logDriver = driver;
        logOptions = options;
        return this;
    }

    /** The signal {@code stop()} sends ({@code --stop-signal}); default the image's, else TERM. */
    public ContainerBuilder stopSignal(Signal signal) {
        stopSignal = signal;
        return this;
    }

    /** How long {@code stop()} waits before it kills ({@code --stop-timeout}); default 10 s. */
    public ContainerBuilder stopTimeout(Duration grace) {
        stopTimeout = grace;
        return this;
    }

    /** Kills everything after so long; {@code execute()} throws {@link ContainerTimeout} with the partial output then. Default none. */
    public ContainerBuilder timeout(Duration value) {
        timeout = value;
        return this;
    }

    /** Refused in this version: containers end with the JVM. */
    public ContainerBuilder detached() {
        problems.add("detached()", "containers that outlive the JVM are not supported by this version", "keep the JVM running");
        return this;
    }

    /** Limits that the host cannot enforce are reported as warnings instead of refused. */
    public ContainerBuilder bestEffort() {
        bestEffort = true;
        return this;
    }

    /** Computes what was changed before the root file system is removed; always on for {@link Engine#hostRoot}. */
    public ContainerBuilder captureChanges() {
        captureChanges = true;
        return this;
    }

    /** What {@link #run} waits for after the program was started; several are all waited for. Refused by {@link #execute}, which waits for the end. */
    public ContainerBuilder waitFor(Readiness... what) {
        readiness.addAll(List.of(what));
        return this;
    }

    /** How long {@link #run} waits for {@link #waitFor}, counted from the start of the program; default 60 s. */
    public ContainerBuilder waitTimeout(Duration value) {
        waitTimeout = value;
        return this;
    }

    /** Bytes a stream that {@code execute()} keeps in memory; default {@value #OUTPUT_LIMIT}. */
    public ContainerBuilder outputLimit(long bytes) {
        outputLimit = bytes;
        return this;
    }

    // ---- done ----

    /**
     * The spec as a value.
     *
     * @throws InvalidSpec listing every wrong value
     */
    public ContainerSpec spec() {
        return problems.checked(() -> sandbox ? SandboxPreset.apply(unchecked(), problems) : unchecked());
    }

    private ContainerSpec unchecked() {
        return new ContainerSpec(root, name, labels,
                new ContainerSpec.Process(entrypoint, command, env, workdir, user, groups, stdin, tty, init, oomScoreAdj, rlimits),
                new ContainerSpec.Files(readOnly, mounts, shmSize, devices, deviceRules),
                new ContainerSpec.Identity(hostname, domainName, extraHosts, dns, dnsSearch, dnsOptions),
                security(),
                resources(),
                network(),
                new ContainerSpec.Log(logDriver, logOptions),
                new ContainerSpec.Life(stopSignal, stopTimeout, timeout, bestEffort, captureChanges || root instanceof RootSource.HostRoot, outputLimit,
                        readiness, waitTimeout));
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
