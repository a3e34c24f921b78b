package dev.caisson.core.engine;

import dev.caisson.AttachOptions;
import dev.caisson.Attachment;
import dev.caisson.Change;
import dev.caisson.ContainerDetails;
import dev.caisson.ContainerSpec;
import dev.caisson.ContainerStats;
import dev.caisson.ContainerTimeout;
import dev.caisson.EngineProblem;
import dev.caisson.ExecBuilder;
import dev.caisson.Execution;
import dev.caisson.ExitStatus;
import dev.caisson.Health;
import dev.caisson.InvalidSpec;
import dev.caisson.LimitUpdate;
import dev.caisson.LogLine;
import dev.caisson.LogQuery;
import dev.caisson.ProcessInfo;
import dev.caisson.Readiness;
import dev.caisson.Resources;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.readiness.ReadyWait;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SyscallException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** A container under this engine's guard. */
final class LiveContainer extends ConnectedContainer {
    private static final Duration SHORTEST_READING = Duration.ofMillis(10);

    private final RunContext run;
    private final Lifetime life;
    /** Starting, restarting and killing for removal go one after the other. */
    final ReentrantLock alone = new ReentrantLock();
    private final ContainerRemoval removal;

    LiveContainer(RunContext run) {
        super(run);
        this.run = run;
        run.streams().watched().handle(this);
        run.happened("create");
        this.life = new Lifetime(run);
        this.removal = new ContainerRemoval(run, life, alone);
    }

    // ---- what the engine uses ----

    /** Waits for the end and makes the result of {@code execute()}; the container is removed then, in the background. */
    Execution toExecution() {
        try {
            return new RunToEnd(run, life).execution();
        } finally {
            removal.later();
        }
    }

    /** READY: waits for what its spec asks for. */
    void awaitReady() {
        run.streams().readyWait().ifPresent(wait -> {
            long from = System.nanoTime();
            try {
                life.await(wait, run.spec().life().waitTimeout());
            } finally {
                run.clock().record(Stage.READY, System.nanoTime() - from);
            }
        });
    }

    @Override
    CompletableFuture<ExitStatus> currentExit() {
        return life.exit();
    }

    /** Its spec, with what was chosen for it. */
    ContainerSpec spec() {
        return run.spec();
    }

    /** Whether its root is made of this layer at the top. */
    boolean standsOn(dev.caisson.spi.storage.LayerId layer) {
        return layer.equals(run.top());
    }

    /** A descriptor of its first process, the caller's, while it runs. */
    Optional<Fd> pidfd() {
        return life.created() ? Optional.empty() : life.process().pidfd();
    }

    /** Of its last end, also while it is about to be started again; 0 if it had none. */
    int lastExitCode() {
        GuardExit last = life.lastExit();
        return last == null ? 0 : last.exitCode();
    }

    LocalEngine engine() {
        return run.engine();
    }

    RunContext run() {
        return run;
    }

    /** The engine is closed, and this one goes on. */
    void leave() {
        life.leave();
    }

    // ---- the public handle ----

    @Override
    public String id() {
        return run.id();
    }

    @Override
    public String name() {
        return run.name();
    }

    @Override
    public State state() {
        return removal.begun() ? State.REMOVED : life.state();
    }

    @Override
    public int pid() {
        return life.pid();
    }

    @Override
    public ExecBuilder exec(String... command) {
        return new ExecBuilder(List.of(command), exec -> {
            running("exec");
            if (state() == State.PAUSED) { // it would be frozen with the others, and its caller wait for it
                throw new EngineProblem(Stage.SUPERVISE, "could not exec: container " + name() + " is PAUSED", "resume() it first");
            }
            run.happened("exec_start: " + String.join(" ", exec.command()));
            return run.engine().powers().with(() -> ExecPipeline.start(run, exec, life.process()));
        });
    }

