package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
import dev.caisson.core.detach.Kept;
import dev.caisson.core.detach.SpoolReader;
import dev.caisson.core.guard.AgainNumbers;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.TakenGuard;
import dev.caisson.core.health.CheckPlan;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.rootfs.AdoptedRoot;
import dev.caisson.core.streams.LogOutput;
import dev.caisson.core.streams.RecentLines;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Processes;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.storage.LayerId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The containers of an engine that is gone, under its guard, in this JVM: they go on, and the guard and the directories go with the last of them. */
final class AdoptedEngine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final long PATIENCE = 5_000_000_000L;
    private static final long PAUSE = 5_000_000L;

    private final LocalEngine engine;
    private final EngineHome home;
    private final Guard guard;
    private final EngineGroups groups;
    private boolean closed;

    private AdoptedEngine(LocalEngine engine, EngineHome home, Guard guard, EngineGroups groups) {
        this.engine = engine;
        this.home = home;
        this.guard = guard;
        this.groups = groups;
    }

    /** All of it, or, if this fails, nothing: then it is as it was, for the next engine. */
    static AdoptedEngine open(LocalEngine engine, String id, TakenGuard taken) {
        UndoStack opened = new UndoStack();
        try {
            return open(engine, id, taken, opened);
        } catch (RuntimeException | Error e) {
            opened.unwind(e);
            throw e;
        }
    }

    /** @param opened gets what closes it, and undoes nothing */
    private static AdoptedEngine open(LocalEngine engine, String id, TakenGuard taken, UndoStack opened) {
        EngineHome home = engine.home().of(id);
        opened.push("directories", home::leaveOthers);
        Map<Integer, Kept> written = new HashMap<>();
        for (String container : home.containerIds()) {
            try (Fd directory = FileCalls.openat(home.containers(), container, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
                Kept kept = Kept.read(directory);
                if (kept.id().equals(container)) {
                    written.put(kept.launch(), kept);
                }
            } catch (EngineProblem e) {
                LOG.warn("detached container {} cannot be taken over: {}", container, e.toString());
            } catch (SyscallException e) {
                LOG.debug("{} was not detached: {}", container, e.toString());
            }
        }
        Map<Integer, TakenGuard.Launch> launches = taken.launches();
        written.keySet().retainAll(launches.keySet());
        written.values().removeIf(kept -> {
            boolean half = kept.spec().oci() == null && launches.get(kept.launch()).again().isEmpty(); // all but bundles have a recipe, which is said last
            if (half) {
                LOG.warn("the JVM of container {} was killed while it detached it", kept.id());
            }
            return half;
        });
        EngineGroups groups = EngineGroups.existing(id, written.isEmpty() ? List.of() : written.values().iterator().next().cgroups());
        opened.push("cgroups", groups::leave);
        UndoStack made = new UndoStack();
        opened.push("containers", made::unwind);
        AdoptedEngine adopted = new AdoptedEngine(engine, home, taken.guard(engine.poller()), groups);
        opened.push("guard", adopted.guard::close); // before its containers: then nobody reads their output any more
        Set<String> ids = new HashSet<>();
        List<ContainerProcess> over = new ArrayList<>();
        launches.forEach((launch, has) -> {
            Kept kept = written.get(launch);
            if (kept != null) {
                ids.add(kept.id());
                LiveContainer container = adopted.container(kept, has, made);
                engine.table().add(container);
                made.push("container " + kept.id(), () -> {
                    engine.forget(kept.id());
                    Detaching.leave(container);
                });
                if (has.pidfd().isEmpty()) {
                    over.add(container.run().process());
                }
            }
        });
        home.sweepBut(ids);
        adopted.guard.begin();
        over.forEach(process -> Waiting.ended(process.ended(), Lifetime.PATIENCE)); // nobody is to see one running that has ended long ago
        CompletableFuture.runAsync(() -> { }, engine.poller()::execute).join(); // and what hangs on its end is done
        launches.forEach((launch, has) -> {
            if (!written.containsKey(launch)) {
                LOG.error("nothing whole is written of a container that engine {} has left: it is ended", id);
                has.close();
                adopted.guard.end(launch);
            }
        });
        LOG.info("took over {} containers of engine {}", ids.size(), id);
        if (ids.isEmpty()) {
            adopted.end();
        }
        return adopted;
    }

    private LiveContainer container(Kept kept, TakenGuard.Launch has, UndoStack opened) {
        ContainerSpec spec = kept.spec();
        RunContext run = new RunContext(engine, spec, kept.id());
        run.detached(() -> { });
        run.belongsTo(home, groups);
        OciHooks.poststop(run);
        run.undoStack().push("guard's memory", () -> forget(kept.launch())); // last of all: with it the directories may go
        if (!spec.name().isEmpty()) {
            run.undoStack().push("name", () -> home.names().free(run.spec().name()));
        }
        ContainerFiles files = ContainerFiles.adopt(home, kept.id(), kept.etc());
        opened.push("container directory", files::close);
        run.undoStack().push("container directory", files::remove);
        run.connections().adopt(HeldNetworks.adopted(kept, has.held()), spec.network().bandwidth());
        run.undoStack().push("network", run.connections()::end);
        run.files(files);
        run.chronicle().image(kept.image());
        run.top(kept.layer().isEmpty() ? null : new LayerId(kept.layer()));
        run.network().hostname(kept.hostname());
        if (!kept.layer().isEmpty()) {
            run.undoStack().push("layers", () -> engine.drivers().storage().release(kept.id()));
        }
        run.root(opened.closing("root file system", AdoptedRoot.open(has.pidfd().map(Processes::pidOf).orElse(0), files.state())));
        OpenLogs logs = OpenLogs.open(engine.drivers(), engine.workers(), spec, kept.id(), run.name(), kept.image(), false, files.statePath(), () -> { }, new RecentLines());
        run.streams().open(logs, spec);
        opened.push("logs", () -> {
            if (run.processIfAny().isEmpty()) {
                logs.outputs().abandon(); // with a process, they end with its streams
            }
            Waiting.ended(log(run).closed(), Lifetime.PATIENCE);
        });
        replay(run, files.state(), has.lost());
        plan(run, kept);
        LaunchPlan unknown = new LaunchPlan.Builder().build();
        LaunchPlan again = has.plan().map(AdoptedEngine::plan).orElse(unknown);
        has.again().ifPresent(numbers -> restartable(run, opened.closing("detached launch", new DetachedLaunch(run, guard, kept.launch(), again, has.stdout().dup(), has.stderr().dup())), numbers));
        ContainerProcess process = new ContainerProcess("container " + run.name(), run.input().process().argv().get(0), guard, unknown,
                DetachedLaunch.console(run, has.stdout(), has.stderr()));
        process.adopt(kept.launch(), has.pidfd());
        guard.adopt(kept.launch(), process);
        run.process(process);
        run.atGate(AtGate.adopted(run));
        return new LiveContainer(run);
    }

    private static LaunchPlan plan(Fd memfd) {
        try (memfd) {
            ByteBuffer bytes = ByteBuffer.allocate((int) FileCalls.fstat(memfd).size());
            while (bytes.hasRemaining() && FileCalls.pread(memfd, bytes, bytes.position()) > 0) {
                // to the end
            }
            return LaunchPlan.decode(bytes.flip());
        }
    }

    private static void restartable(RunContext run, DetachedLaunch launch, AgainNumbers numbers) {
        run.restarts(DetachedLaunch.state(run.spec().life().restart(), numbers));
        if (numbers.when() == AgainNumbers.When.NEVER) {
            run.stays();
            launch.stayed();
        }
        run.detachedLaunch(launch);
        run.launchedBy(new Relauncher() {
            @Override
            public ContainerProcess again(boolean goesOn) {
                return launch.again(goesOn);
            }

            @Override
            public void runs(ContainerProcess process) {
                run.reopen(AdoptedRoot.open(process.pid(), run.files().state()));
            }
        });
    }

    private static LogOutput log(RunContext run) {
        return java.util.Objects.requireNonNull(run.outputs().log(), "what outlives a JVM has a log");
    }

    /** What was printed while nobody was there goes to the log before anything else; then the spool is empty again. */
    private static void replay(RunContext run, Fd state, long lost) {
        LogOutput log = log(run);
        try (Fd spool = FileCalls.openat(state, Detaching.SPOOL_FILE, Fcntl.O_RDWR | Fcntl.O_NOFOLLOW, 0)) {
            long rest = SpoolReader.read(spool, (stream, bytes, when) -> log.replay(LogEntry.Stream.values()[stream], bytes, when));
            log.flush();
            FileCalls.ftruncate(spool, 0);
            if (rest > 0 || lost > 0) {
                LOG.warn("container {}: {} bytes of output were lost while no engine was there, {} of its spool are damaged", run.name(), lost, rest);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void plan(RunContext run, Kept kept) {
        ContainerSpec spec = kept.spec();
        ContainerGroup group = groups.plan(spec, kept.id()).adopted();
        Resolution resolution = new Resolution(engine.host(), spec, kept.image(), kept.hostname(), run.root(), null, Optional.empty(), null, false);
        run.stopSignal(resolution.stopSignal());
        run.checks(CheckPlan.of(spec.life().health(), kept.image().health(), kept.image().shell()));
        boolean host = spec.network().chosen().get(0).network().equals("host");
        run.cgroup(group);
        run.input(resolution.input(host ? PlanInput.NetworkNamespace.HOST : PlanInput.NetworkNamespace.NEW, Set.of(), kept.etc(), group.operations(), true));
    }

    private void forget(int launch) {
        Waiting.ended(guard.forget(launch), Lifetime.PATIENCE); // then its ports are free
        if (guard.detached() == 0) {
            engine.background().later(CompletableFuture.completedFuture(null), this::end);
        }
    }

    /** The last one is gone: so goes the guard, and what it had is swept. */
    private void end() {
        close();
        long end = System.nanoTime() + PATIENCE;
        while (engine.home().others().contains(home.id()) && System.nanoTime() < end) {
            LockSupport.parkNanos(PAUSE);
            engine.home().sweep(engine::sweepGroups);
        }
    }

    /** What is left of it outlives this JVM too. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            guard.close();
            home.leaveOthers();
            groups.leave();
        }
    }
}
