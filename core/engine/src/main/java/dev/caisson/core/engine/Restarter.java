package dev.caisson.core.engine;

import dev.caisson.ExitStatus;
import dev.caisson.RestartPolicy;
import dev.caisson.Signal;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.poll.Timers;
import dev.caisson.core.restart.Restarts;
import dev.caisson.core.streams.LogOutput;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out a restart policy: from a container's end to its next start. The pause is a timer of the poller, the start is made by a worker. Whoever wants the
 * container stopped says so first ({@link #stop}); then nothing is started any more, and a start under way is over. No lock is held while something starts.
 */
final class Restarter {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    /** Starts it again; returns when its program runs. */
    interface Starter {
        void start();
    }

    private final RunContext run;
    private final Restarts restarts;
    private final Starter starter;
    private volatile boolean stopped;
    private boolean starting;
    /** What ends for good if it is stopped between two runs. */
    private @Nullable Runnable waiting;
    private Timers.@Nullable Timer timer;

    Restarter(RunContext run, Starter starter) {
        this.run = run;
        this.restarts = new Restarts(run.spec().life().restart(), run.restarts());
        this.stopped = run.isToStay();
        this.starter = starter;
    }

    /**
     * A run has ended.
     *
     * @param last completes the container's end; called at once, later, or never
     */
    void ended(ContainerProcess process, ExitStatus status, GuardExit exit, Runnable last) {
        Optional<Duration> pause;
        synchronized (this) {
            pause = stopped ? Optional.empty() : restarts.ended(status.exitCode(), exit.elapsed());
            run.restarts(restarts.state());
            waiting = pause.isPresent() ? last : null;
        }
        if (pause.isEmpty()) {
            last.run();
            return;
        }
        LogOutput log = run.outputs().log();
        CompletableFuture<Void> written = log == null ? CompletableFuture.completedFuture(null) : log.closed();
        CompletableFuture.allOf(process.gone(), written).whenComplete((done, failure) -> schedule(pause.get()));
    }

    private synchronized void schedule(Duration pause) {
        if (waiting != null) {
            timer = run.engine().poller().schedule(pause, () -> run.engine().background().begin(this::again));
        }
    }

    private void again() {
        Runnable last;
        synchronized (this) {
            last = waiting;
            if (last == null) {
                return; // stopped meanwhile
            }
            waiting = null;
            starting = true;
        }
        try {
            starter.start();
            if (stopped) { // still as the one who starts: what runs then is what was just started
                run.detachedLaunch().ifPresent(DetachedLaunch::stay);
                run.process().signal(Signal.KILL.number(), Guard.Scope.TREE);
            }
        } catch (RuntimeException e) {
            LOG.warn("container {} could not be started again: {}", run.name(), e.toString());
            run.detachedLaunch().ifPresent(DetachedLaunch::stay);
            last.run();
        } finally {
            synchronized (this) {
                starting = false;
                notifyAll();
            }
        }
    }

    /** No start follows; one that is under way is killed. Does not block. */
    void forbid() {
        if (run.spec().life().restart().when() != RestartPolicy.When.NO) {
            run.detachedLaunch().ifPresent(DetachedLaunch::stay); // before it is signalled
        }
        Runnable last = halt();
        if (last != null) {
            last.run();
        }
    }

    /** The engine is closed, and the guard goes on with it. */
    void leave() {
        halt();
    }

    private synchronized @Nullable Runnable halt() {
        Runnable last = waiting;
        stopped = true;
        waiting = null;
        Timers.Timer pending = timer;
        if (pending != null) {
            pending.cancel();
        }
        return last;
    }

    /** As {@link #forbid}; returns when no start is under way. */
    void stop() {
        forbid();
        boolean interrupted = false;
        synchronized (this) {
            while (starting) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Somebody starts it. */
    synchronized void reset() {
        stopped = false;
        restarts.reset();
        run.restarts(restarts.state());
    }

    /** Whether it is between two runs. */
    synchronized boolean restarting() {
        return waiting != null || starting;
    }

    synchronized int count() {
        return restarts.count();
    }
}
