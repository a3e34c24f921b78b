package dev.caisson.core.engine;

import dev.caisson.Container.State;
import dev.caisson.EngineProblem;
import dev.caisson.ExitStatus;
import dev.caisson.Health;
import dev.caisson.NotReady;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.poll.Timers;
import dev.caisson.core.readiness.ReadyWait;
import dev.caisson.linux.Errno;
import dev.caisson.linux.SyscallException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The process a container runs now, what can be done to it, and how the last one ended. A restart puts another in its place. */
final class Lifetime {
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private final RunContext run;
    private final ContainerHealth health;
    private final OutputLogger output;
    private final Restarter restarter;
    /** Held while one begins: its cgroup is there before it runs, and frozen then it would never say that it does. */
    private final ReentrantLock settled = new ReentrantLock();
    /** None of a container that was only created. */
    private volatile @Nullable ContainerProcess process;
    private volatile CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private final AtomicReference<CompletableFuture<ExitStatus>> next = new AtomicReference<>(new CompletableFuture<>());
    private volatile boolean paused;
    private volatile boolean timedOut;
    private volatile @Nullable GuardExit lastExit;
    private volatile @Nullable Usage lastUsage;
    private volatile Timers.@Nullable Timer timer;

    Lifetime(RunContext run) {
        this.run = run;
        this.process = run.processIfAny().orElse(null);
        this.health = new ContainerHealth(run, this::process);
        this.output = new OutputLogger(run);
        this.restarter = new Restarter(run, () -> launch(true));
        run.processIfAny().ifPresent(p -> watch(p, exit, false));
    }

    /** What is told of a start is told here, before anybody hears of its end: events are in order. */
    private void watch(ContainerProcess running, CompletableFuture<ExitStatus> result, boolean goesOn) {
        Duration limit = run.spec().life().timeout();
        if (limit != null) {
            timer = run.engine().poller().schedule(limit, () -> {
                timedOut = true;
                restarter.forbid();
                running.signal(Signal.KILL.number(), Guard.Scope.TREE);
            });
        }
        run.chronicle().begin();
        run.happened("start");
        if (goesOn) {
            run.tellListeners(Duration.ZERO, "restart"); // docker's restart is the user's
        }
        output.begun();
        health.watch(running);
        running.ended().whenComplete((ended, failure) -> {
            Timers.Timer pending = timer;
            if (pending != null) {
                pending.cancel();
            }
            GivenStream.close(run.spec().process().stdin(), run.engine().workers());
            run.chronicle().end();
            if (failure != null) {
                result.completeExceptionally(failure);
                return;
            }
            lastExit = ended.orElse(null);
            if (ended.isEmpty()) {
                lastUsage = null;
                run.guardLost();
                result.complete(ExitStatus.UNKNOWN);
                next.getAndSet(new CompletableFuture<>()).complete(ExitStatus.UNKNOWN);
            } else {
                ended(running, ended.get(), result);
            }
        });
    }

    private void ended(ContainerProcess running, GuardExit end, CompletableFuture<ExitStatus> result) {
        Usage usage = run.usage(end);
        lastUsage = usage;
        ExitStatus status = new ExitStatus(end.exitCode(), end.signal(), usage.oomKilled());
        if (status.oomKilled()) {
            run.tell(Duration.ZERO, "oom");
        }
        run.tell(end.elapsed(), "die exitCode=" + status.exitCode());
        output.ended(status.toString());
        next.getAndSet(new CompletableFuture<>()).complete(status);
        restarter.ended(running, status, end, () -> result.complete(status));
    }

    /** Somebody starts it again; returns when its program runs. */
    void relaunch() {
        restarter.reset();
        CompletableFuture<ExitStatus> before = exit;
        ContainerProcess last = process;
        if (last != null) { // else who waits for the end of what was created waits for this one's
            exit = new CompletableFuture<>();
        }
        try {
            launch(false);
        } finally {
            if (process == last) {
                exit = before; // nothing was started
            }
        }
    }

    /** @param goesOn whether for whoever waits it is still the same run */
    private void launch(boolean goesOn) {
        settled.lock();
        try {
            paused = false; // said of the last one: a pause may have come to it together with its end
            ContainerProcess again = run.relaunch(goesOn);
            process = again;
            watch(again, exit, goesOn);
            Waiting.await(again.started(), who(), () -> {});
            begun(again);
        } finally {
            settled.unlock();
        }
    }

    /** What follows its start. Who is told that this failed is not to find it running. */
    private void begun(ContainerProcess again) {
        try {
            run.runs(again);
            GivenCgroups.write(run);
            OciHooks.poststart(run);
        } catch (RuntimeException | Error e) {
            restarter.forbid();
            again.signal(Signal.KILL.number(), Guard.Scope.TREE);
            throw e;
        }
    }

