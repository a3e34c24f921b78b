package dev.caisson.core.engine;

import dev.caisson.Change;
import dev.caisson.Container;
import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
import dev.caisson.Event;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.Stdin;
import dev.caisson.StorageProblem;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.health.CheckPlan;
import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.readiness.ReadyWait;
import dev.caisson.core.rootfs.OpenRoot;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.storage.LayerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What one container holds while it exists, gathered stage by stage by {@link RunPipeline}, and given back by {@link #undo}. */
final class RunContext {
    private final LocalEngine engine;
    private volatile ContainerSpec spec;
    private final String id;
    private volatile StageClock clock;
    private volatile Chronicle chronicle = new Chronicle();
    private final UndoStack undo = new UndoStack();
    private volatile boolean undone;
    private final List<String> warnings = new ArrayList<>();
    private Signal stopSignal = Signal.TERM;
    private Optional<CheckPlan> checks = Optional.empty();
    private volatile boolean detached;
    private @Nullable LayerId top;
    private Origin origin = new Origin(null, null);
    private @Nullable OpenRoot root;
    private final Connections connections = new Connections();
    private volatile String hostname = "";
    private @Nullable ContainerFiles files;
    private @Nullable Fd namespace;
    private final WatchedRun watched = new WatchedRun(this);
    private final LogStream lines;
    private @Nullable ReadyWait readyWait;
    private volatile @Nullable Outputs outputs;
    private volatile @Nullable LogDriver logDriver;
    private @Nullable PlanInput input;
    private @Nullable ContainerGroup cgroup;
    private volatile @Nullable ContainerProcess process;
    /** Null for one that was taken over from another JVM. */
    private volatile @Nullable Function<Boolean, ContainerProcess> relauncher;

    RunContext(LocalEngine engine, ContainerSpec spec, String id) {
        this.engine = engine;
        this.spec = spec;
        this.id = id;
        this.clock = new StageClock(id, engine.listeners());
        this.lines = new LogStream(engine, id.substring(0, 12));
    }

    /** A container made ahead becomes somebody's. */
    void becomes(ContainerSpec value) {
        spec = value;
        Chronicle own = new Chronicle();
        own.image(chronicle.image());
        chronicle = own;
        clock = new StageClock(id, engine.listeners());
    }

    /** The spec with everything in it that had to be chosen for this container. */
    void chosen(ContainerSpec value) {
        spec = value;
    }

    // ---- filled by the pipeline ----

    void root(OpenRoot value) {
        root = undo.closing("root file system", value);
    }

    /** A connected namespace outlives its processes, for a restart. */
    void keepNamespace(Fd value) {
        namespace = undo.closing("network namespace", value);
    }

    /** The one it had, when that is connected and the container is not being removed. */
    Optional<Fd> namespaceAgain() {
        Fd kept = namespace;
        try {
            return kept == null || !kept.isOpen() ? Optional.empty() : Optional.of(kept.dup());
        } catch (IllegalStateException closedMeanwhile) {
            return Optional.empty();
        }
    }

    void outputs(Outputs value, @Nullable LogDriver driver) {
        outputsGoOn(value, driver);
        if (!spec.life().readiness().isEmpty()) {
            readyWait = new ReadyWait(spec.life().readiness(), watched); // sees the output from the first line
        }
    }

    /** Its policy has started it again: whoever waits for a line waits on. */
    void outputsGoOn(Outputs value, @Nullable LogDriver driver) {
        outputs = value;
        logDriver = driver;
        lines.begins(value, driver);
    }

    /** Its output, line by line. */
    LogStream lines() {
        return lines;
    }

    /** What its start has to wait for. */
    Optional<ReadyWait> readyWait() {
        return Optional.ofNullable(readyWait);
    }

    WatchedRun watched() {
        return watched;
    }

    void cgroup(ContainerGroup group) {
        cgroup = group;
        warnings.addAll(group.warnings());
    }

    void warn(List<String> more) {
        warnings.addAll(more);
    }

    void input(PlanInput value) {
        input = value;
    }

    /** One that was taken over from another JVM: it cannot be started again. */
    void process(ContainerProcess value) {
        process = value;
    }

    boolean restartable() {
        return relauncher != null;
    }

    void process(ContainerProcess value, Function<Boolean, ContainerProcess> again) {
        process = value;
        relauncher = again;
    }

    void checks(Optional<CheckPlan> value) {
        checks = value;
    }

    /** It outlives the JVM. @param forgetting what makes the guard forget it when it is removed */
    void detached(Runnable forgetting) {
        detached = true;
        undo.push("guard's memory", forgetting);
    }

    boolean isDetached() {
        return detached;
    }

    ContainerFiles files() {
        return java.util.Objects.requireNonNull(files, "ROOTFS comes first");
    }

    /** How its health is checked. */
    Optional<CheckPlan> checks() {
        return checks;
    }

    void stopSignal(Signal value) {
        stopSignal = value;
    }

    void top(@Nullable LayerId layer) {
        top = layer;
    }

    /** @param image id of its image; null if it has none @param users whom its users are on the host; null if they are the same */
    record Origin(@Nullable String image, dev.caisson.UserNamespace.@Nullable Mapped users) {}

    void origin(Origin value) {
        origin = value;
    }

    Origin origin() {
        return origin;
    }

    UndoStack undoStack() {
        return undo;
    }

    // ---- used by the handle ----

    LocalEngine engine() {
        return engine;
    }

    ContainerSpec spec() {
        return spec;
    }

    String id() {
        return id;
    }

    String name() {
        return spec.name().isEmpty() ? id.substring(0, 12) : spec.name();
    }

    Chronicle chronicle() {
        return chronicle;
    }

    StageClock clock() {
        return clock;
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }

    Outputs outputs() {
        return java.util.Objects.requireNonNull(outputs, "LOGS comes first");
    }

    OpenRoot root() {
        return java.util.Objects.requireNonNull(root, "ROOTFS comes first");
    }

    PlanInput input() {
        return java.util.Objects.requireNonNull(input, "PLAN comes first");
    }

    java.util.Optional<ContainerGroup> cgroupIfAny() {
        return java.util.Optional.ofNullable(cgroup);
    }

    ContainerGroup cgroup() {
        return java.util.Objects.requireNonNull(cgroup, "PLAN comes first");
    }

    ContainerProcess process() {
        return java.util.Objects.requireNonNull(process, "SPAWN comes first");
    }

    Optional<ContainerProcess> processIfAny() {
        return Optional.ofNullable(process);
    }

    @Nullable LayerId top() {
        return top;
    }

    Connections connections() {
        return connections;
    }

    void hostname(String value) {
        hostname = value;
    }

    String hostname() {
        return hostname;
    }

    void files(ContainerFiles value) {
        files = value;
    }

    /** Changes its /etc/hosts, if that is a file of the engine's. */
    void ownHosts(java.util.function.UnaryOperator<String> change) {
        ContainerFiles current = files;
        if (current != null && current.hasEtc()) {
            current.hosts(change);
        }
    }

    /** Whether its network namespace is another container's. */
    boolean joinsAnother() {
        return spec.network().name().startsWith("container:");
    }

    boolean hostNetwork() {
        return input().network() == PlanInput.NetworkNamespace.HOST;
    }

    Signal stopSignal() {
        return stopSignal;
    }

    List<Change> changes() {
        try {
            return engine.powers().with(() -> root().changes().get());
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.SUPERVISE, "could not list what container " + name() + " changed: " + e.getMessage(),
                    e.is(Errno.EOVERFLOW) ? "give the JVM more memory: an eighth of the heap may be taken by changes" : "", e);
        }
    }

    /** Something happened to it, in docker's words. */
    void happened(String words) {
        engine.eventLog().record(this, words);
    }

    /** The same, and the listeners are told. */
    void tell(Duration took, String detail) {
        happened(detail);
        if (!engine.listeners().isEmpty()) {
            Event event = new Event(Instant.now(), id, Stage.SUPERVISE, took, detail);
            engine.listeners().forEach(l -> l.accept(event));
        }
    }

    Usage usage(GuardExit exit) {
        return cgroup().usage(exit);
    }

    Container.Stats stats() {
        return cgroup().stats();
    }

    /** The guard died, and with it the undo list: what it would have undone is done here. */
    void guardLost() {
        engine.later(java.util.concurrent.CompletableFuture.completedFuture(null), cgroup()::sweep);
    }

    /** @throws dev.caisson.InvalidSpec if the name is taken, or is none */
    synchronized void rename(String name) {
        ContainerSpec renamed = spec.named(name);
        String old = spec.name();
        if (name.equals(old)) {
            return;
        }
        engine.home().claim(name, id);
        if (undone) {
            engine.home().unclaim(name);
            throw new EngineProblem(Stage.SUPERVISE, "container " + name() + " cannot be renamed: it was removed", "");
        }
        spec = renamed;
        happened("rename oldName=" + old);
        if (old.isEmpty()) {
            undo.push("name", () -> engine.home().unclaim(spec.name()));
        } else {
            engine.home().unclaim(old);
        }
    }

    /** Changes its limits, now and for restarts. @param running whether there is anything to change now */
    synchronized void update(dev.caisson.Resources limits, boolean running) {
        ContainerSpec updated = spec.with(limits);
        ContainerGroup now = cgroup();
        ContainerGroup group = running ? engine.groups().exchange(now, updated, id) : engine.groups().plan(updated, id);
        spec = updated;
        input = input().with(group.operations());
        cgroup = group;
        happened("update");
    }

    /** Of a container that is only created: how it is started. */
    void launchedBy(Function<Boolean, ContainerProcess> launcher) {
        relauncher = launcher;
    }

    /** @param goesOn whether for whoever waits for something it says it is still the same run */
    ContainerProcess relaunch(boolean goesOn) {
        ContainerProcess again = engine.powers().with(() -> java.util.Objects.requireNonNull(relauncher, "asked before").apply(goesOn));
        process = again;
        return again;
    }

    /** Standard input given as a stream is closed with the container, so that the thread that reads it ends. */
    void closeStdin() {
        if (spec.process().stdin() instanceof Stdin.Stream s) {
            try {
                s.stream().close();
            } catch (IOException e) {
                // it was the caller's; there is nobody to tell
            }
        }
    }

    /** Whether the process of this pid has a handler for the stop signal: a pid 1 without one never sees it (pid_namespaces(7)). */
    boolean catchesStopSignal(int pid) {
        if (pid == 0) {
            return false;
        }
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("SigCgt:")) {
                    return (Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> stopSignal.number() - 1 & 1) != 0;
                }
            }
        } catch (IOException e) {
            return false; // it ended meanwhile
        }
        return false;
    }

    /** From the driver if it can be read and the container was not removed, else the last lines. */
    String logs() {
        return outputs == null ? "" : new LogText(name(), outputs, logDriver, () -> undone).read(); // without any it was never started
    }

    /** Gives everything back. */
    void undo() {
        synchronized (this) { // a change of name comes to its end first
            undone = true;
        }
        RuntimeException failure = engine.powers().with(() -> undo.unwind(null));
        engine.forget(id);
        if (failure != null) {
            throw failure;
        }
    }

    /** The descriptors a compiled plan expects, from those at hand by name. */
    static List<Fd> inOrder(PlanCompiler.Compiled compiled, Map<String, Fd> byName) {
        List<Fd> fds = new ArrayList<>(compiled.received().size());
        for (String name : compiled.received()) {
            Fd fd = byName.get(name);
            if (fd == null) {
                throw new IllegalStateException("the plan expects a descriptor '" + name + "'; there are " + byName.keySet());
            }
            fds.add(fd);
        }
        return fds;
    }
}
