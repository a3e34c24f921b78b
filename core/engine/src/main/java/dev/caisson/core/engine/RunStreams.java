package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.core.readiness.ReadyWait;
import dev.caisson.spi.logging.LogDriver;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Where one container's output goes, and who waits for something it says. */
final class RunStreams {
    private final WatchedRun watched;
    private final LogStream lines;
    private @Nullable ReadyWait readyWait;
    private volatile @Nullable Outputs outputs;
    private volatile @Nullable LogDriver driver;

    RunStreams(RunContext run) {
        this.watched = new WatchedRun(run);
        this.lines = new LogStream(run.engine(), run.id().substring(0, 12));
    }

    /** It is started: whoever waits for its readiness sees the output from the first line. */
    void open(OpenLogs logs, ContainerSpec spec) {
        goOn(logs);
        if (!spec.life().readiness().isEmpty()) {
            readyWait = new ReadyWait(spec.life().readiness(), watched);
        }
    }

    /** Its policy has started it again: whoever waits for a line waits on. */
    void goOn(OpenLogs logs) {
        outputs = logs.outputs();
        driver = logs.driver();
        lines.begins(logs.outputs(), logs.driver());
    }

    /** Its output, line by line. */
    LogStream lines() {
        return lines;
    }

    Outputs outputs() {
        return java.util.Objects.requireNonNull(outputs, "LOGS comes first");
    }

    /** What its start has to wait for. */
    Optional<ReadyWait> readyWait() {
        return Optional.ofNullable(readyWait);
    }

    WatchedRun watched() {
        return watched;
    }

    /** From the driver if it can be read and the container was not removed, else the last lines; nothing if it was never started. */
    String text(String name, BooleanSupplier removed) {
        Outputs current = outputs;
        return current == null ? "" : new LogText(name, current, driver, removed).read();
    }
}
