package dev.caisson.core.engine;

import dev.caisson.Change;
import dev.caisson.Container;
import dev.caisson.ContainerSpec;
import dev.caisson.ContainerTimeout;
import dev.caisson.EngineProblem;
import dev.caisson.ExecBuilder;
import dev.caisson.Execution;
import dev.caisson.ExitStatus;
import dev.caisson.NetworkProblem;
import dev.caisson.NotReady;
import dev.caisson.OutputLimitExceeded;
import dev.caisson.Protocol;
import dev.caisson.Readiness;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.poll.Timers;
import dev.caisson.core.readiness.ReadyWait;
import dev.caisson.linux.Fd;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A container under this engine's guard. */
final class LiveContainer implements Container {
    private static final Duration REMOVAL = Duration.ofSeconds(10);

    private final RunContext run;
    private final ContainerSpec spec;
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private final AtomicBoolean removed = new AtomicBoolean();
    private final CompletableFuture<Void> removal = new CompletableFuture<>();
    private volatile ContainerProcess process;
    private volatile boolean paused;
    private volatile boolean timedOut;
    private volatile @Nullable GuardExit lastExit;
    private volatile Timers.@Nullable Timer timer;
    private volatile CompletableFuture<ExitStatus> currentExit = exit;
    private volatile List<Change> finalChanges = List.of();

    LiveContainer(RunContext run, ContainerSpec spec) {
        this.run = run;
        this.spec = spec;
        this.process = run.process();
        run.watched().handle(this);
        watch(process, exit);
    }

