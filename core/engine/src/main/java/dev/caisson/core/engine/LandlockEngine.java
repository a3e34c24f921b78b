package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ContainerList;
import dev.caisson.ContainerSpec;
import dev.caisson.Engine;
import dev.caisson.EngineInfo;
import dev.caisson.Events;
import dev.caisson.Execution;
import dev.caisson.HostReport;
import dev.caisson.Images;
import dev.caisson.Networks;
import dev.caisson.Pod;
import dev.caisson.PodSpec;
import dev.caisson.Registry;
import dev.caisson.Schedule;
import dev.caisson.ScheduledContainer;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.Volumes;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The engine of an ordinary user on a host that forbids him namespaces: it makes nothing on disk, and can do nothing but check the host and run sandboxes whose caller
 * allowed {@link dev.caisson.SandboxTier#LANDLOCK}. All else is refused with what forbids it.
 */
final class LandlockEngine implements Engine {
    private static final long PATIENCE_SECONDS = 30;

    private final Path root;
    private final UnsupportedOnThisHost why;
    private final ExecutorService workers = Executors.newCachedThreadPool(new WorkerThreads("landlock"));

    LandlockEngine(Path root, UnsupportedOnThisHost why) {
        this.root = root;
        this.why = why;
    }

    private UnsupportedOnThisHost refused() {
        return new UnsupportedOnThisHost(why.stage(), why.what(), why.remedy(), why);
    }

    @Override
    public Execution execute(ContainerSpec spec) {
        if (!LandlockRun.allowed(spec)) {
            throw refused();
        }
        ExecuteRules.check(spec);
        return new LandlockRun(spec, List.of(root), workers).execute(why);
    }

    @Override
    public Container run(ContainerSpec spec) {
        throw refused();
    }

    @Override
    public Container create(ContainerSpec spec) {
        throw refused();
    }

    @Override
    public CompletableFuture<Container> runAsync(ContainerSpec spec) {
        throw refused();
    }

    @Override
    public List<Container> startAll(ContainerSpec... specs) {
        throw refused();
    }

    @Override
    public ScheduledContainer schedule(ContainerSpec spec, Schedule when) {
        throw refused();
    }

    @Override
    public void toBundle(ContainerSpec spec, Path directory) {
        throw refused();
    }

    @Override
    public Pod run(PodSpec spec) {
        throw refused();
    }

    @Override
    public List<Pod> pods() {
        throw refused();
    }

    @Override
    public Images images() {
        throw refused();
    }

    @Override
    public Volumes volumes() {
        throw refused();
    }

    @Override
    public Registry registry(String host) {
        throw refused();
    }

    @Override
    public Networks networks() {
        throw refused();
    }

    @Override
    public ContainerList containers() {
        throw refused();
    }

    @Override
    public Events events() {
        throw refused();
    }

    @Override
    public EngineInfo info() {
        throw refused();
    }

    @Override
    public HostReport check() {
        return HostCheck.report();
    }

    @Override
    public Path root() {
        return root;
    }

    @Override
    public void close() {
        workers.shutdown();
        try {
            if (!workers.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                workers.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
