package dev.caisson.core.engine;

import dev.caisson.ContainerTimeout;
import dev.caisson.DetachKeys;
import dev.caisson.Execution;
import dev.caisson.ExecBuilder.ExecSpec;
import dev.caisson.Health;
import dev.caisson.Stdin;
import dev.caisson.core.health.CheckPlan;
import dev.caisson.core.health.HealthMonitor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The health of one container: its checks are executed inside, as its user, and killed with everything they started when their time is over. */
final class ContainerHealth {
    /** As docker cuts it. */
    private static final int OUTPUT = 4096;

    private final RunContext run;
    private final Supplier<ContainerProcess> process;
    private final @Nullable CheckPlan plan;
    private final @Nullable HealthMonitor monitor;

    /** @param process the container's, as of now */
    ContainerHealth(RunContext run, Supplier<ContainerProcess> process) {
        this.run = run;
        this.process = process;
        this.plan = run.checks().orElse(null);
        this.monitor = plan == null ? null : new HealthMonitor(plan, run.engine().poller(), this::check, this::changed);
    }

    /** Checks it from its start to its end. */
    void watch(ContainerProcess running) {
        HealthMonitor checks = monitor;
        if (checks != null) {
            running.started().thenRun(checks::begin);
            running.ended().whenComplete((exit, failure) -> checks.end());
        }
    }

    /** Frozen processes answer nothing. */
    void paused(boolean on) {
        if (monitor == null || process.get().pid() == 0) {
            return;
        }
        if (on) {
            monitor.pause();
        } else {
            monitor.resume();
        }
    }

    Health now() {
        return monitor == null ? Health.NONE : monitor.now();
    }

    private CompletableFuture<Health.Result> check() {
        CompletableFuture<Health.Result> result = new CompletableFuture<>();
        Instant start = Instant.now();
        run.engine().background().begin(() -> { // an engine that closes checks no more
            try {
                start().whenComplete((execution, failure) -> result.complete(failure == null ? result(start, execution.exitCode(), text(execution)) : failed(start, failure)));
            } catch (RuntimeException e) {
                result.complete(failed(start, e));
            }
        });
        return result;
    }

    private CompletableFuture<Execution> start() {
        CheckPlan checks = java.util.Objects.requireNonNull(plan);
        ExecSpec exec = new ExecSpec(checks.argv(), Map.of(), null, null, Stdin.NONE, checks.timeout(), false, OUTPUT + 1, false, null, DetachKeys.NONE);
        return ExecPipeline.startKeepingTheHead(run, exec, process.get()).onExit();
    }

    private Health.Result failed(Instant start, Throwable thrown) {
        Throwable failure = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (failure instanceof ContainerTimeout timeout) {
            String said = timeout.partial().map(ContainerHealth::text).orElse("");
            return result(start, -1, "Health check exceeded timeout (" + seconds(timeout.timeout()) + ")" + (said.isEmpty() ? "" : ": " + said));
        }
        return result(start, -1, String.valueOf(failure.getMessage()));
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + "s" : limit.toMillis() + "ms";
    }

    private static Health.Result result(Instant start, int exitCode, String output) {
        return new Health.Result(start, Instant.now(), exitCode, output);
    }

    /** Both streams, in the order read. */
    private static String text(Execution execution) {
        byte[] bytes = execution.stdoutBytes();
        return new String(bytes, 0, Math.min(bytes.length, OUTPUT), StandardCharsets.UTF_8) + (bytes.length > OUTPUT ? "..." : "");
    }

    private void changed(Health.Result by) {
        run.tell(Duration.between(by.start(), by.end()), "health_status: " + now().status().name().toLowerCase(java.util.Locale.ROOT));
    }
}
