package dev.caisson.core.engine;

import dev.caisson.Change;
import dev.caisson.ContainerSpec;
import dev.caisson.ContainerTimeout;
import dev.caisson.Execution;
import dev.caisson.ExitStatus;
import dev.caisson.OutputLimitExceeded;
import dev.caisson.SandboxTier;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.core.guard.GuardExit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What {@code execute()} does once the container runs: waits for its end and makes the result. */
final class RunToEnd {
    private final RunContext run;
    private final Lifetime life;

    RunToEnd(RunContext run, Lifetime life) {
        this.run = run;
        this.life = life;
    }

    Execution execution() {
        String who = "container " + run.name();
        life.process().hearTheEnd();
        ExitStatus status = Waiting.await(life.exit(), who, () -> life.signalTree(Signal.KILL));
        if (status.equals(ExitStatus.UNKNOWN)) {
            throw ContainerProcess.endUnknown(who);
        }
        Execution execution = execution(status);
        ContainerSpec.Life wanted = run.spec().life();
        String stream = run.outputs().exceeded();
        if (!stream.isEmpty()) {
            throw new OutputLimitExceeded(stream, wanted.outputLimit());
        }
        if (life.timedOut()) {
            Duration limit = java.util.Objects.requireNonNull(wanted.timeout());
            throw new ContainerTimeout(who + " was killed because it still ran after " + limit, limit, execution);
        }
        return execution;
    }

    private Execution execution(ExitStatus status) {
        if (run.outputs().log() != null) {
            Waiting.await(run.outputs().log().closed(), "the log driver of container " + run.name(), () -> {});
        }
        List<Change> changes = run.spec().life().captureChanges() ? run.changes() : List.of();
        GuardExit e = java.util.Objects.requireNonNull(life.lastExit(), "a known status comes from the guard");
        Usage usage = java.util.Objects.requireNonNull(life.lastUsage(), "as its exit is");
        run.clock().record(Stage.SUPERVISE, e.elapsed().toNanos());
        return new Execution(status, run.outputs().out(), run.outputs().err(), e.elapsed(), usage.cpuTime(), usage.peakMemory(), changes, run.warnings(),
                run.clock().timings(), run.spec().security().sandbox() ? Optional.of(SandboxTier.NAMESPACES) : Optional.empty());
    }
}
