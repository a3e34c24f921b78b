package dev.caisson.core.engine;

import dev.caisson.ContainerTimeout;
import dev.caisson.DetachKeys;
import dev.caisson.EngineProblem;
import dev.caisson.Exec;
import dev.caisson.ExecBuilder.ExecSpec;
import dev.caisson.Execution;
import dev.caisson.ExitStatus;
import dev.caisson.OutputLimitExceeded;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.Stdin;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.poll.Timers;
import dev.caisson.core.streams.KeyFilter;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A process executed inside a running container, to its caller. */
final class LiveExec implements Exec {
    private final ExecSpec spec;
    private final String who;
    private final ExecOutputs outputs;
    private final RunContext run;
    private final boolean group;
    private final Others others;
    private final boolean head;
    private final CompletableFuture<Execution> result = new CompletableFuture<>();
    private final CompletableFuture<Void> detached = new CompletableFuture<>();
    private volatile ContainerProcess process;
    private volatile TypedInput input;
    private volatile boolean timedOut;

    /** Sends a signal to every process of it but one. */
    @FunctionalInterface
    interface Others {
        void signal(int number, int but);
    }

    /**
     * @param head whether only the head of what it prints is kept, as of a check of health: more is no failure, and its end no event
     * @param group whether it has a cgroup, by which all its processes are known
     * @param others by that
     */
    LiveExec(RunContext run, ExecSpec spec, String who, boolean head, boolean group, Others others) {
        this.run = run;
        this.spec = spec;
        this.who = who;
        this.head = head;
        this.outputs = head ? ExecOutputs.head(spec.outputLimit()) : spec.piped() ? ExecOutputs.piped() : ExecOutputs.kept(spec.outputLimit(), this::killAll);
        this.group = group;
        this.others = others;
    }

    /** Where what it prints goes. */
    ExecOutputs outputs() {
        return outputs;
    }

    /** Before it is launched. */
    void attach(ContainerProcess running) {
        process = running;
        DetachKeys keys = running.console().isTerminal() ? spec.keys() : DetachKeys.NONE;
        input = new TypedInput(running.console(), new KeyFilter(keys.bytes()), detached::isDone, this::detach);
        Timers.Timer timer = spec.timeout() == null ? null : run.engine().poller().schedule(spec.timeout(), () -> {
            timedOut = true;
            killAll();
        });
        running.ended().whenComplete((ended, failure) -> {
            if (timer != null) {
                timer.cancel();
            }
            GivenStream.close(spec.stdin(), run.engine().workers());
            if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                finish(ended);
            }
        });
    }

    /** Completes when it is dead and its cgroup is given back, unless what it has started is in there. */
    CompletableFuture<Void> gone() {
        return java.util.Objects.requireNonNull(process, "it is launched").gone();
    }

    private void finish(Optional<GuardExit> ended) {
        if (ended.isEmpty()) {
            result.completeExceptionally(ContainerProcess.endUnknown(who));
            return;
        }
        GuardExit exit = ended.get();
        if (!head) {
            run.happened("exec_die exitCode=" + exit.exitCode());
        }
        Execution execution = new Execution(new ExitStatus(exit.exitCode(), exit.signal(), false), outputs.out(), outputs.err(), exit.elapsed(), exit.cpu(),
                exit.maxRssKib() * 1024, List.of(), List.of(), Map.of(Stage.SUPERVISE, exit.elapsed()));
        if (!outputs.exceeded().isEmpty()) {
            result.completeExceptionally(new OutputLimitExceeded(outputs.exceeded(), spec.outputLimit()));
        } else if (timedOut) {
            Duration limit = java.util.Objects.requireNonNull(spec.timeout());
            result.completeExceptionally(new ContainerTimeout(who + " was killed because it still ran after " + limit, limit, execution));
        } else {
            result.complete(execution);
        }
    }

    /** Waits for nothing. */
    void killAll() {
        signal(Signal.KILL.number());
    }

    private void signal(int number) {
        if (group) { // of KILL the guard knows how; after that first message there may be no process to send another to
            process.signal(number, Guard.Scope.TREE);
        } else {
            process.signal(number, Guard.Scope.GROUP);
            if (number == Signal.KILL.number()) {
                process.signal(number, Guard.Scope.PROCESS); // its group begins a moment after it
            }
        }
    }

    @Override
    public int pid() {
        return process.awaitPid();
    }

    @Override
    public boolean isAlive() {
        return !process.ended().isDone();
    }

    @Override
    public void kill(Signal signal) {
        if (!group || signal == Signal.KILL && isAlive()) {
            signal(signal.number());
            return;
        }
        int first = isAlive() ? process.awaitPid() : 0;
        process.signal(signal.number(), Guard.Scope.PROCESS); // which may not be in its cgroup yet
        others.signal(signal.number(), first);
    }

    @Override
    public OutputStream stdin() {
        if (!(spec.stdin() instanceof Stdin.Open)) {
            throw new EngineProblem(Stage.SUPERVISE, "could not write to the standard input of " + who + ": it is not open", "start it with interactive()");
        }
        return input;
    }

    @Override
    public InputStream stdout() {
        return outputs.stdout();
    }

    @Override
    public InputStream stderr() {
        return outputs.stderr();
    }

    @Override
    public void resize(int rows, int columns) {
        process.console().resize(who, rows, columns);
        run.happened("resize rows=" + rows + " columns=" + columns);
    }

    @Override
    public void detach() {
        if (isAlive() && detached.complete(null)) {
            outputs.leave();
            run.happened("exec_detach");
        }
    }

    @Override
    public CompletableFuture<Void> onDetach() {
        return Handover.of(detached, run.engine().workers());
    }

    @Override
    public CompletableFuture<Execution> onExit() {
        return Handover.of(result, run.engine().workers());
    }

    @Override
    public Execution await() {
        process.hearTheEnd();
        return Waiting.await(result, who, this::killAll);
    }

    @Override
    public void close() {
        if (!detached.isDone()) {
            killAll();
        }
    }

    @Override
    public String toString() {
        return who + (result.isDone() ? " (ended)" : "");
    }
}
