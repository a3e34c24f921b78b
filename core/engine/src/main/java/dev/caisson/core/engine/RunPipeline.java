package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Mount;
import dev.caisson.RootSource;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.UserNamespace;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.health.CheckPlan;
import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.rootfs.BindMounts;
import dev.caisson.core.rootfs.HostRoot;
import dev.caisson.core.rootfs.OpenRoot;
import dev.caisson.core.rootfs.SeenBy;
import dev.caisson.core.security.identity.Identity;
import dev.caisson.core.spec.EtcFiles;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.core.spec.Targets;
import dev.caisson.core.streams.RecentLines;
import dev.caisson.linux.Fd;
import dev.caisson.spi.storage.LayerId;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** From a spec to a running process: one method a stage, in the order of the table in docs/ARCHITECTURE.md. */
final class RunPipeline {
    /** A container made ahead died before it became anybody's. */
    static final class SpareDied extends Exception {
        private static final long serialVersionUID = 1L;

        private SpareDied() {
            super(null, null, false, false);
        }
    }

    private static final Duration GONE_TIMEOUT = Duration.ofSeconds(5);

    private final LocalEngine engine;
    private ContainerSpec spec;
    private boolean keepOutput;
    private final RunContext run;
    /** The descriptors of the launch message, by the plan's names; closed when it is sent. */
    private final Map<String, Fd> received = new LinkedHashMap<>();
    private ImageDefaults image = ImageDefaults.NONE;
    private @Nullable LayerId top;
    private @Nullable ContainerFiles files;
    private final Set<String> fileTargets = new HashSet<>();
    private PlanInput.NetworkNamespace network = PlanInput.NetworkNamespace.NEW;
    private @Nullable FirstPart first;
    private boolean connected;
    private final ContainerSpec like;
    private @Nullable Identity identity;
    /** The container whose network namespace it has. */
    private @Nullable RunContext sharedWith;
    /** Of a user namespace of its own. */
    private @Nullable SeenBy users;

    /** @param keepOutput whether output is kept in memory ({@code execute()}) */
    RunPipeline(LocalEngine engine, ContainerSpec spec, boolean keepOutput) {
        this.engine = engine;
        this.spec = spec;
        this.like = spec;
        this.keepOutput = keepOutput;
        this.run = new RunContext(engine, spec, Ids.random());
    }

    /** Runs all stages. Whatever fails, everything before it is undone. */
    RunContext start() {
        StageClock clock = run.clock();
        undoingFailures(() -> {
            clock.run(Stage.RESOLVE, "find the root file system of container " + run.name(), () -> {
                claimName();
                image();
            });
            if (EarlyLaunch.possible(engine, spec)) {
                clock.run(Stage.NETWORK, "connect container " + run.name(), this::connect);
                clock.run(Stage.SPAWN, "start container " + run.name(), this::early);
            }
            assemble(clock);
            clock.run(Stage.LOGS, "open the logs of container " + run.name(), this::logs);
            PlanCompiler.Compiled plan = clock.run(Stage.PLAN, "plan container " + run.name(),
                    () -> first == null ? PlanCompiler.compile(plan(!keepOutput)) : PlanCompiler.late(plan(!keepOutput)));
            clock.run(Stage.SPAWN, "start container " + run.name(), () -> spawn(plan));
        });
        return run;
    }

    /** All stages but the last: a container that is started later, as one is started again. */
    RunContext create() {
        StageClock clock = run.clock();
        undoingFailures(() -> {
            clock.run(Stage.RESOLVE, "find the root file system of container " + run.name(), () -> {
                claimName();
                image();
            });
            assemble(clock);
            clock.run(Stage.PLAN, "plan container " + run.name(), () -> plan(true));
            run.launchedBy(this::relaunch);
        });
        return run;
    }

    /** Makes all of a container but its program, which {@link #become} gives it. The spec is that of a start like it. */
    RunPipeline ahead(Consumer<RunPipeline> onDeath) {
        StageClock clock = new StageClock(run.id(), List.of()); // not a start that anybody asked for
        undoingFailures(() -> {
            clock.run(Stage.RESOLVE, "find the root file system of a spare", this::image);
            assemble(clock);
            PlanCompiler.Compiled ahead = clock.run(Stage.PLAN, "plan a spare", () -> PlanCompiler.ahead(plan(false)));
            SpareProcess process = new SpareProcess(engine.guard(), ahead.plan(), beforeGo(), () -> onDeath.accept(this));
            first = clock.run(Stage.SPAWN, "start a spare", () -> FirstPart.launch(ahead, process, received, run));
            identity = resolution().identity();
        });
        return this;
    }

