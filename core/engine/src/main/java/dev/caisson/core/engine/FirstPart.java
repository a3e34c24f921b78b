package dev.caisson.core.engine;

import dev.caisson.LaunchFailed;
import dev.caisson.Stage;
import dev.caisson.core.guard.GuardFailure;
import dev.caisson.core.plan.PlanCompiler;
import java.util.Optional;

/** The first part of a launch in two: its plan, and the process that waits, or will wait, for the rest. */
record FirstPart(PlanCompiler.Compiled plan, SpareProcess process) {
    /** Sends it. The descriptors stay the caller's. @param run whose undo kills it while it is nobody's */
    static FirstPart launch(PlanCompiler.Compiled plan, SpareProcess process, Received received, RunContext run) {
        process.launch(received.inOrder(plan));
        FirstPart part = new FirstPart(plan, process);
        run.undoStack().push("spare", () -> part.discard(run));
        return part;
    }

    /** Sends the rest; empty if the process is dead. */
    Optional<ContainerProcess> proceed(LocalEngine engine, RunContext run, PlanCompiler.Compiled rest, Received received) {
        return Spawner.proceed(engine, process, run, rest, rest.plan().following(plan.plan()), received);
    }

    /** Why it is dead. */
    RuntimeException death(String who, String program) {
        if (process.orphaned() || !process.guard().alive()) {
            return ContainerProcess.endUnknown(who);
        }
        GuardFailure failure = process.failure().orElse(null);
        return failure != null ? LaunchErrors.of(who, plan.plan(), failure, program)
                : new LaunchFailed(Stage.SPAWN, "could not start " + who + ": its process was killed while its root file system was made",
                        "look for who killed it; the kernel log tells of the OOM killer", 0, 125, null);
    }

    private void discard(RunContext run) {
        process.discard();
        if (process.orphaned()) {
            run.guardLost();
        }
    }
}
