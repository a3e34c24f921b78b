package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Stage;
import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.core.security.identity.Identity;
import dev.caisson.spi.storage.LayerId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** A container of which only the program is missing, until it becomes somebody's: a spare. */
final class MadeAhead {
    /** It died before it became anybody's. */
    static final class SpareDied extends Exception {
        private static final long serialVersionUID = 1L;

        private SpareDied() {
            super(null, null, false, false);
        }
    }

    private final StartStages stages;
    private final ContainerSpec like;
    private final FirstPart first;
    private final Identity identity;

    private MadeAhead(StartStages stages, ContainerSpec like, FirstPart first, Identity identity) {
        this.stages = stages;
        this.like = like;
        this.first = first;
        this.identity = identity;
    }

    /**
     * Makes all of a container but its program, which {@link #become} gives it.
     *
     * @param like the spec of a start like it
     * @param onDeath called on the poller thread when it dies while it is nobody's
     */
    static Optional<MadeAhead> make(LocalEngine engine, ContainerSpec like, Consumer<MadeAhead> onDeath) {
        StartStages stages = new StartStages(engine, like, false);
        StageClock clock = new StageClock(stages.run().id(), List.of()); // not a start that anybody asked for
        AtomicReference<MadeAhead> made = new AtomicReference<>();
        stages.undoingFailures(() -> {
            clock.run(Stage.RESOLVE, "find the root file system of a spare", stages::image);
            clock.run(Stage.ROOTFS, "make the user namespace of a spare", stages::users);
            clock.run(Stage.NETWORK, "connect a spare", stages::connectAhead); // first: it may be that it cannot be
            stages.assemble(clock);
            PlanCompiler.Compiled ahead = clock.run(Stage.PLAN, "plan a spare", () -> PlanCompiler.ahead(stages.plan(false)));
            SpareProcess process = new SpareProcess(engine.guard(), ahead.plan(), stages.beforeGo(), () -> Optional.ofNullable(made.get()).ifPresent(onDeath));
            FirstPart first = clock.run(Stage.SPAWN, "start a spare", () -> FirstPart.launch(ahead, process, stages.received(), stages.run()));
            made.set(new MadeAhead(stages, like, first, stages.identity()));
        });
        return Optional.of(made.get());
    }

    /** The stages that are left. @throws SpareDied if it died before that; nothing is left of it then */
    RunContext become(ContainerSpec someones, boolean keep) throws SpareDied {
        stages.becomes(someones, keep);
        RunContext run = stages.run();
        StageClock clock = run.clock();
        boolean[] lives = {false};
        stages.undoingFailures(() -> {
            clock.run(Stage.RESOLVE, "name container " + run.name(), stages::claimName);
            clock.record(Stage.ROOTFS, 0);
            boolean connected = clock.run(Stage.NETWORK, "connect container " + run.name(), () -> stages.assign());
            if (!connected) {
                return;
            }
            clock.run(Stage.LOGS, "open the logs of container " + run.name(), stages::logs);
            PlanCompiler.Compiled rest = clock.run(Stage.PLAN, "plan container " + run.name(), () -> stages.rest(first, like, identity));
            lives[0] = clock.run(Stage.SPAWN, "start container " + run.name(), () -> stages.proceed(first, rest));
        });
        if (!lives[0]) {
            discard();
            throw new SpareDied();
        }
        return run;
    }

    /** Whether it can be given its program. */
    boolean ready() {
        return first.process().ready();
    }

    /** What stands on a layer must go before the layer. */
    boolean standsOn(LayerId layer) {
        return layer.equals(stages.top());
    }

    /** Gives it back; it is nobody's. */
    void discard() {
        stages.run().undoStack().unwind();
    }
}