    /** The first part of a launch, unless that needs more than there is yet. */
    private void early() {
        PlanInput.Cgroup cgroup = group().operations();
        if (cgroup.deviceFilter() == null) {
            PlanCompiler.Compiled early = EarlyLaunch.plan(spec, hostname(), network, cgroup, !keepOutput);
            first = FirstPart.launch(early, new SpareProcess(engine.guard(), early.plan(), null, () -> { }, true), received, run);
        }
    }

    private ContainerGroup group() {
        if (run.cgroupIfAny().isEmpty()) {
            run.cgroup(engine.groups().plan(spec, run.id()));
        }
        return run.cgroup();
    }

    /** The stages that are left of a container made ahead. @throws SpareDied if it died before that; nothing is left of it then */
    RunContext become(ContainerSpec someones, boolean keep) throws SpareDied {
        spec = someones;
        keepOutput = keep;
        run.becomes(someones);
        StageClock clock = run.clock();
        boolean[] lives = {false};
        undoingFailures(() -> {
            clock.run(Stage.RESOLVE, "name container " + run.name(), this::claimName);
            clock.record(Stage.ROOTFS, 0);
            clock.record(Stage.NETWORK, 0);
            clock.run(Stage.LOGS, "open the logs of container " + run.name(), this::logs);
            PlanCompiler.Compiled rest = clock.run(Stage.PLAN, "plan container " + run.name(), this::rest);
            lives[0] = clock.run(Stage.SPAWN, "start container " + run.name(), () -> proceed(rest));
        });
        if (!lives[0]) {
            discard();
            throw new SpareDied();
        }
        return run;
    }

    /** Whether a container made ahead can be given its program. */
    boolean ready() {
        return firstPart().process().ready();
    }

    /** What stands on a layer must go before the layer. */
    boolean standsOn(LayerId layer) {
        return layer.equals(top);
    }

    /** Gives back a container made ahead that is nobody's. */
    void discard() {
        RuntimeException failure = run.undoStack().unwind(null);
        if (failure != null) {
            throw failure;
        }
    }

    private FirstPart firstPart() {
        return java.util.Objects.requireNonNull(first);
    }

    private void assemble(StageClock clock) {
        clock.run(Stage.ROOTFS, "make the root file system of container " + run.name(), this::rootfs);
        clock.run(Stage.NETWORK, "connect container " + run.name(), this::network);
    }

    private void undoingFailures(Runnable stages) {
        try {
            stages.run();
        } catch (RuntimeException | Error e) {
            run.processIfAny().ifPresent(p -> Waiting.ended(p.gone(), GONE_TIMEOUT)); // its directories are in use until then
            if (run.processIfAny().filter(ContainerProcess::orphaned).isPresent()) {
                run.guardLost();
            }
            run.undoStack().unwind(e);
            throw e;
        } finally {
            closeReceived();
        }
    }

    private void closeReceived() {
        received.values().forEach(Fd::close);
        received.clear();
    }

    private void claimName() {
        if (!spec.name().isEmpty()) {
            engine.home().claim(spec.name(), run.id());
            run.undoStack().push("name", () -> engine.home().unclaim(run.spec().name()));
        }
    }

    private void image() {
        if (spec.root() instanceof RootSource.Image source) {
            ImageSource.Resolved resolved = engine.imageSource().resolve(source.reference());
            image = resolved.defaults();
            run.chronicle().image(image);
            top = resolved.top();
            run.top(top);
        }
    }

    private void rootfs() {
        ContainerFiles made = ContainerFiles.make(engine.home(), run.id());
        files = made;
        run.files(made);
        run.undoStack().push("container directory", made::remove);
        if (!engine.powers().rootless()) { // else the worker's maps are its own, and nothing is seen through them
            users = UserNamespaces.open(engine, spec.security().users(), run.id(), run.undoStack());
        }
        OpenRoot root = RootStage.open(engine, spec, run.id(), made, top, users);
        run.root(root);
        run.origin(new RunContext.Origin(image.id(), owners()));
        run.warn(root.warnings());
        received.put("root", root.held().forLaunch(keepOutput));
        root.received().forEach(r -> received.put("mount " + r.target(), r.mount().forLaunch(keepOutput)));
        volumes();
        binds();
    }