    @Override
    public Attachment attach(Consumer<AttachOptions> options) {
        running("attach");
        AttachOptions wanted = new AttachOptions();
        options.accept(wanted);
        Attachment made = life.process().console().attach("container " + name(), wanted, run.engine().workers(), () -> run.happened("detach"));
        run.happened("attach");
        return made;
    }

    @Override
    public void resize(int rows, int columns) {
        running("resize");
        life.process().console().resize("container " + name(), rows, columns);
        run.happened("resize rows=" + rows + " columns=" + columns);
    }

    private void running(String action) {
        if (state() != State.RUNNING && state() != State.PAUSED) {
            throw new EngineProblem(Stage.SUPERVISE, "could not " + action + ": container " + name() + " is " + state(), removal.begun() ? "run its spec again" : "start it first");
        }
    }

    @Override
    public String logs() {
        return run.logs();
    }

    @Override
    public Flow.Publisher<LogLine> logs(LogQuery query) {
        return run.streams().lines().lines(query, life.exit());
    }

    @Override
    public void stop() {
        life.stop();
    }

    @Override
    public void kill(Signal signal) {
        life.kill(signal);
    }

    @Override
    public void pause() {
        running("pause");
        life.freeze(true);
    }

    @Override
    public void resume() {
        running("resume");
        life.freeze(false);
    }

    @Override
    public void start() {
        alone.lock();
        try {
            removal.requirePresent("start");
            if (life.created() || life.over()) {
                Detaching.requireRestartable(run);
                launch("");
            } else {
                run.atGate().ifPresent(AtGate::open);
            }
        } finally {
            alone.unlock();
        }
    }

    @Override
    public void restart() {
        alone.lock();
        try {
            removal.requirePresent("start");
            Detaching.requireRestartable(run);
            stop();
            launch("restart");
        } finally {
            alone.unlock();
        }
    }

    /** @param event what is told beside its start; "" for nothing */
    private void launch(String event) {
        Waiting.within(life.gone(), Lifetime.PATIENCE);
        Waiting.within(run.swept(), Lifetime.PATIENCE);
        run.engine().starts().enter();
        try {
            removal.requirePresent("start"); // meanwhile
            Detaching.relaunch(run, life);
            if (!event.isEmpty()) {
                run.happened(event);
            }
            awaitReady();
        } finally {
            run.engine().starts().leave();
        }
    }

    @Override
    public ExitStatus waitForExit(Duration timeout) {
        CompletableFuture<ExitStatus> exit = life.exit();
        if (!Waiting.within(exit, timeout)) {
            throw new ContainerTimeout("container " + name() + (life.created() ? ", which was not started, did not end within " : " still runs after ") + timeout, timeout, null);
        }
        return Waiting.await(exit, "container " + name(), () -> {});
    }

    @Override
    public void await(Readiness readiness, Duration timeout) {
        life.await(new ReadyWait(List.of(readiness), run.streams().watched()), timeout);
    }

    @Override
    public CompletableFuture<ExitStatus> onExit() {
        return Handover.of(life.exit(), run.engine().workers());
    }

    @Override
    public CompletableFuture<ExitStatus> onNextExit() {
        CompletableFuture<ExitStatus> next = life.nextExit();
        CompletableFuture<ExitStatus> told = Handover.of(next, run.engine().workers());
        removal.done().whenComplete((done, failure) -> told.completeExceptionally( // unless it has ended, which was told before
                new EngineProblem(Stage.SUPERVISE, "container " + name() + " was removed before it ended", "")));
        return told;
    }

    @Override
    public CompletableFuture<Void> onRemoved() {
        return Handover.of(removal.done(), run.engine().workers());
    }

    @Override
    public int restartCount() {
        return life.restartCount();
    }

    @Override
    public Health health() {
        return life.health();
    }

    @Override
    public Optional<ExitStatus> exitStatus() {
        CompletableFuture<ExitStatus> exit = life.exit();
        return exit.isDone() && !exit.isCompletedExceptionally() ? Optional.of(exit.join()) : Optional.empty();
    }

