package dev.caisson.core.engine;

import dev.caisson.Container.State;
import dev.caisson.EngineProblem;
import dev.caisson.ExitStatus;
import dev.caisson.Health;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.poll.Timers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The process a container runs now, what can be done to it, and how the last one ended. A restart puts another in its place. */
final class Lifetime {
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private final RunContext run;
    private final ContainerHealth health;
    private final Restarter restarter;
    private volatile ContainerProcess process;
    private volatile CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private volatile boolean paused;
    private volatile boolean timedOut;
    private volatile @Nullable GuardExit lastExit;
    private volatile Timers.@Nullable Timer timer;

    Lifetime(RunContext run) {
        this.run = run;
        this.process = run.process();
        this.health = new ContainerHealth(run, this::process);
        this.restarter = new Restarter(run, () -> launch(true));
        watch(process, exit);
    }

    private void watch(ContainerProcess running, CompletableFuture<ExitStatus> result) {
        Duration limit = run.spec().life().timeout();
        if (limit != null) {
            timer = run.engine().poller().schedule(limit, () -> {
                timedOut = true;
                restarter.forbid();
                running.signal(Signal.KILL.number(), Guard.Scope.TREE);
            });
        }
        health.watch(running);
        running.ended().whenComplete((ended, failure) -> {
            Timers.Timer pending = timer;
            if (pending != null) {
                pending.cancel();
            }
            run.closeStdin();
            if (failure != null) {
                result.completeExceptionally(failure);
                return;
            }
            lastExit = ended.orElse(null);
            if (ended.isEmpty()) {
                run.guardLost();
                result.complete(ExitStatus.UNKNOWN);
            } else {
                ended(running, ended.get(), result);
            }
        });
    }

    private void ended(ContainerProcess running, GuardExit end, CompletableFuture<ExitStatus> result) {
        ExitStatus status = new ExitStatus(end.exitCode(), end.signal(), run.usage(end).oomKilled());
        if (status.oomKilled()) {
            run.tell(Duration.ZERO, "oom");
        }
        run.tell(end.elapsed(), "die exitCode=" + status.exitCode());
        restarter.ended(running, status, end, () -> result.complete(status));
    }

    /** Somebody starts it again; returns when its program runs. */
    void relaunch() {
        restarter.reset();
        exit = new CompletableFuture<>();
        launch(false);
    }

    /** @param goesOn whether for whoever waits it is still the same run */
    private void launch(boolean goesOn) {
        ContainerProcess again = run.relaunch(goesOn);
        process = again;
        watch(again, exit);
        Waiting.await(again.started(), who(), () -> {});
        if (goesOn) {
            run.tell(Duration.ZERO, "restart");
        }
    }

    /** How often its policy has started it again. */
    int restartCount() {
        return restarter.count();
    }

    private String who() {
        return "container " + run.name();
    }

    ContainerProcess process() {
        return process;
    }

    /** Completes when the process that runs now ends. */
    CompletableFuture<ExitStatus> exit() {
        return exit;
    }

    boolean over() {
        return exit.isDone();
    }

    /** What the guard said of the last one's end; null while there is none, or if the guard died with it. */
    @Nullable GuardExit lastExit() {
        return lastExit;
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
        return over() ? State.EXITED : restarter.restarting() ? State.RESTARTING : paused ? State.PAUSED : State.RUNNING;
    }

    void signalTree(Signal signal) {
        process.signal(signal.number(), Guard.Scope.TREE);
    }

    void kill(Signal signal) {
        if (signal == Signal.KILL || signal == run.stopSignal()) {
            restarter.forbid();
        }
        if (signal == Signal.KILL) {
            paused = false;
            signalTree(signal);
        } else {
            process.signal(signal.number(), Guard.Scope.PROCESS);
        }
    }

    void freeze(boolean on) {
        run.freeze(on);
        paused = on;
        health.paused(on);
    }

    /** The stop signal, the grace time, then KILL. */
    void stop() {
        restarter.stop();
        if (over()) {
            return;
        }
        if (paused) {
            freeze(false);
        }
        process.signal(run.stopSignal().number(), Guard.Scope.PROCESS);
        if (!Waiting.within(exit, run.spec().life().stopTimeout())) {
            signalTree(Signal.KILL);
            if (!Waiting.within(exit, PATIENCE)) {
                throw stuck();
            }
        }
    }

    /** Not cut short by an interrupt: what is undone next is in use until then. */
    void killForRemoval() {
        restarter.stop();
        signalTree(Signal.KILL);
        if (!Waiting.ended(exit, PATIENCE)) {
            throw stuck();
        }
        Waiting.ended(process.gone(), PATIENCE);
        if (run.outputs().log() != null) {
            Waiting.ended(run.outputs().log().closed(), PATIENCE);
        }
    }

    private EngineProblem stuck() {
        return new EngineProblem(Stage.SUPERVISE, who() + " did not end within 10 s of SIGKILL",
                "a process of it is stuck in the kernel (state D): see /proc/" + process.pid() + "/stack");
    }
}
