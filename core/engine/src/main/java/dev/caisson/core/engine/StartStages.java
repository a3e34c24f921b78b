package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.RootSource;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.health.CheckPlan;
import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.security.identity.Identity;
import dev.caisson.core.spec.EtcFiles;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.core.streams.RecentLines;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.spi.storage.LayerId;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The stages of one container's start, one method each, and what they leave to each other. In which order they run says {@link RunPipeline}. */
final class StartStages implements Relauncher {
    private static final Duration GONE_TIMEOUT = Duration.ofSeconds(5);

    private final LocalEngine engine;
    private final RunContext run;
    private final Received received = new Received();
    private final RootAssembly root;
    private ContainerSpec spec;
    private boolean keepOutput;
    private ImageDefaults image = ImageDefaults.NONE;
    private @Nullable LayerId top;
    private @Nullable NetworkStage network;
    private boolean connected;
    /** The container whose network namespace it has. */
    private @Nullable RunContext sharedWith;

    /** @param keepOutput whether output is kept in memory ({@code execute()}) */
    StartStages(LocalEngine engine, ContainerSpec spec, boolean keepOutput) {
        this.engine = engine;
        this.spec = spec;
        this.keepOutput = keepOutput;
        this.run = new RunContext(engine, spec, Ids.random());
        this.root = new RootAssembly(engine, run, received);
    }

    LocalEngine engine() {
        return engine;
    }

    RunContext run() {
        return run;
    }

    ContainerSpec spec() {
        return spec;
    }

    /** What the next launch message brings. */
    Received received() {
        return received;
    }

    @Nullable LayerId top() {
        return top;
    }

    /** It was made ahead, and is somebody's now. */
    void becomes(ContainerSpec someones, boolean keep) {
        spec = someones;
        keepOutput = keep;
        run.becomes(someones);
    }

    /** Runs stages. Whatever fails, everything before it is undone. */
    void undoingFailures(Runnable stages) {
        try {
            stages.run();
        } catch (RuntimeException | Error e) {
            run.processIfAny().ifPresent(p -> {
                p.signal(Signal.KILL.number(), Guard.Scope.TREE); // it may run by now
                Waiting.ended(p.gone(), GONE_TIMEOUT); // its directories are in use until then
            });
            if (run.processIfAny().filter(ContainerProcess::orphaned).isPresent()) {
                run.guardLost();
            }
            run.undoStack().unwind(e);
            throw e;
        } finally {
            received.close();
        }
    }

    /** RESOLVE, of a container that is somebody's. */
    void claimName() {
        OciHooks.poststop(run);
        if (!spec.name().isEmpty()) {
            engine.home().names().claim(spec.name(), run.id());
            run.undoStack().push("name", () -> engine.home().names().free(run.spec().name()));
        }
    }

    /** RESOLVE. */
    void image() {
        if (spec.root() instanceof RootSource.Image source) {
            ImageSource.Resolved resolved = engine.imageSource().resolve(source.reference());
            image = resolved.defaults();
            run.chronicle().image(image);
            top = resolved.top();
            run.top(top);
        }
    }

    /** The part of ROOTFS that is no file system: whom its users are. */
    void users() {
        root.users(spec);
    }

    /** The rest of ROOTFS, and of NETWORK. */
    void assemble(StageClock clock) {
        clock.run(Stage.ROOTFS, "make the root file system of container " + run.name(), () -> {
            spec = root.make(spec, image, top, keepOutput);
        });
        clock.run(Stage.NETWORK, "connect container " + run.name(), this::network);
    }

    private void network() {
        if (!connected) {
            namespace();
            connect();
        }
        run.network().hostname(hostname());
        if (!(spec.root() instanceof RootSource.HostRoot) && spec.oci() == null) {
            EtcFiles etc = RootStage.etc(engine, sharedWith == null ? run : sharedWith, hostname(), kind() == PlanInput.NetworkNamespace.HOST); // its own, or another's
            root.etc(etc);
        }
    }

    /** The part of NETWORK that the first part of a launch needs. */
    void namespace() {
        Optional<LiveContainer> shared = NetworkStage.joined(engine, spec);
        sharedWith = shared.map(LiveContainer::run).orElse(null);
        chosen(NetworkStage.choose(engine, spec, run, root.namespace() != null));
    }

