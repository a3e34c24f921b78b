package dev.caisson.benchmarks;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.testkit.rootfs.TinyRootfs;
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

/** The start path under JMH, for comparing two commits; {@code -t 4} shows throughput from several threads. Needs root. */
@State(Scope.Benchmark)
@BenchmarkMode({Mode.SampleTime, Mode.Throughput})
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class ExecuteBenchmark {
    private Path work = Path.of("");
    private Path rootfs = Path.of("");
    private Engine engine;
    private Container running;

    /** An engine of its own, and one container for exec. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        work = Files.createTempDirectory("caisson-jmh-");
        rootfs = TinyRootfs.create(work.resolve("rootfs")).path();
        engine = Engine.builder().root(work.resolve("state")).build();
        running = engine.rootfs(rootfs).networkNone().command("/bin/sleep", "86400").run();
    }

    /** Leaves nothing. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        running.close();
        engine.close();
        Peers.remove(work);
    }

    /** A container from nothing to its exit status. */
    @Benchmark
    public Execution execute() {
        return engine.rootfs(rootfs).networkNone().command(TinyRootfs.TRUE).execute();
    }

    /** A process in a running container. */
    @Benchmark
    public Execution exec() {
        return running.exec(TinyRootfs.TRUE).run();
    }
}
