package dev.caisson.core.engine;

import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.guard.GuardFailure;
import dev.caisson.core.guard.LaunchListener;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Processes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process of a container made ahead, until it becomes somebody's; from then on it passes on what it hears. */
final class SpareProcess implements LaunchListener {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final Duration GONE = Duration.ofSeconds(5);

    private final Guard guard;
    private final LaunchPlan plan;
    private final @Nullable Preparation beforeGo;
    private final Runnable onDeath;
    private final boolean early;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private volatile int launchId;
    private @Nullable ContainerProcess owner;
    private @Nullable Fd pidfd;
    private volatile boolean ready;
    private boolean waits;
    private boolean dead;
    private @Nullable GuardFailure failure;
    private boolean orphaned;

    /**
     * @param beforeGo of a plan that waits to go on: what is done to the process meanwhile; null for none
     * @param onDeath called on the poller thread when it dies while it is nobody's
     */
    SpareProcess(Guard guard, LaunchPlan plan, @Nullable Preparation beforeGo, Runnable onDeath) {
        this(guard, plan, beforeGo, onDeath, false);
    }

    /** @param early whether it does not say when it waits, and everything of its CHILD list is of the rest */
    SpareProcess(Guard guard, LaunchPlan plan, @Nullable Preparation beforeGo, Runnable onDeath, boolean early) {
        this.early = early;
        this.guard = guard;
        this.plan = plan;
        this.beforeGo = beforeGo;
        this.ready = beforeGo == null;
        this.onDeath = onDeath;
    }

    /** Whether it was let go on, so that the rest of its plan can be sent. */
    boolean ready() {
        return ready;
    }

    synchronized void launch(List<Fd> fds) {
        launchId = guard.launch(plan, fds, this);
    }

    int launchId() {
        return launchId;
    }

    Guard guard() {
        return guard;
    }

    /** From now on it is this one's; false if it is dead. */
    synchronized boolean adopt(ContainerProcess process) {
        if (dead || !guard.alive()) {
            return false;
        }
        owner = process;
        Fd fd = pidfd;
        pidfd = null;
        if (fd != null) {
            process.started(fd);
        }
        return true;
    }

    /** What it failed with while it was nobody's. */
    synchronized java.util.Optional<GuardFailure> failure() {
        return java.util.Optional.ofNullable(failure);
    }

    /** Whether its guard died before it was gone, so that nobody undid anything. */
    synchronized boolean orphaned() {
        return orphaned;
    }

    /** Kills it, if it is still nobody's, and waits until the guard has undone it. */
    void discard() {
        synchronized (this) {
            if (owner != null) {
                return;
            }
        }
        guard.signal(launchId, dev.caisson.Signal.KILL.number(), Guard.Scope.TREE);
        Waiting.ended(gone, GONE);
    }

    /** Nobody can adopt it any more. */
    private synchronized @Nullable ContainerProcess died() {
        dead = true;
        return owner;
    }

    @Override
    public void started(Fd fd) {
        ContainerProcess heir;
        synchronized (this) {
            waits = true;
            heir = owner;
            if (heir == null) {
                pidfd = fd;
            }
            if (beforeGo != null) {
                beforeGo.run(guard, launchId, Processes.pidOf(fd), () -> ready = true, failure -> LOG.debug("preparing a spare: {}", failure.toString()));
            }
        }
        if (heir != null) {
            heir.started(fd);
        }
    }

    @Override
    public void running() {
        ContainerProcess heir;
        synchronized (this) {
            heir = owner;
        }
        if (heir != null) {
            heir.running();
        }
    }

    /** What failed before it waited is of its own plan, what failed after of the rest. */
    @Override
    public void failed(GuardFailure why) {
        boolean ofTheRest;
        synchronized (this) {
            ofTheRest = early ? why.phase() == LaunchPlan.Phase.CHILD : waits;
            failure = why;
        }
        ContainerProcess heir = died();
        if (heir != null) {
            if (ofTheRest) {
                heir.failed(why);
            } else {
                heir.failed(why, plan);
            }
        } else {
            onDeath.run();
        }
    }

    @Override
    public void exited(GuardExit exit) {
        ContainerProcess heir = died();
        if (heir != null) {
            heir.exited(exit);
        } else {
            onDeath.run();
        }
    }

    @Override
    public void gone(List<GuardFailure> failures) {
        ContainerProcess heir = died();
        closePidfd();
        if (heir != null) {
            heir.gone(failures);
        }
        gone.complete(null);
    }

    @Override
    public void lost() {
        synchronized (this) {
            orphaned = true;
        }
        ContainerProcess heir = died();
        closePidfd();
        gone.complete(null);
        if (heir != null) {
            heir.lost();
        } else {
            onDeath.run();
        }
    }

    /** Only what is somebody's is ever left. */
    @Override
    public void left() {
        ContainerProcess heir = died();
        closePidfd();
        gone.complete(null);
        if (heir != null) {
            heir.left();
        }
    }

    private synchronized void closePidfd() {
        Fd fd = pidfd;
        pidfd = null;
        if (fd != null) {
            fd.close();
        }
    }
}