    /** Once in a container's life; what is mounted of them is made for each start. */
    private void volumes() {
        if (!VolumeStage.concerns(spec)) {
            return;
        }
        VolumeStage.Chosen chosen = VolumeStage.choose(spec, engine::specOf);
        spec = chosen.spec();
        run.chosen(spec);
        for (Mount mount : spec.files().mounts()) {
            if (mount instanceof Mount.Volume volume) {
                engine.volumeStage(run.id()).take(volume, chosen.anonymous().contains(volume.volume()), files().statePath(), run.root().root(), users == null ? null : users.maps(), run.undoStack());
            }
        }
    }

    /** Fresh detached mounts of the host's devices, where the container cannot make its own, and of the user's binds, volumes and secrets. */
    private void binds() {
        if (maps() != null) {
            UserNamespaces.devices(received);
        }
        SharedNamespaces.receive(engine, spec, run.name(), received);
        Targets.distinct(spec.files().mounts());
        for (Mount mount : spec.files().mounts()) {
            if (mount instanceof Mount.Bind bind) {
                String target = Targets.clean(bind.target());
                BindMounts.Bound bound = BindMounts.make(bind);
                received.put("mount " + target, bound.mount());
                if (bound.file()) {
                    fileTargets.add(target);
                }
            } else if (mount instanceof Mount.Volume volume) {
                received.put("mount " + Targets.clean(volume.target()), engine.volumeStage(run.id()).mount(volume, users));
            }
        }
        if (!spec.files().secrets().isEmpty()) {
            Identity owner = Identities.resolve(run.root().root(), spec.process().user() != null ? spec.process().user() : image.user(), spec.process().groups());
            received.put("mount " + SecretFiles.TARGET, SecretFiles.mount(spec.files().secrets(), owner, owners()));
        }
    }

    private void network() {
        if (!connected) {
            connect();
        }
        run.hostname(hostname());
        if (!(spec.root() instanceof RootSource.HostRoot)) {
            EtcFiles etc = RootStage.etc(engine, sharedWith == null ? run : sharedWith, hostname(), network == PlanInput.NetworkNamespace.HOST); // its own, or another's
            files().etc(etc, owners()).forEach(this::unlessBound);
        }
    }

    private void connect() {
        Optional<LiveContainer> shared = NetworkStage.joined(engine, spec);
        sharedWith = shared.map(LiveContainer::run).orElse(null);
        NetworkStage stage = NetworkStage.connect(engine, spec, run, image, hostname(), maps() != null);
        stage.namespace().ifPresent(fd -> received.put("netns", fd));
        network = stage.kind();
        connected = true;
    }

    /** A file of the engine's, where the caller has not bound one of his own. */
    private void unlessBound(String target, Fd file) {
        if (received.putIfAbsent("mount " + target, file) != null) {
            file.close();
        }
    }

    private ContainerFiles files() {
        return java.util.Objects.requireNonNull(files, "ROOTFS comes first");
    }

    private String hostname() {
        RunContext other = sharedWith;
        if (other != null) {
            return other.hostname();
        }
        return SharedNamespaces.hostname(engine, spec).orElseGet(() -> spec.network().name().equals("host") ? engine.host().hostname() : run.id().substring(0, 12));
    }

    private void logs() {
        OpenLogs logs = OpenLogs.open(engine.drivers(), engine.workers(), spec, run.id(), run.name(), image, keepOutput, files().statePath(),
                () -> run.processIfAny().ifPresent(p -> p.signal(Signal.KILL.number(), Guard.Scope.TREE)), new RecentLines());
        run.outputs(logs.outputs(), logs.driver());
        run.undoStack().push("logs", () -> {
            if (run.processIfAny().isEmpty()) {
                logs.outputs().abandon(); // with a process, they end with its streams
            }
        });
    }