    @Override
    public void rename(String name) {
        removal.requirePresent("rename");
        run.specChanges().rename(name);
    }

    @Override
    public void update(Consumer<LimitUpdate> changes) {
        alone.lock();
        try {
            removal.requirePresent("update");
            Resources limits = LimitUpdate.of(changes, run.spec().resources());
            run.specChanges().update(limits, !life.over() && !life.created());
        } catch (SyscallException e) {
            throw new UnsupportedOnThisHost(Stage.SUPERVISE, "could not change the limits of container " + name() + ", which are as before: " + e.getMessage(),
                    e.is(Errno.EBUSY) ? "it uses more memory than that now" : "", e);
        } finally {
            alone.unlock();
        }
    }

    @Override
    public List<ProcessInfo> top() {
        return life.over() || life.created() ? List.of() : new ContainerUse(run, pid()).top();
    }

    @Override
    public ContainerStats usage() {
        removal.requirePresent("read the usage");
        return new ContainerUse(run, pid()).stats();
    }

    @Override
    public Flow.Publisher<ContainerStats> usage(Duration every) {
        if (every.compareTo(SHORTEST_READING) < 0) {
            throw new InvalidSpec("usage(" + every + ")", "is below 10 ms", "");
        }
        return new UsageStream(this, every);
    }

    @Override
    public ContainerDetails inspect() {
        return Inspection.of(this);
    }

    @Override
    public Stats stats() {
        Usage usage = life.lastUsage();
        if (life.over() && usage != null) {
            return new Stats(usage.cpuTime(), 0, usage.peakMemory(), 0, usage.oomKilled());
        }
        return run.stats();
    }

    @Override
    public List<Change> changes() {
        return removal.begun() ? removal.lastChanges() : run.changes();
    }

    @Override
    public List<String> warnings() {
        return run.warnings();
    }

    @Override
    public void remove() {
        removal.now();
    }

    @Override
    public void remove(boolean force, boolean volumes) {
        if (!removed(force, volumes)) {
            throw new EngineProblem(Stage.SUPERVISE, "could not remove: container " + name() + " is " + state(), "stop() it first, or remove() it as it is");
        }
    }

    /** Removes it, unless it runs and is not to be killed, which is false. What is found out here holds until it is done: nobody starts it meanwhile. */
    boolean removed(boolean force, boolean volumes) {
        boolean mine;
        alone.lock(); // a start under way comes to its end first
        try {
            if (!force && !removal.begun() && !life.created() && !life.over()) {
                return false;
            }
            if (!volumes && !removal.begun()) {
                run.engine().volumeStage(id()).keep(run.spec());
            }
            mine = removal.claim();
        } finally {
            alone.unlock(); // who removes it meanwhile needs it, and is waited for
        }
        if (mine) {
            removal.carryOut();
        }
        removal.await();
        return true;
    }

    @Override
    public void detach() {
        running("detach");
        run.engine().starts().enter(); // who closes the engine waits until it is known what it leaves, and nothing is left by what is closed
        try {
            Detaching.detach(run, life, alone);
        } finally {
            run.engine().starts().leave();
        }
    }

    @Override
    public void close() {
        if (run.isDetached()) {
            return;
        }
        if (!life.over() && !life.created() && !life.paused() && ContainerUse.catches(pid(), run.stopSignal())) {
            stopToRemove();
        }
        remove();
    }

    /** Who closes has no other way to be rid of it: an interrupt, such as that of shutdownNow(), ends the grace and not the removal. */
    private void stopToRemove() {
        try {
            stop();
        } catch (EngineProblem e) {
            if (!Thread.currentThread().isInterrupted()) {
                throw e;
            }
        }
    }

    @Override
    public String toString() {
        return "container " + name() + " (" + id().substring(0, 12) + ") " + state() + (life.over() && !life.exit().isCompletedExceptionally()
                ? " " + life.exit().join() : "");
    }
}
