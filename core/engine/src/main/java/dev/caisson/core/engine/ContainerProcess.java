package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.LaunchFailed;
import dev.caisson.Stage;
import dev.caisson.core.guard.AgainNumbers;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.guard.GuardFailure;
import dev.caisson.core.guard.LaunchListener;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.streams.OutputReader;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Processes;
import dev.caisson.linux.SyscallException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One launch under the guard: a container's first process, or one executed inside. Its futures complete in the poller's turn, in the order
 * {@link #started()}, {@link #ended()}, {@link #gone()}.
 */
final class ContainerProcess implements LaunchListener {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final java.time.Duration GONE = java.time.Duration.ofSeconds(5);
    private static final java.time.Duration ANSWER = java.time.Duration.ofSeconds(30);
    private static final String LOOK_FOR_THE_KILLER =
            "try again, the engine starts another; look for who killed caisson-guard (the kernel log tells of the OOM killer)";

    private final String who;
    private final String program;
    private final Guard guard;
    private final LaunchPlan plan;
    private final Console console;
    private final CompletableFuture<Void> named = new CompletableFuture<>();
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final CompletableFuture<Optional<GuardExit>> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private volatile int launchId;
    private @Nullable Fd pidfd;
    private List<Fd> held = List.of();
    private volatile boolean orphaned;
    /** The guard has said how it ended; what it printed may still have to be read. */
    private volatile boolean told;
    private int unfinishedReaders;
    private @Nullable Preparation beforeGo;
    private volatile @Nullable RuntimeException preparing;

    /**
     * @param plan for messages: what failed of it
     * @param console its streams; ended by this
     */
    ContainerProcess(String who, String program, Guard guard, LaunchPlan plan, Console console) {
        this.who = who;
        this.program = program;
        this.guard = guard;
        this.plan = plan;
        this.console = console;
    }

    /** Of a plan with WAIT_GO: what is done to the process before it goes on. A failure of it is the launch's. */
    void beforeGo(Preparation action) {
        beforeGo = action;
    }

    /** Sends the plan. The descriptors stay the caller's. */
    synchronized void launch(List<Fd> fds) {
        launchId = guard.launch(plan, fds, this);
    }

    /** Sends the rest of the plan to a container made ahead; false if that has died. The descriptors stay the caller's. */
    boolean proceed(SpareProcess spare, LaunchPlan rest, List<Fd> fds) {
        launchId = spare.launchId();
        if (!spare.adopt(this)) {
            return false;
        }
        try {
            guard.proceed(launchId, rest, fds);
        } catch (RuntimeException e) {
            guard.signal(launchId, dev.caisson.Signal.KILL.number(), Guard.Scope.TREE); // nobody else's any more, it would wait for ever for what was not sent
            Waiting.ended(gone, GONE);
            throw e;
        }
        return true;
    }

    /** One that runs already, or has ended, under a guard that was taken over. @param fd its pidfd, now this one's */
    void adopt(int id, Optional<Fd> fd) {
        launchId = id;
        pidfd = fd.orElse(null);
        started.complete(null);
    }

    /** Another run of a detached one, under its number. */
    synchronized void again(int id, AgainNumbers numbers) {
        launchId = id;
        guard.again(id, plan, numbers, this);
    }

    int launchId() {
        return launchId;
    }

    /** It outlives the JVM, as the guard has said. @param out as {@link #copyOfOutput} says @throws IllegalStateException if it has ended */
    void detach(Fd out, Fd err, Fd spool, long limit, List<Fd> held) {
        CompletableFuture<Boolean> kept = guard.detach(launchId, out, err, spool, limit, held);
        if (!Waiting.ended(kept, ANSWER)) {
            guard.forget(launchId); // should it still hear of it
            throw new EngineProblem(Stage.SUPERVISE, "could not detach: the guard of " + who + " has not answered for " + ANSWER.toSeconds() + " s", "look at what keeps caisson-guard from running, and try again");
        }
        if (!kept.join()) {
            throw new IllegalStateException(who + " has ended");
        }
    }

    /** The read end of its standard output or error, the caller's. @throws IllegalStateException if it has ended */
    Fd copyOfOutput(int stream) {
        return console.readers().get(stream).copy();
    }

    /** Completes when its program runs (if the plan asked to be told); exceptionally with LaunchFailed. */
    CompletableFuture<Void> started() {
        return started;
    }

    /** Completes when it is dead and its output read to the end; empty if the guard died and took the status with it. */
    CompletableFuture<Optional<GuardExit>> ended() {
        return ended;
    }

    /** Completes when the guard has undone what the plan told. */
    CompletableFuture<Void> gone() {
        return gone;
    }

    /** The caller, who is to wait for it, hears the guard himself meanwhile: {@link Guard#hear}. */
    void hearTheStart() {
        guard.hear(started::isDone);
    }

    /** The same. */
    void hearTheEnd() {
        guard.hear(() -> told);
    }

    /** Its standard streams. */
    Console console() {
        return console;
    }

    /** The guard it runs under. */
    Guard guard() {
        return guard;
    }

    /** Whether its guard died before it was gone, so that nobody undid anything. */
    boolean orphaned() {
        return orphaned;
    }

    void signal(int signal, Guard.Scope scope) {
        if (!ended.isDone()) {
            guard.signal(launchId, signal, scope);
        }
    }

    /** The host's pid once the guard has named it, 0 when it is over. Not for the poller's thread, which hears the guard. */
    int awaitPid() {
        CompletableFuture.anyOf(named, started).exceptionally(neverRan -> null).join();
        return pid();
    }

    /** The host's pid, 0 before the guard has named it and when it is over. */
    synchronized int pid() {
        Fd fd = pidfd;
        if (fd == null || ended.isDone()) {
            return 0;
        }
        try {
            return Processes.pidOf(fd);
        } catch (IllegalStateException e) {
            return 0; // closed
        }
    }

    /** A descriptor of the process, the caller's, as long as it runs. A copy: the number of a closed one may by now be another container's. */
    synchronized Optional<Fd> pidfd() {
        Fd fd = pidfd;
        return fd == null || ended.isDone() ? Optional.empty() : Optional.of(fd.dup());
    }

    @Override
    public synchronized void started(Fd fd) {
        pidfd = fd;
        named.complete(null);
        Preparation action = beforeGo;
        if (action != null) {
            action.run(guard, launchId, pid(), () -> { }, failure -> preparing = failure);
        }
    }

    @Override
    public void running() {
        started.complete(null);
    }

    @Override
    public void failed(GuardFailure failure) {
        failed(failure, plan);
    }

    /** @param of the plan whose operation failed */
    void failed(GuardFailure failure, LaunchPlan of) {
        LaunchFailed problem = LaunchErrors.of(who, of, failure, program);
        started.completeExceptionally(problem);
        finishReaders(() -> ended.completeExceptionally(problem));
    }

    @Override
    public void exited(GuardExit exit) {
        RuntimeException never = preparing;
        if (never != null) {
            started.completeExceptionally(never);
            finishReaders(() -> ended.completeExceptionally(never));
            return;
        }
        started.complete(null);
        finishReaders(() -> ended.complete(Optional.of(exit)));
    }

    @Override
    public void gone(List<GuardFailure> failures) {
        for (GuardFailure failure : failures) {
            LOG.warn("undoing {}: {} {}: {}", who, failure.op(plan).map(op -> op.code().text()).orElse("operation " + failure.code()), failure.path(),
                    dev.caisson.linux.Errno.describe(failure.errno()));
        }
        closePidfd();
        gone.complete(null);
    }

    @Override
    public void left() {
        EngineProblem problem = new EngineProblem(Stage.SUPERVISE, "the engine was closed; " + who + " lives on without it", "the next engine of this root has it in containers()");
        started.completeExceptionally(problem);
        console.abandon(); // what is in the pipes is the guard's to read
        told = true;
        ended.completeExceptionally(problem);
        closePidfd();
        gone.completeExceptionally(problem);
    }

    @Override
    public void lost() {
        orphaned = true;
        EngineProblem problem = new EngineProblem(Stage.SUPERVISE, "the engine's guard process died while " + who + " was starting", LOOK_FOR_THE_KILLER);
        started.completeExceptionally(problem);
        finishReaders(() -> ended.complete(Optional.empty()));
        closePidfd();
        gone.complete(null);
    }

    /** For who needs a result and cannot have one. */
    static EngineProblem endUnknown(String who) {
        return new EngineProblem(Stage.SUPERVISE, "the engine's guard process died while " + who + " ran: whether and how that ended is unknown", LOOK_FOR_THE_KILLER);
    }

    private void finishReaders(Runnable then) {
        told = true;
        console.finishing();
        List<OutputReader> readers = List.copyOf(console.readers());
        unfinishedReaders = readers.size();
        if (unfinishedReaders == 0) {
            finished(then);
        }
        for (OutputReader reader : readers) {
            reader.finish(() -> {
                if (--unfinishedReaders == 0) {
                    finished(then);
                }
            });
        }
    }

    private void finished(Runnable then) {
        console.end();
        then.run();
    }

    /** Of one whose output goes elsewhere: the writing ends, without which its streams would be at their end, and could not be detached. */
    synchronized void holds(List<Fd> ends) {
        held = ends;
    }

    private synchronized void closePidfd() {
        held.forEach(Fd::close);
        held = List.of();
        Fd fd = pidfd;
        pidfd = null;
        if (fd != null) {
            try {
                fd.close();
            } catch (SyscallException e) {
                LOG.debug("closing the pidfd of {}: {}", who, e.toString());
            }
        }
    }
}