    private Resolution resolution() {
        Resolution resolution = new Resolution(engine.host(), spec, image, hostname(), run.root(), Optional.ofNullable(maps()), engine.powers().ids().orElse(null));
        run.stopSignal(resolution.stopSignal());
        run.checks(keepOutput ? Optional.empty() : CheckPlan.of(spec.life().health(), image.health(), image.shell()));
        return resolution;
    }

    private PlanInput plan(boolean reportRunning) {
        Resolution resolution = resolution();
        ContainerGroup cgroup = group();
        cgroup.deviceFilter().ifPresent(fd -> received.put("device filter", fd));
        if (spec.security().sandbox()) {
            Confinement.ruleset(run.root().root()).ifPresent(fd -> received.put("landlock", fd));
            run.warn(Confinement.warnings());
        }
        PlanInput input = resolution.input(network, fileTargets, files().hasEtc(), cgroup.operations(), reportRunning);
        run.input(input);
        return input;
    }

    private PlanCompiler.Compiled rest() {
        Resolution resolution = resolution();
        Optional<Identity> known = resolution.sameUser(like) ? Optional.ofNullable(identity) : Optional.empty();
        PlanInput input = resolution.become(run.input(), known, !keepOutput);
        run.input(input);
        return PlanCompiler.rest(firstPart().plan().plan(), input);
    }

    private boolean proceed(PlanCompiler.Compiled rest) {
        Optional<ContainerProcess> process = firstPart().proceed(engine, run, rest, received);
        process.ifPresent(p -> started(p));
        return process.isPresent();
    }

    private void spawn(PlanCompiler.Compiled compiled) {
        if (first == null) {
            started(Spawner.spawn(engine, engine.guard(), run, compiled, received, beforeGo()));
        } else if (!proceed(compiled)) {
            throw firstPart().death("container " + run.name(), run.input().process().argv().get(0));
        }
    }

    private UserNamespace.@Nullable Mapped maps() {
        return users == null ? engine.powers().maps(spec.security().users()) : users.maps();
    }

    /** Whom files of its users belong to, where they are made by others than itself; null if the numbers are the same. */
    private UserNamespace.@Nullable Mapped owners() {
        return users == null ? engine.powers().kept(spec.security().users()) : users.maps();
    }

    /** In a user namespace the child may neither write its maps nor join its cgroups: it waits until this is done. */
    private @Nullable Preparation beforeGo() {
        UserNamespace.Mapped maps = maps();
        return maps == null ? null : new Preparation(pid -> {
            run.cgroup().join(pid);
            if (users == null) {
                UserNamespaces.enterBelow(pid, maps, engine.powers());
            } else {
                UserNamespaces.enter(pid, maps);
            }
        }, engine.workers());
    }

    private void started(ContainerProcess process) {
        run.process(process, this::relaunch);
        if (!keepOutput) {
            Waiting.await(process.started(), "the start of container " + run.name(), () -> process.signal(Signal.KILL.number(), Guard.Scope.TREE));
        }
    }

    /** Starts it again on the same root file system: fresh descriptors for the same plan. */
    private ContainerProcess relaunch(boolean goesOn) {
        PlanCompiler.Compiled compiled = PlanCompiler.compile(run.input());
        try {
            received.put("root", run.root().held().forLaunch(false));
            run.root().received().forEach(r -> received.put("mount " + r.target(), r.mount().forLaunch(false)));
            if (run.input().privilege().landlock()) {
                Confinement.ruleset(run.root().root()).ifPresent(fd -> received.put("landlock", fd));
            }
            binds();
            if (files().hasEtc()) {
                files().etcAgain().forEach(this::unlessBound);
            }
            run.cgroup().deviceFilter().ifPresent(fd -> received.put("device filter", fd));
            if (compiled.received().contains("netns")) {
                received.put("netns", run.namespaceAgain().orElseGet(() -> engine.namespaces().take().orElseGet(NamespacePool::make)));
            }
            OpenLogs logs = OpenLogs.open(engine.drivers(), engine.workers(), spec, run.id(), run.name(), image, keepOutput, files().statePath(), () -> { },
                    goesOn ? run.outputs().recent() : new RecentLines());
            if (goesOn) {
                run.outputsGoOn(logs.outputs(), logs.driver());
            } else {
                run.outputs(logs.outputs(), logs.driver());
            }
            return Spawner.spawn(engine, engine.guard(), run, compiled, received, beforeGo());
        } finally {
            closeReceived();
        }
    }
}
