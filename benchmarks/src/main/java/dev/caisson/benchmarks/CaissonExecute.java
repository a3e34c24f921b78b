package dev.caisson.benchmarks;

import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.Stage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A container per run: {@code rootfs(…).execute()} with every default of the engine, so with all its isolation. */
final class CaissonExecute implements Peer {
    private final String name;
    private final Engine engine;
    private final Path rootfs;
    private final String program;
    private final UnaryOperator<ContainerBuilder> settings;
    private final Map<Stage, Samples> stages = new EnumMap<>(Stage.class);

    /** The engine is the caller's. */
    CaissonExecute(String name, Engine engine, Path rootfs, String program) {
        this(name, engine, rootfs, program, b -> b);
    }

    /** Of a container other than the usual. */
    CaissonExecute(String name, Engine engine, Path rootfs, String program, UnaryOperator<ContainerBuilder> settings) {
        this.settings = settings;
        this.name = name;
        this.engine = engine;
        this.rootfs = rootfs;
        this.program = program;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long launch() {
        long start = System.nanoTime();
        Execution execution = execute();
        long took = System.nanoTime() - start;
        for (Map.Entry<Stage, Duration> stage : execution.timings().entrySet()) {
            stages.computeIfAbsent(stage.getKey(), s -> new Samples()).add(stage.getValue().toNanos());
        }
        return took;
    }

    @Override
    public void forget() {
        stages.values().forEach(Samples::clear);
    }

    /** One run, by any thread. */
    Execution execute() {
        Execution execution = settings.apply(engine.rootfs(rootfs).command(program)).execute();
        if (execution.exitCode() != 0) {
            throw new IllegalStateException(execution + ": " + execution.stderr());
        }
        return execution;
    }

    /** How long each stage took, over all runs. */
    Map<Stage, Samples> stages() {
        return stages;
    }
}