    private void chosen(NetworkStage stage) {
        stage.namespace().ifPresent(fd -> received.put("netns", fd));
        network = stage;
    }

    private NetworkStage networkStage() {
        return java.util.Objects.requireNonNull(network, "its namespace comes first");
    }

    private PlanInput.NetworkNamespace kind() {
        return networkStage().kind();
    }

    /** The part of NETWORK that needs no root file system. */
    void connect() {
        networkStage().connect(run, spec, image, hostname());
        connected = true;
    }

    /** The same of a container that is nobody's yet: as far as it can be connected. */
    void connectAhead() {
        chosen(NetworkStage.chooseAhead(engine, spec, run, root.namespace() != null));
        if (!run.connections().isAhead()) {
            connect();
        }
        connected = true;
    }

    /** NETWORK, of one that was nobody's. @return false if its place on the network was taken back */
    boolean assign() {
        return networkStage().assign(run, spec, image, hostname());
    }

    private String hostname() {
        RunContext other = sharedWith;
        if (other != null) {
            return other.hostname();
        }
        return SharedNamespaces.hostname(engine, spec).orElseGet(() -> spec.network().name().equals("host") ? engine.host().hostname() : run.id().substring(0, 12));
    }

    /** LOGS. */
    void logs() {
        OpenLogs logs = openLogs(() -> run.processIfAny().ifPresent(p -> p.signal(Signal.KILL.number(), Guard.Scope.TREE)), new RecentLines());
        run.streams().open(logs, spec);
        run.undoStack().push("logs", () -> {
            if (run.processIfAny().isEmpty()) {
                logs.outputs().abandon(); // with a process, they end with its streams
            }
        });
    }

    private OpenLogs openLogs(Runnable exceeded, RecentLines recent) {
        return OpenLogs.open(engine.drivers(), engine.workers(), spec, run.id(), run.name(), image, keepOutput, root.files().statePath(), exceeded, recent);
    }

    /** SPAWN, the first part of a launch, unless that needs more than there is yet. */
    @Nullable FirstPart early() {
        PlanInput.Cgroup cgroup = group().operations();
        if (cgroup.deviceFilter() != null) {
            return null;
        }
        PlanCompiler.Compiled early = EarlyLaunch.plan(spec, hostname(), kind(), cgroup, root.namespace(), !keepOutput);
        return FirstPart.launch(early, new SpareProcess(engine.guard(), early.plan(), null, () -> { }, true), received, run);
    }

    private ContainerGroup group() {
        if (run.cgroupIfAny().isEmpty()) {
            engine.groups().reach(engine.guard(), spec);
            run.cgroup(engine.groups().plan(spec, run.id()));
        }
        return run.cgroup();
    }

    private Resolution resolution() {
        Resolution resolution = new Resolution(engine.host(), spec, image, hostname(), run.root(), top, Optional.ofNullable(root.namespace()), engine.powers().ids().orElse(null),
                HolderRoot.isRootOf(engine.home(), spec));
        run.stopSignal(resolution.stopSignal());
        run.checks(keepOutput ? Optional.empty() : CheckPlan.of(spec.life().health(), image.health(), image.shell()));
        return resolution;
    }

    /** Who its user is. */
    Identity identity() {
        return resolution().identity();
    }

    /** PLAN, of a container that is launched now or later. */
    PlanInput plan(boolean reportRunning) {
        Resolution resolution = resolution();
        ContainerGroup cgroup = group();
        cgroup.deviceFilter().ifPresent(fd -> received.put("device filter", fd));
        if (spec.security().sandbox()) {
            landlock(received);
            run.warn(Confinement.warnings());
        }
        PlanInput input = resolution.input(kind(), root.fileTargets(), root.files().hasEtc(), cgroup.operations(), reportRunning);
        run.input(input);
        return input;
    }

    private void landlock(Received into) {
        Confinement.ruleset(run.root().root()).ifPresent(fd -> into.put("landlock", fd));
    }

