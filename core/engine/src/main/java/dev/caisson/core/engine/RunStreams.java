package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Stdin;
import dev.caisson.core.readiness.ReadyWait;
import dev.caisson.spi.logging.LogDriver;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Where one container's output goes, and who waits for something it says; its standard input, where that is a stream of the caller's. */
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

    /** Standard input given as a stream is closed with the container, so that the thread that reads it ends. */
    static void closeStdin(ContainerSpec spec) {
        if (spec.process().stdin() instanceof Stdin.Stream s) {
            try {
                s.stream().close();
            } catch (IOException e) {
                // it was the caller's; there is nobody to tell
            }
        }
    }
}
