package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Stage;
import dev.caisson.core.plan.PlanCompiler;
import org.jspecify.annotations.Nullable;

/** From a spec to a running process: the stages in the order of the table in docs/ARCHITECTURE.md. */
final class RunPipeline {
    private final StartStages stages;
    private @Nullable FirstPart first;

    /** @param keepOutput whether output is kept in memory ({@code execute()}) */
    RunPipeline(LocalEngine engine, ContainerSpec spec, boolean keepOutput) {
        this.stages = new StartStages(engine, spec, keepOutput);
    }

    /** Runs all stages. Whatever fails, everything before it is undone. */
    RunContext start() {
        RunContext run = stages.run();
        StageClock clock = run.clock();
        stages.undoingFailures(() -> {
            resolve(clock);
            clock.run(Stage.ROOTFS, "make the user namespace of container " + run.name(), stages::users);
            if (EarlyLaunch.possible(stages.engine(), stages.spec())) {
                clock.run(Stage.NETWORK, "connect container " + run.name(), stages::namespace);
                clock.run(Stage.SPAWN, "start container " + run.name(), () -> {
                    first = stages.early();
                });
                clock.run(Stage.NETWORK, "connect container " + run.name(), stages::connect); // its child waits inside
            }
            stages.assemble(clock);
            clock.run(Stage.LOGS, "open the logs of container " + run.name(), stages::logs);
            PlanCompiler.Compiled plan = clock.run(Stage.PLAN, "plan container " + run.name(),
                    () -> first == null ? PlanCompiler.compile(stages.plan()) : stages.engine().latePlans().late(stages.plan()));
            clock.run(Stage.SPAWN, "start container " + run.name(), () -> stages.spawn(first, plan));
        });
        return run;
    }

    /** All stages but the last: a container that is started later, as one is started again. */
    RunContext create() {
        RunContext run = stages.run();
        StageClock clock = run.clock();
        stages.undoingFailures(() -> {
            resolve(clock);
            clock.run(Stage.ROOTFS, "make the user namespace of container " + run.name(), stages::users);
            stages.assemble(clock);
            clock.run(Stage.PLAN, "plan container " + run.name(), () -> stages.plan(true));
            run.launchedBy(stages);
        });
        return run;
    }

    private void resolve(StageClock clock) {
        clock.run(Stage.RESOLVE, "find the root file system of container " + stages.run().name(), () -> {
            stages.claimName();
            stages.image();
        });
    }
}