    private boolean toldOfTheStart() {
        return !keepOutput || OciHooks.whenRunning(spec) || !GivenCgroups.path(spec).isEmpty();
    }

    /** PLAN, of what a start is told of: {@code run()} returns when it runs. */
    PlanInput plan() {
        return plan(toldOfTheStart());
    }

    /**
     * PLAN, of what a container made ahead is still to be told.
     *
     * @param like the spec it was made for
     * @param ahead who the user of that is
     */
    PlanCompiler.Compiled rest(FirstPart first, ContainerSpec like, @Nullable Identity ahead) {
        Resolution resolution = resolution();
        Optional<Identity> known = resolution.sameUser(like) ? Optional.ofNullable(ahead) : Optional.empty();
        PlanInput input = resolution.become(run.input(), known, !keepOutput);
        run.input(input);
        return PlanCompiler.rest(first.plan().plan(), input);
    }

    @Nullable Preparation beforeGo() {
        return root.beforeGo();
    }

    /** SPAWN of the rest of a launch; false if its first part is dead. */
    boolean proceed(FirstPart first, PlanCompiler.Compiled rest) {
        run.launchedBy(this);
        Optional<ContainerProcess> process = first.proceed(engine, run, rest, received);
        process.ifPresent(this::started);
        return process.isPresent();
    }

    /** SPAWN. @param first its first part; null where it has none */
    void spawn(@Nullable FirstPart first, PlanCompiler.Compiled compiled) {
        run.launchedBy(this); // first: what is detached from its start has its recipe by it, on another thread and perhaps before this one goes on
        if (first == null) {
            started(Spawner.spawn(engine, engine.guard(spec), run, compiled, received, beforeGo()));
        } else if (!proceed(first, compiled)) {
            throw first.death("container " + run.name(), run.input().process().argv().get(0));
        }
    }

    private void started(ContainerProcess process) {
        run.process(process);
        if (toldOfTheStart()) {
            if (!engine.powers().rootless()) { // else what is heard would be done by the worker this thread is with
                process.hearTheStart();
            }
            Waiting.await(process.started(), "the start of container " + run.name(), () -> process.signal(Signal.KILL.number(), Guard.Scope.TREE));
            GivenCgroups.write(run);
            OciHooks.poststart(run);
        }
    }

    private void receiveAgain(PlanCompiler.Compiled compiled, Received into) {
        root.again(spec, image, into);
        if (run.input().privilege().landlock()) {
            landlock(into);
        }
        run.cgroup().deviceFilter().ifPresent(fd -> into.put("device filter", fd));
        if (compiled.received().contains("netns")) {
            into.put("netns", run.network().again().orElseGet(() -> engine.namespaces().take().orElseGet(NamespacePool::make)));
        }
    }

    @Override
    public Optional<Recipe> recipe(Fd stdout, Fd stderr) {
        if (spec.oci() != null) {
            return Optional.empty(); // its hooks, gate and console are the JVM's
        }
        PlanCompiler.Compiled compiled = PlanCompiler.compile(run.input().withoutStops());
        try (Received all = new Received()) {
            receiveAgain(compiled, all);
            all.put("stdin", engine.nullDevice().open(Fcntl.O_RDONLY));
            all.put("stdout", stdout.dup());
            all.put("stderr", stderr.dup());
            return Optional.of(Recipe.of(compiled, all));
        }
    }

    /** On the same root file system: fresh descriptors for the same plan. */
    @Override
    public ContainerProcess again(boolean goesOn) {
        if (!GivenCgroups.path(spec).isEmpty()) { // what leads there may be another by now
            engine.groups().reach(engine.guard(), spec);
            run.exchange(run.spec(), engine.groups().plan(run.spec(), run.id()));
        }
        PlanCompiler.Compiled compiled = PlanCompiler.compile(run.input());
        try (received) {
            receiveAgain(compiled, received);
            OpenLogs logs = openLogs(() -> { }, goesOn ? run.outputs().recent() : new RecentLines());
            if (goesOn) {
                run.streams().goOn(logs);
            } else {
                run.streams().open(logs, spec);
            }
            return Spawner.spawn(engine, engine.guard(spec), run, compiled, received, beforeGo());
        }
    }
}
