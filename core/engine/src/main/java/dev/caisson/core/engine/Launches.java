package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ContainerSpec;
import dev.caisson.Execution;
import dev.caisson.RootSource;
import dev.caisson.UnsupportedOnThisHost;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Starts containers: at once, on a worker, or to their end. */
final class Launches {
    private final LocalEngine engine;
    private final Spares spares;

    Launches(LocalEngine engine, Spares spares) {
        this.engine = engine;
        this.spares = spares;
    }

    Container run(ContainerSpec spec) {
        LiveContainer container = start(spec, false);
        awaitReady(container);
        return container;
    }

    Container create(ContainerSpec wanted) {
        ExecuteRules.checkHandle(wanted);
        return entered(wanted, spec -> {
            ContainerSpec ready = ImageMounts.ensure(spec, engine.imageSource());
            LiveContainer container = new LiveContainer(new RunPipeline(engine, ready, false).create());
            engine.table().add(container);
            return container;
        });
    }

    /** What this user may not have is refused first; who closes the engine waits for the rest. */
    private LiveContainer entered(ContainerSpec wanted, Function<ContainerSpec, LiveContainer> maker) {
        engine.starts().enter();
        try {
            RootlessRules.check(wanted, engine.powers());
            ContainerSpec spec = KeptUser.resolve(wanted, engine.powers());
            if (spec.life().detached()) {
                Detaching.check(spec, engine);
            }
            return engine.powers().with(() -> maker.apply(spec));
        } finally {
            engine.starts().leave();
        }
    }

    /** Everything is made as for a start, written down, and given back. */
    void toBundle(ContainerSpec spec, Path directory) {
        BundleWriter.check(spec);
        engine.starts().enter();
        try {
            engine.powers().with(() -> {
                if (spec.root() instanceof RootSource.Image image) {
                    engine.imageSource().ensure(image);
                }
                RunContext run = new RunPipeline(engine, spec, false).create();
                try {
                    BundleWriter.write(engine, run, directory);
                } finally {
                    run.undo();
                }
            });
        } finally {
            engine.starts().leave();
        }
    }

    /** Not counted as a start: whoever closes the engine meanwhile ends the container, and with it this. */
    private static void awaitReady(LiveContainer container) {
        try {
            container.awaitReady();
        } catch (RuntimeException | Error e) {
            try {
                container.remove();
            } catch (RuntimeException failure) {
                e.addSuppressed(failure);
            }
            throw e;
        }
    }

    CompletableFuture<Container> runAsync(ContainerSpec spec) {
        CompletableFuture<Container> result = new CompletableFuture<>();
        engine.starts().enter(); // before the worker begins, lest the engine closes between
        engine.workers().execute(() -> {
            try {
                LiveContainer container = startInside(spec);
                result.whenComplete((c, e) -> {
                    if (e != null) {
                        container.remove(); // cancelled; what waits for it below sees its end
                    }
                });
                awaitReady(container);
                if (!result.complete(container)) {
                    container.remove();
                }
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    Execution execute(ContainerSpec spec) {
        ExecuteRules.check(spec);
        UnsupportedOnThisHost forbidden = LandlockRun.allowed(spec) ? engine.forbidden() : null;
        if (forbidden != null) {
            return new LandlockRun(spec, List.of(engine.home().root(), engine.home().run()), engine.workers()).execute(forbidden);
        }
        return start(LandlockRun.alike(spec), true).toExecution();
    }

    private static void detach(LiveContainer container) {
        try {
            container.detach();
        } catch (RuntimeException | Error e) {
            container.remove();
            throw e;
        }
    }

    private LiveContainer startInside(ContainerSpec spec) {
        try {
            return start(spec, false);
        } finally {
            engine.starts().leave();
        }
    }

    private LiveContainer start(ContainerSpec wanted, boolean keepOutput) {
        if (!keepOutput) {
            ExecuteRules.checkHandle(wanted);
        }
        return entered(wanted, spec -> started(spec, keepOutput));
    }

    private LiveContainer started(ContainerSpec wanted, boolean keepOutput) {
        ContainerSpec spec = ImageMounts.ensure(wanted, engine.imageSource());
        Optional<SpareKey> key = spares.key(spec);
        RunContext run = key.flatMap(k -> spares.start(k, spec, keepOutput)).orElseGet(() -> new RunPipeline(engine, spec, keepOutput).start());
        LiveContainer container = new LiveContainer(run);
        engine.table().add(container);
        if (key.isEmpty()) {
            engine.connectedAhead().replenishing(spec).ifPresent(next -> (keepOutput ? container.onRemoved() : CompletableFuture.completedFuture(null)).thenRun(next));
        }
        if (spec.life().detached() && !run.isDetached()) { // else it was before its program began, and may have ended since
            detach(container);
        }
        // What is gone leaves the processors to the next spare, and its caller has his answer; what runs on shares them.
        key.ifPresent(k -> (keepOutput ? container.onRemoved() : CompletableFuture.completedFuture(null)).thenRun(() -> spares.replenish(k, spec)));
        return container;
    }
}
