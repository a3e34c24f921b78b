package dev.caisson.core.engine;

import dev.caisson.Change;
import dev.caisson.Container;
import dev.caisson.ContainerSpec;
import dev.caisson.Event;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.health.CheckPlan;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.restart.Restarts;
import dev.caisson.core.rootfs.OpenRoot;
import dev.caisson.linux.Errno;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.LayerId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What one container holds while it exists, gathered stage by stage by {@link RunPipeline}, and given back by {@link #undo}. */
final class RunContext {
    private final LocalEngine engine;
    private volatile ContainerSpec spec;
    private final String id;
    private volatile StageClock clock;
    private volatile Chronicle chronicle = new Chronicle();
    private final UndoStack undo = new UndoStack();
    private final List<String> warnings = new ArrayList<>();
    private Signal stopSignal = Signal.TERM;
    private Optional<CheckPlan> checks = Optional.empty();
    private volatile boolean detached;
    /** Of a detached one that its guard can start again. */
    private volatile @Nullable DetachedLaunch detachedLaunch;
    private boolean stays;
    private @Nullable EngineHome home;
    private @Nullable EngineGroups groups;
    private volatile Restarts.State restarts = Restarts.State.NONE;
    private @Nullable LayerId top;
    private Origin origin = new Origin(null, null);
    private volatile @Nullable OpenRoot root;
    private boolean reopened;
    private @Nullable ContainerFiles files;
    private final RunNetwork network = new RunNetwork();
    private final RunStreams streams;
    private final SpecChanges specChanges = new SpecChanges(this);
    private @Nullable PlanInput input;
    private @Nullable ContainerGroup cgroup;
    private volatile @Nullable ContainerProcess process;
    /** Null for one that was taken over from another JVM. */
    private volatile @Nullable Relauncher relauncher;
    /** That of a detached one before its guard could. */
    private @Nullable Relauncher maker;
    private volatile @Nullable AtGate atGate;
    private volatile CompletableFuture<Void> swept = CompletableFuture.completedFuture(null);

    RunContext(LocalEngine engine, ContainerSpec spec, String id) {
        this.engine = engine;
        this.spec = spec;
        this.id = id;
        this.clock = new StageClock(id, engine.listeners());
        this.streams = new RunStreams(this);
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

    /** Of one that was taken over: it was started again, and looked into elsewhere. */
    synchronized void reopen(OpenRoot value) {
        OpenRoot before = root();
        root = value;
        before.close();
        if (!reopened) {
            undo.push("root file system of the last run", () -> root().close());
        }
        reopened = true;
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

    void process(ContainerProcess value) {
        process = value;
    }

    boolean restartable() {
        return relauncher != null;
    }

    void atGate(@Nullable AtGate value) {
        atGate = value;
    }

    /** Empty without a start gate. */
    Optional<AtGate> atGate() {
        return Optional.ofNullable(atGate);
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

    /** From now on its guard starts it again, whoever says so. */
    void detachedLaunch(DetachedLaunch value) {
        detachedLaunch = undo.closing("detached launch", value);
        maker = relauncher;
        relauncher = value;
    }

    /** Its guard is dead: it is started again as one that was not detached, if that was made here. */
    void withoutGuard() {
        detachedLaunch().ifPresent(DetachedLaunch::close);
        detachedLaunch = null;
        relauncher = maker;
    }

    /** What a guard needs to start it again; empty if it cannot. */
    Optional<Recipe> recipe(dev.caisson.linux.Fd stdout, dev.caisson.linux.Fd stderr) {
        Relauncher known = relauncher;
        return known == null ? Optional.empty() : known.recipe(stdout, stderr);
    }

    Optional<DetachedLaunch> detachedLaunch() {
        return Optional.ofNullable(detachedLaunch);
    }

    /** Of one that was taken over: the engine that made it, whose names and cgroups it has. */
    void belongsTo(EngineHome itsHome, EngineGroups itsGroups) {
        home = itsHome;
        groups = itsGroups;
    }

    /** Where its name is claimed. */
    EngineHome home() {
        return home == null ? engine.home() : home;
    }

    /** Where its cgroups are. */
    EngineGroups groups() {
        return groups == null ? engine.groups() : groups;
    }

    /** How far its policy has come. */
    void restarts(Restarts.State state) {
        restarts = state;
    }

    /** It was stopped in another JVM, and its policy does not count any more. */
    void stays() {
        stays = true;
    }

    boolean isToStay() {
        return stays;
    }

    Restarts.State restarts() {
        return restarts;
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

    RunStreams streams() {
        return streams;
    }

    Outputs outputs() {
        return streams.outputs();
    }

    RunNetwork network() {
        return network;
    }

    SpecChanges specChanges() {
        return specChanges;
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
        return network.connections();
    }

    String hostname() {
        return network.hostname();
    }

    void files(ContainerFiles value) {
        files = value;
    }

    /** Changes its /etc/hosts, if that is a file of the engine's. */
    void ownHosts(java.util.function.UnaryOperator<String> change) {
        ownFile("hosts", change);
    }

    /** Changes one of its /etc files, if they are the engine's. */
    void ownFile(String name, java.util.function.UnaryOperator<String> change) {
        ContainerFiles current = files;
        if (current != null && current.hasEtc()) {
            current.change(name, change);
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
        tellListeners(took, detail);
    }

    /** Of what is no word of docker's. */
    void tellListeners(Duration took, String detail) {
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
        CompletableFuture<Void> done = new CompletableFuture<>();
        swept = done;
        engine.background().later(CompletableFuture.completedFuture(null), () -> {
            try {
                cgroup().sweep();
            } finally {
                done.complete(null);
            }
        });
    }

    /** Completes when that is done: the next start makes the same again. */
    CompletableFuture<Void> swept() {
        return swept;
    }

    /** Other limits are in force. */
    void exchange(ContainerSpec updated, ContainerGroup group) {
        spec = updated;
        input = input().with(group.operations());
        cgroup = group;
    }

    /** How it is started, or started again. */
    void launchedBy(Relauncher launcher) {
        relauncher = launcher;
    }

    /** @param goesOn whether for whoever waits for something it says it is still the same run */
    ContainerProcess relaunch(boolean goesOn) {
        ContainerProcess again = engine.powers().with(() -> java.util.Objects.requireNonNull(relauncher, "asked before").again(goesOn));
        process = again;
        return again;
    }

    /** What was started again runs. */
    void runs(ContainerProcess started) {
        java.util.Objects.requireNonNull(relauncher, "it was started").runs(started);
    }

    /** What it printed: from the driver if it can be read and the container was not removed, else the last lines. */
    String logs() {
        return streams.text(name(), specChanges::over);
    }

    /** Gives everything back. */
    void undo() {
        specChanges.end(); // a change of name comes to its end first
        RuntimeException failure = engine.powers().with(() -> undo.unwind(null));
        engine.forget(id);
        if (failure != null) {
            throw failure;
        }
    }
}
