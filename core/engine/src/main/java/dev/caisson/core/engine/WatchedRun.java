package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ExitStatus;
import dev.caisson.NetworkProblem;
import dev.caisson.core.readiness.Watched;
import dev.caisson.core.streams.LineTap;
import dev.caisson.core.streams.LogOutput;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A run as the probes of readiness see it. There before the handle is, so that its output is seen from the first line. */
final class WatchedRun implements Watched {
    private static final Duration LAST_LINES = Duration.ofSeconds(5);

    private final RunContext run;
    private volatile @Nullable LiveContainer handle;

    WatchedRun(RunContext run) {
        this.run = run;
    }

    void handle(LiveContainer value) {
        handle = value;
    }

    @Override
    public Container container() {
        return live();
    }

    private LiveContainer live() {
        return java.util.Objects.requireNonNull(handle, "looked at once it runs");
    }

    /** With its last line read: what it printed before it died counts. */
    @Override
    public Optional<ExitStatus> exit() {
        CompletableFuture<ExitStatus> exit = live().currentExit();
        if (!exit.isDone()) {
            return Optional.empty();
        }
        LogOutput log = run.outputs().log();
        if (log != null) {
            Waiting.within(log.closed(), LAST_LINES);
        }
        return Optional.of(exit.isCompletedExceptionally() ? ExitStatus.UNKNOWN : exit.join());
    }

    @Override
    public boolean hostNetwork() {
        return run.hostNetwork();
    }

    @Override
    public URI reach(int port) {
        try {
            return live().uri(port);
        } catch (NetworkProblem notPublished) {
            return URI.create("http://" + live().ipAddress() + ":" + port);
        }
    }

    @Override
    public LineTap.Registration lines(LineTap tap) {
        return run.outputs().recent().tap(tap);
    }
}