    private void watch(ContainerProcess running, CompletableFuture<ExitStatus> result) {
        Duration limit = spec.life().timeout();
        if (limit != null) {
            timer = run.engine().poller().schedule(limit, () -> {
                timedOut = true;
                running.signal(Signal.KILL.number(), Guard.Scope.TREE);
            });
        }
        running.ended().whenComplete((ended, failure) -> {
            Timers.Timer pending = timer;
            if (pending != null) {
                pending.cancel();
            }
            run.closeStdin();
            if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                if (ended.isEmpty()) {
                    run.guardLost();
                }
                lastExit = ended.orElse(null);
                result.complete(status(ended));
            }
        });
    }

    private ExitStatus status(Optional<GuardExit> ended) {
        return ended.map(e -> new ExitStatus(e.exitCode(), e.signal(), run.usage(e).oomKilled())).orElse(ExitStatus.UNKNOWN);
    }

    /** Waits for the end and makes the result of {@code execute()}; the container is removed then, in the background. */
    Execution toExecution() {
        try {
            ExitStatus status = Waiting.await(exit, "container " + name(), () -> process.signal(Signal.KILL.number(), Guard.Scope.TREE));
            if (status.equals(ExitStatus.UNKNOWN)) {
                throw ContainerProcess.endUnknown("container " + name());
            }
            Execution execution = execution(status);
            String stream = run.outputs().exceeded();
            if (!stream.isEmpty()) {
                throw new OutputLimitExceeded(stream, spec.life().outputLimit());
            }
            if (timedOut) {
                Duration limit = java.util.Objects.requireNonNull(spec.life().timeout());
                throw new ContainerTimeout("container " + name() + " was killed because it still ran after " + limit, limit, execution);
            }
            return execution;
        } finally {
            removeLater();
        }
    }

    private Execution execution(ExitStatus status) {
        if (run.outputs().log() != null) {
            Waiting.await(run.outputs().log().closed(), "the log driver of container " + name(), () -> {});
        }
        List<Change> changes = spec.life().captureChanges() ? run.changes() : List.of();
        GuardExit e = java.util.Objects.requireNonNull(lastExit, "a known status comes from the guard");
        Usage usage = run.usage(e);
        run.clock().record(Stage.SUPERVISE, e.elapsed().toNanos());
        return new Execution(status, run.outputs().out(), run.outputs().err(), e.elapsed(), usage.cpuTime(), usage.peakMemory(), changes, run.warnings(),
                run.clock().timings());
    }

    /** READY: waits for what its spec asks for. */
    void awaitReady() {
        run.readyWait().ifPresent(wait -> {
            long from = System.nanoTime();
            try {
                await(wait, spec.life().waitTimeout());
            } finally {
                run.clock().record(Stage.READY, System.nanoTime() - from);
            }
        });
    }

    @Override
    public void await(Readiness readiness, Duration timeout) {
        await(new ReadyWait(List.of(readiness), run.watched()), timeout);
    }

    private void await(ReadyWait wait, Duration timeout) {
        try (wait) {
            ReadyWait.Outcome outcome = wait.await(timeout, nanos -> Waiting.within(currentExit, Duration.ofNanos(nanos)));
            if (!outcome.ready()) {
                throw new NotReady("container " + name(), outcome.pending(), outcome.after(), outcome.exit().orElse(null), run.outputs().recent().text(),
                        run.clock().timings());
            }
        }
    }

    /** Completes when the process that runs now ends. */
    CompletableFuture<ExitStatus> currentExit() {
        return currentExit;
    }

    /** Its spec, with what was chosen for it. */
    ContainerSpec spec() {
        return run.spec();
    }

    /** Whether its root is made of this layer at the top. */
    boolean standsOn(dev.caisson.spi.storage.LayerId layer) {
        return layer.equals(run.top());
    }

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
        if (removed.get()) {
            return State.REMOVED;
        }
        return currentExit.isDone() ? State.EXITED : paused ? State.PAUSED : State.RUNNING;
    }

    @Override
    public int pid() {
        return process.pid();
    }

    @Override
    public String ipAddress() {
        return run.connections().list().stream().flatMap(c -> c.address().stream()).findFirst().orElseThrow(() -> addressless(String.join(", ", networks())));
    }

    @Override
    public String ipAddress(String network) {
        return run.connections().find(network).flatMap(Connections.Connection::address).orElseThrow(() -> addressless(network));
    }

    private NetworkProblem addressless(String network) {
        return new NetworkProblem(Stage.NETWORK, "container " + name() + " has no address of its own on network " + network, "use 'localhost' with networkHost()");
    }

    @Override
    public List<String> networks() {
        return run.connections().names();
    }

    @Override
    public int port(int containerPort, Protocol protocol) {
        if (run.hostNetwork()) {
            return containerPort;
        }
        return run.connections().ports().stream().filter(p -> p.containerPort() == containerPort && p.protocol().equals(protocol.toString())).findFirst()
                .map(p -> p.hostPort()).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, "port " + containerPort + "/" + protocol + " of container " + name()
                        + " is not published", "publish it with port(" + containerPort + ")"));
    }

    LocalEngine engine() {
        return run.engine();
    }

    RunContext run() {
        return run;
    }

    /** How it is on a network. */
    Optional<Connections.Connection> connection(String network) {
        return run.connections().find(network);
    }

    void connect(NetworkRoom.Resolved network, ContainerSpec.Endpoint endpoint) {
        NetworkJoin.connect(run, network, endpoint);
    }

    boolean disconnect(String network) {
        return NetworkJoin.disconnect(run, network);
    }

    /** Its network namespace, if it has one of its own now. The caller's. */
    Optional<Fd> networkNamespace() {
        return NetworkJoin.namespace(run, currentExit);
    }

    /** Why it has none. */
    String withoutNamespace() {
        return run.hostNetwork() ? "has the host's network" : "is " + state();
    }

    @Override
    public ExecBuilder exec(String... command) {
        return new ExecBuilder(List.of(command), exec -> {
            running("exec");
            return run.exec(exec, process);
        });
    }

    private void running(String action) {
        if (state() != State.RUNNING && state() != State.PAUSED) {
            throw new EngineProblem(Stage.SUPERVISE, "could not " + action + ": container " + name() + " is " + state(), "start it first");
        }
    }

    @Override
    public String logs() {
        return run.logs();
    }

    @Override
    public void stop() {
        if (currentExit.isDone()) {
            return;
        }
        resumeIfPaused();
        process.signal(run.stopSignal().number(), Guard.Scope.PROCESS);
        if (!Waiting.within(currentExit, spec.life().stopTimeout())) {
            killAndWait();
        }
    }

    private void killAndWait() {
        process.signal(Signal.KILL.number(), Guard.Scope.TREE);
        if (!Waiting.within(currentExit, REMOVAL)) {
            throw stuck();
        }
    }

    private EngineProblem stuck() {
        return new EngineProblem(Stage.SUPERVISE, "container " + name() + " did not end within 10 s of SIGKILL",
                "a process of it is stuck in the kernel (state D): see /proc/" + pid() + "/stack");
    }

    @Override
    public void kill(Signal signal) {
        if (signal == Signal.KILL) {
            paused = false;
            process.signal(signal.number(), Guard.Scope.TREE);
        } else {
            process.signal(signal.number(), Guard.Scope.PROCESS);
        }
    }

    @Override
    public void pause() {
        running("pause");
        run.freeze(true);
        paused = true;
    }

    @Override
    public void resume() {
        running("resume");
        run.freeze(false);
        paused = false;
    }

    private void resumeIfPaused() {
        if (paused) {
            resume();
        }
    }

    @Override
    public synchronized void restart() {
        requireNotRemoved();
        stop();
        Waiting.within(process.gone(), REMOVAL);
        run.engine().starts().enter();
        try {
            requireNotRemoved(); // meanwhile
            relaunch();
        } finally {
            run.engine().starts().leave();
        }
    }

    private void relaunch() {
        CompletableFuture<ExitStatus> next = new CompletableFuture<>();
        ContainerProcess again = run.relaunch();
        process = again;
        currentExit = next;
        watch(again, next);
        Waiting.await(again.started(), "container " + name(), () -> {});
        awaitReady();
    }

    private void requireNotRemoved() {
        if (removed.get()) {
            throw new EngineProblem(Stage.SUPERVISE, "could not restart: container " + name() + " is REMOVED", "run its spec again");
        }
    }

    @Override
    public ExitStatus waitForExit(Duration timeout) {
        if (!Waiting.within(currentExit, timeout)) {
            throw new ContainerTimeout("container " + name() + " still runs after " + timeout, timeout, null);
        }
        return Waiting.await(currentExit, "container " + name(), () -> {});
    }

    @Override
    public CompletableFuture<ExitStatus> onExit() {
        return currentExit.copy();
    }

    @Override
    public Stats stats() {
        GuardExit e = lastExit;
        if (currentExit.isDone() && e != null) {
            Usage usage = run.usage(e);
            return new Stats(usage.cpuTime(), 0, usage.peakMemory(), 0, usage.oomKilled());
        }
        return run.stats();
    }

    @Override
    public List<Change> changes() {
        return removed.get() ? finalChanges : run.changes();
    }

    @Override
    public List<String> warnings() {
        return run.warnings();
    }

    @Override
    public void remove() {
        if (removed.compareAndSet(false, true)) {
            try {
                synchronized (this) { // a restart under way comes to its end first
                    killForRemoval();
                }
                if (spec.life().captureChanges()) {
                    finalChanges = run.changes();
                }
            } finally {
                undo();
            }
        }
        Waiting.await(removal, "the removal of container " + name(), () -> {});
    }

    /** Not cut short by an interrupt: what is undone next is in use until then. */
    private void killForRemoval() {
        process.signal(Signal.KILL.number(), Guard.Scope.TREE);
        if (!Waiting.ended(currentExit, REMOVAL)) {
            throw stuck();
        }
        Waiting.ended(process.gone(), REMOVAL);
        if (run.outputs().log() != null) {
            Waiting.ended(run.outputs().log().closed(), REMOVAL);
        }
    }

    private void undo() {
        try {
            run.undo();
            removal.complete(null);
        } catch (RuntimeException e) {
            removal.completeExceptionally(e);
        }
    }

    /** Removes it when the guard is done with it, without making the caller wait. */
    private void removeLater() {
        if (removed.compareAndSet(false, true)) {
            run.engine().later(process.gone(), this::undo);
        }
    }

    @Override
    public void close() {
        if (!currentExit.isDone() && !paused && run.catchesStopSignal(pid())) {
            stop();
        }
        remove();
    }

    @Override
    public String toString() {
        return "container " + name() + " (" + id().substring(0, 12) + ") " + state() + (currentExit.isDone() && !currentExit.isCompletedExceptionally()
                ? " " + currentExit.join() : "");
    }
}