    /** Waits until it is ready, or has ended. */
    void await(ReadyWait wait, Duration timeout) {
        try (wait) {
            ReadyWait.Outcome outcome = wait.await(timeout, nanos -> Waiting.within(exit, Duration.ofNanos(nanos)));
            if (!outcome.ready()) {
                throw new NotReady(who(), outcome.pending(), outcome.after(), outcome.exit().orElse(null), run.outputs().recent().text(),
                        run.clock().timings());
            }
        }
    }

    /** How often its policy has started it again. */
    int restartCount() {
        return restarter.count();
    }

    private String who() {
        return "container " + run.name();
    }

    /** @throws EngineProblem if it was never started */
    ContainerProcess process() {
        ContainerProcess current = process;
        if (current == null) {
            throw new EngineProblem(Stage.SUPERVISE, who() + " was never started", "start() it");
        }
        return current;
    }

    int pid() {
        ContainerProcess current = process;
        return current == null ? 0 : current.pid();
    }

    /** Whether it was only created so far. */
    boolean created() {
        return process == null;
    }

    /** Completes when the guard is done with it. */
    CompletableFuture<Void> gone() {
        ContainerProcess current = process;
        return current == null ? CompletableFuture.completedFuture(null) : current.gone();
    }

    /** Completes when the process that runs now ends. */
    CompletableFuture<ExitStatus> exit() {
        return exit;
    }

    /** Completes when a process of it ends next, whatever comes after. */
    CompletableFuture<ExitStatus> nextExit() {
        return next.get();
    }

    boolean over() {
        return exit.isDone();
    }

    /** What the guard said of the last one's end; null while there is none, or if the guard died with it. */
    @Nullable GuardExit lastExit() {
        return lastExit;
    }

    /** What the last one used; null if its exit is. */
    @Nullable Usage lastUsage() {
        return lastUsage;
    }

    boolean timedOut() {
        return timedOut;
    }

    Health health() {
        return health.now();
    }

    boolean paused() {
        return paused;
    }

    State state() {
        return created() ? State.CREATED : over() ? State.EXITED : restarter.restarting() ? State.RESTARTING : paused ? State.PAUSED : State.RUNNING;
    }

    void signalTree(Signal signal) {
        signal(signal, Guard.Scope.TREE);
    }

    void kill(Signal signal) {
        if (!over() && !created()) {
            killed(signal);
        }
        if (signal == Signal.KILL || signal == run.stopSignal()) {
            restarter.forbid();
        }
        if (signal == Signal.KILL) {
            paused = false;
            signalTree(signal);
        } else {
            signal(signal, Guard.Scope.PROCESS);
        }
    }

    private void signal(Signal signal, Guard.Scope scope) {
        ContainerProcess current = process;
        if (current != null) {
            current.signal(signal.number(), scope);
        }
    }

    void freeze(boolean on) {
        settled.lock();
        try {
            run.cgroup().freeze(on);
            paused = on; // under the lock: of two at once, the last one's word is the kernel's state, too
            health.paused(on);
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT, Errno.ENODEV)) {
                throw e;
            }
            if (on) {
                throw new EngineProblem(Stage.SUPERVISE, "could not pause: " + who() + " has ended", "start it first", e);
            }
            paused = false; // nothing is left to be thawed
        } finally {
            settled.unlock();
        }
        run.happened(on ? "pause" : "unpause");
    }

    /** The stop signal, the grace time, then KILL. */
    void stop() {
        boolean over = over() || created();
        restarter.stop();
        if (over) {
            return;
        }
        if (!over()) { // else it was between two runs
            stopWithGrace();
        }
        run.happened("stop");
    }

    private void stopWithGrace() {
        if (paused) {
            freeze(false);
        }
        killed(run.stopSignal());
        signal(run.stopSignal(), Guard.Scope.PROCESS);
        if (!Waiting.within(exit, run.spec().life().stopTimeout())) {
            killed(Signal.KILL);
            signalTree(Signal.KILL);
            if (!Waiting.within(exit, PATIENCE)) {
                throw stuck();
            }
        }
    }

    private void killed(Signal by) {
        run.happened("kill signal=" + by.number());
    }

    /** The engine is closed; of what outlives it nobody here hears any more. */
    void leave() {
        restarter.leave();
        exit.completeExceptionally(new EngineProblem(Stage.SUPERVISE, "the engine was closed; " + who() + " lives on without it", "the next engine of this root has it in containers()"));
    }

    /** Not cut short by an interrupt: what is undone next is in use until then. */
    void killForRemoval() {
        restarter.stop();
        if (created()) {
            return;
        }
        signalTree(Signal.KILL);
        if (!Waiting.ended(exit, PATIENCE)) {
            throw stuck();
        }
        Waiting.ended(gone(), PATIENCE);
        if (run.outputs().log() != null) {
            Waiting.ended(run.outputs().log().closed(), PATIENCE);
        }
    }

    private EngineProblem stuck() {
        return new EngineProblem(Stage.SUPERVISE, who() + " did not end within 10 s of SIGKILL",
                "a process of it is stuck in the kernel (state D): see /proc/" + pid() + "/stack");
    }
}
