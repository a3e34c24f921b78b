package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.ContainerList;
import dev.caisson.ContainerSpec;
import dev.caisson.Engine;
import dev.caisson.EngineInfo;
import dev.caisson.EngineProblem;
import dev.caisson.Event;
import dev.caisson.Events;
import dev.caisson.Execution;
import dev.caisson.HostReport;
import dev.caisson.Images;
import dev.caisson.Networks;
import dev.caisson.Pod;
import dev.caisson.PodSpec;
import dev.caisson.Registry;
import dev.caisson.Schedule;
import dev.caisson.ScheduledContainer;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.Volumes;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.plan.LatePlans;
import dev.caisson.core.poll.Poller;
import dev.caisson.core.registry.Registries;
import dev.caisson.core.registry.RemoteRegistry;
import dev.caisson.core.rootless.RecordedIds;
import dev.caisson.core.streams.NullDevice;
import dev.caisson.core.volume.VolumeStore;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.EngineProvider;
import dev.caisson.spi.storage.LayerId;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An engine in this JVM, with one guard, one poller thread, and workers that come and go. */
final class LocalEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final Duration START_PATIENCE = Duration.ofSeconds(20);
    private static final Duration CLOSE_PATIENCE = Duration.ofMinutes(1);
    private static final int READ_BUFFER = 64 * 1024;

    private final Powers powers;
    private final EngineHome home;
    private final List<Consumer<Event>> listeners;
    private final Drivers drivers;
    private final HostContext host;
    private final Poller poller;
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER);
    private final NullDevice nullDevice = new NullDevice();
    private final StartGate starts = new StartGate();
    private final BackgroundWork background;
    private final EngineGroups groups;
    private final NamespacePool namespaces;
    private final ConnectedAhead connectedAhead;
    private final UserRanges userRanges;
    private final LatePlans latePlans = new LatePlans();
    private final Spares spares;
    private final LocalImageRoom imageRoom;
    private final VolumeStore volumes;
    private final NetworkRoom networkRoom;
    private final LiveContainers containers = new LiveContainers();
    private final EventLog eventLog;
    private final Registries registries;
    private final CloseOnce closing;
    private final EngineGuard guards;
    private final Launches launches;
    private final Adoptions adoptions = new Adoptions(this);
    private final List<LivePod> pods = new CopyOnWriteArrayList<>();
    private final Set<LiveSchedule> schedules = ConcurrentHashMap.newKeySet();

    /** @param given becomes this engine's */
    LocalEngine(EngineProvider.Settings settings, Path root, Powers given) {
        UndoStack opening = new UndoStack();
        try {
            powers = opening.closing("worker", given);
            host = new HostContext(powers.rootless());
            home = powers.with(() -> EngineHome.open(root, settings.runDirectory()));
            opening.push("root directory", home::close);
            powers.ids().ifPresent(ids -> RecordedIds.require(root, ids, System.getProperty("user.name", "")));
            listeners = CalmListener.all(settings.listeners());
            drivers = opening.closing("drivers", new Drivers(home, settings));
            groups = EngineGroups.of(home.id(), settings.cgroupParent());
            poller = opening.closing("threads", new Poller("caisson-poller-" + home.id()));
            background = new BackgroundWork(home.id(), powers, starts);
            eventLog = new EventLog(this, background.workers());
            guards = new EngineGuard(poller, home, groups, powers);
            drivers.outlivedBy(guards.survivor());
            namespaces = opening.closing("network namespaces", new NamespacePool(powers.rootless() ? 0 : settings.networkPool(), "caisson-netns-" + home.id()));
            connectedAhead = new ConnectedAhead(this, powers.rootless() ? 0 : Math.max(settings.networkPool(), settings.spares()));
            userRanges = opening.closing("user ranges", new UserRanges(home, maps -> UserNamespaces.make(guard(), maps)));
            spares = new Spares(this, settings.spares());
            launches = new Launches(this, spares);
            registries = new Registries(settings.registries(), System.getenv());
            imageRoom = new LocalImageRoom(home, drivers, listeners, this::standingOn, registries, new TrustGate(settings.contentTrust(), registries, home), powers, settings.imageLimits());
            networkRoom = new NetworkRoom(this, home, drivers);
            volumes = opening.closing("volumes", powers.with(() -> VolumeStore.open(home.root().resolve("volumes"))));
            powers.with(() -> {
                home.sweep(this::sweepGroups);
                volumes.sweep(); // after it: whose directory is gone has no volume
            });
            opening.push("containers taken over", adoptions::close);
            powers.with(adoptions::look);
            closing = CloseOnce.armed(home.id(), CLOSE_PATIENCE, this::closeAll);
        } catch (RuntimeException | Error e) {
            opening.unwind(e);
            throw e;
        }
    }

    // ---- what the pipelines use ----

    Powers powers() {
        return powers;
    }

    EngineHome home() {
        return home;
    }

    Drivers drivers() {
        return drivers;
    }

    HostContext host() {
        return host;
    }

    Poller poller() {
        return poller;
    }

    ByteBuffer readBuffer() {
        return readBuffer;
    }

    NullDevice nullDevice() {
        return nullDevice;
    }

    ExecutorService workers() {
        return background.workers();
    }

    NamespacePool namespaces() {
        return namespaces;
    }

    ConnectedAhead connectedAhead() {
        return connectedAhead;
    }

    LatePlans latePlans() {
        return latePlans;
    }

    UserRanges userRanges() {
        return userRanges;
    }

    /** Made with the guard, which removes them at its end: an engine that has none yet leaves none when it is killed. */
    EngineGroups groups() {
        guard();
        return groups;
    }

    /** The next engine finds this guard. */
    void listen(Guard guard) {
        guards.listen(guard);
    }

    void sweepGroups(String deadEngine) {
        groups.sweep(deadEngine, home.root().resolve("engines").resolve(deadEngine));
    }

    VolumeStage volumeStage(String container) {
        return new VolumeStage(volumes, container);
    }

    /** The spec of a container, with what was chosen for it. @param nameOrId an id may be cut short */
    Optional<ContainerSpec> specOf(String nameOrId) {
        return containers.find(nameOrId).map(LiveContainer::spec);
    }

    LocalImageRoom imageSource() {
        return imageRoom;
    }

    NetworkRoom networkRoom() {
        return networkRoom;
    }

    LiveContainers table() {
        return containers;
    }

    EventLog eventLog() {
        return eventLog;
    }

    List<Consumer<Event>> listeners() {
        return listeners;
    }

    /** How this host forbids the namespaces that a container needs; null if it does not. */
    @Nullable UnsupportedOnThisHost forbidden() {
        try {
            guard();
            return null;
        } catch (UnsupportedOnThisHost e) {
            return e;
        } catch (ContainerException | SyscallException e) {
            return null; // it is something else, which the start will say
        }
    }

    /** The guard, started with the first container; a new one when the last died. */
    Guard guard() {
        return guards.current();
    }

    /** The one that can launch this. */
    Guard guard(ContainerSpec spec) {
        return SharedNamespaces.hostPids(this, spec) ? guards.outside() : guard();
    }

    /** Who is in here is waited for by {@link #close}. */
    StartGate starts() {
        return starts;
    }

    void forget(String id) {
        containers.remove(id);
    }

    /** How many containers need a layer; one that is being removed is waited for. */
    private int standingOn(LayerId layer) {
        background.removals().await();
        spares.drop(layer);
        return (int) containers.all().stream().filter(c -> c.standsOn(layer)).count();
    }

    /** What nobody waits for but {@link #close}. */
    BackgroundWork background() {
        return background;
    }

    // ---- the public engine ----

    @Override
    public Container run(ContainerSpec spec) {
        return launches.run(spec);
    }

    @Override
    public Container create(ContainerSpec spec) {
        return launches.create(spec);
    }

    @Override
    public Pod run(PodSpec spec) {
        return LivePod.start(this, spec, pods);
    }

    @Override
    public List<Pod> pods() {
        return List.copyOf(pods);
    }

    @Override
    public ScheduledContainer schedule(ContainerSpec spec, Schedule when) {
        starts.requireOpen();
        LiveSchedule made = new LiveSchedule(this, spec, when, schedules::remove);
        schedules.add(made);
        return made;
    }

    @Override
    public void toBundle(ContainerSpec spec, Path directory) {
        launches.toBundle(spec, directory.toAbsolutePath().normalize());
    }

    @Override
    public CompletableFuture<Container> runAsync(ContainerSpec spec) {
        return launches.runAsync(spec);
    }

    @Override
    public Execution execute(ContainerSpec spec) {
        return launches.execute(spec);
    }

    @Override
    public Images images() {
        starts.requireOpen();
        return powers.around(Images.class, imageRoom);
    }

    @Override
    public Volumes volumes() {
        starts.requireOpen();
        return powers.around(Volumes.class, new EngineVolumes(volumes, background.removals()));
    }

    @Override
    public Registry registry(String host) {
        starts.requireOpen();
        return new RemoteRegistry(registries, host);
    }

    @Override
    public Networks networks() {
        starts.requireOpen();
        return networkRoom;
    }

    @Override
    public ContainerList containers() {
        return new ContainerSnapshot(containers);
    }

    @Override
    public Events events() {
        return eventLog;
    }

    @Override
    public EngineInfo info() {
        starts.requireOpen();
        return EngineFacts.of(this);
    }

    @Override
    public List<Container> startAll(ContainerSpec... specs) {
        return new StartTogether(this, List.of(specs)).start();
    }

    @Override
    public HostReport check() {
        if (closing.begun()) {
            return HostCheck.report(); // of the host alone: the engine's guard is gone
        }
        try {
            return HostCheck.report(groups(), powers.with(() -> EngineCheck.findings(home.root(), drivers)), powers);
        } catch (EngineProblem e) {
            return HostCheck.report(); // where no guard can start, the report says why
        }
    }

    @Override
    public Path root() {
        return home.root();
    }

    @Override
    public void close() {
        closing.run();
    }

    private void closeAll() {
        UndoStack ahead = new UndoStack();
        schedules.forEach(s -> ahead.push("schedule", s::close));
        RuntimeException stuck = ahead.unwind(null);
        if (stuck != null) {
            LOG.warn("closing {}: {}", this, stuck.toString()); // what it started is killed with the rest
        }
        starts.shut(Duration.ZERO);
        imageRoom.hangUp(); // or a registry that stands still would be waited for
        if (!starts.shut(START_PATIENCE)) {
            LOG.warn("closing {} although starts are still under way", this);
        }
        UndoStack undo = new UndoStack();
        undo.push("worker", powers::close);
        undo.push("root directory", () -> ifLeft(home::leave, home::close));
        undo.push("user ranges", userRanges::close);
        undo.push("drivers", drivers::close);
        undo.push("images", imageRoom::close);
        undo.push("volumes", volumes::close);
        undo.push("null device", nullDevice::close);
        undo.push("cgroups", () -> ifLeft(groups::leave, groups::close));
        undo.push("poller", poller::close);
        undo.push("workers", background::close);
        undo.push("containers that are left", this::leaveDetached);
        undo.push("guard", guards::close);
        undo.push("events", eventLog::close);
        undo.push("containers taken over", adoptions::close);
        undo.push("networks", networkRoom::close);
        undo.push("what is connected ahead", connectedAhead::close);
        undo.push("network namespaces", namespaces::close);
        undo.push("removals under way", background.removals()::await);
        undo.push("spares", spares::close);
        List<LiveContainer> bound = containers.all().stream().filter(c -> !c.run().isDetached()).toList();
        bound.forEach(c -> undo.push("container " + c.name(), c::remove));
        bound.forEach(c -> c.kill(dev.caisson.Signal.KILL)); // all at once, and nobody waits for a grace time here
        powers.with(() -> undo.unwind());
    }

    /** Only the guard's own end says whether something outlives this JVM. */
    private void ifLeft(Runnable left, Runnable over) {
        (guards.left() ? left : over).run();
    }

    private void leaveDetached() {
        UndoStack each = new UndoStack();
        containers.all().stream().filter(c -> c.run().isDetached()).forEach(c -> each.push("container " + c.name(), () -> Detaching.leave(c)));
        each.unwind();
    }

    @Override
    public String toString() {
        return "engine " + home.id() + " of " + home.root() + (closing.begun() ? " (closed)" : ", " + containers.size() + " containers");
    }
}
