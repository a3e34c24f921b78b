package dev.caisson.core.engine;

import dev.caisson.Change;
import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/** How a container is removed: once, and whoever asks again waits until it is. */
final class ContainerRemoval {
    private final RunContext run;
    private final Lifetime life;
    private final ReentrantLock alone;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile List<Change> lastChanges = List.of();

    /** @param alone held by whoever starts or restarts it */
    ContainerRemoval(RunContext run, Lifetime life, ReentrantLock alone) {
        this.run = run;
        this.life = life;
        this.alone = alone;
    }

    boolean begun() {
        return begun.get();
    }

    CompletableFuture<Void> done() {
        return done;
    }

    /** Of its files, as they were when it was removed; none if nobody asked for them to be kept. */
    List<Change> lastChanges() {
        return lastChanges;
    }

    /** @throws EngineProblem if there is nothing left to do this with */
    void requirePresent(String action) {
        if (begun.get()) {
            throw new EngineProblem(Stage.SUPERVISE, "could not " + action + ": container " + run.name() + " is REMOVED", "run its spec again");
        }
    }

    /** Kills it first, if need be. */
    void now() {
        if (claim()) {
            carryOut();
        }
        await();
    }

    /** From now on it is removed for everybody: nothing starts it any more. True for the one who is to {@link #carryOut} that. */
    boolean claim() {
        return begun.compareAndSet(false, true);
    }

    /** What who has claimed it does; not while he holds its lock, for which others may wait. */
    void carryOut() {
        try {
            alone.lock(); // a restart under way comes to its end first
            try {
                life.killForRemoval();
            } finally {
                alone.unlock();
            }
            if (run.spec().life().captureChanges()) {
                lastChanges = run.changes();
            }
        } finally {
            undo();
        }
    }

    /** Until it is removed, by whomever. */
    void await() {
        Waiting.await(done, "the removal of container " + run.name(), () -> {});
    }

    /** When the guard is done with it, without making the caller wait. */
    void later() {
        if (claim()) {
            run.engine().background().later(life.gone(), this::undo);
        }
    }

    private void undo() {
        try {
            run.streams().lines().close();
            run.undo();
            run.happened("destroy");
            done.complete(null);
        } catch (RuntimeException | Error e) { // whatever it is: somebody may wait
            done.completeExceptionally(e);
        }
    }
}
