package dev.caisson.benchmarks;

import dev.caisson.Capability;
import dev.caisson.ContainerSpec;
import dev.caisson.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What the builder costs: everything from the first call to the checked, immutable specification. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SpecBenchmark {
    private Path work = Path.of("");
    private Engine engine;

    /** An engine that starts nothing. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        work = Files.createTempDirectory("caisson-jmh-");
        engine = Engine.builder().root(work).build();
    }

    /** Leaves nothing. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        engine.close();
        Peers.remove(work);
    }

    /** A typical builder line. */
    @Benchmark
    public ContainerSpec spec() {
        return engine.image("nginx").readOnly().capDrop(Capability.NET_RAW).memory("256m").cpus(0.5).pids(100)
                .env("A", "b").label("team", "blue").networkNone().spec();
    }
}
