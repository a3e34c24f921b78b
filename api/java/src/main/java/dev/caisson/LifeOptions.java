package dev.caisson;

import dev.caisson.spi.Given;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the output of a container goes and how long it lives: the part of {@link ContainerBuilder} that becomes {@link ContainerSpec.Log} and {@link ContainerSpec.Life}.
 *
 * @param <B> the builder
 */
abstract sealed class LifeOptions<B extends LifeOptions<B>> extends NameOptions<B> permits AbsentOptions {
    /** Bytes a stream that {@code execute()} keeps in memory by default: 256 MiB. */
    public static final long OUTPUT_LIMIT = 256L << 20;
    /** How long {@link ContainerBuilder#run} waits for {@link #waitFor} by default. */
    public static final Duration WAIT_TIMEOUT = Duration.ofSeconds(60);

    private String logDriver = "";
    private Map<String, String> logOptions = Map.of();
    private @Nullable Signal stopSignal;
    private Duration stopTimeout = Unsaid.LIFE.stopTimeout();
    private @Nullable Duration timeout;
    private boolean detached;
    private boolean bestEffort;
    private boolean captureChanges;
    private @Nullable Long outputLimit;
    private final List<Readiness> readiness = new ArrayList<>();
    private Duration waitTimeout = WAIT_TIMEOUT;
    private HealthCheck health = HealthCheck.OF_IMAGE;
    private RestartPolicy restart = Unsaid.LIFE.restart();

    /**
     * The log driver and its options ({@code --log-driver}, {@code --log-opt}).
     *
     * @param driver {@code json-file} or {@code none}, or one of your own; default {@code json-file} for {@code run()}, {@code none} for {@code execute()}
     * @param options the driver's own, as {@code max-size} to {@code 10m}; an unknown one is an error that names the nearest known one
     * @return this builder
     */
    public B logDriver(String driver, Map<String, String> options) {
        Given.all(driver, options);
        logDriver = driver;
        logOptions = options;
        return self();
    }

    /**
     * The signal that {@code stop()} sends ({@code --stop-signal}).
     *
     * @param signal the image's by default, else TERM
     * @return this builder
     */
    public B stopSignal(Signal signal) {
        Given.one(signal);
        stopSignal = signal;
        return self();
    }

    /**
     * How long {@code stop()} waits before it kills ({@code --stop-timeout}); default 10 s.
     *
     * @param grace zero kills at once
     * @return this builder
     */
    public B stopTimeout(Duration grace) {
        Given.one(grace);
        stopTimeout = grace;
        return self();
    }

    /**
     * Kills everything after so long; {@code execute()} throws {@link ContainerTimeout} with the partial output then. Default none.
     *
     * @param value positive, counted from the start of the program
     * @return this builder
     */
    public B timeout(Duration value) {
        Given.one(value);
        timeout = value;
        return self();
    }

    /**
     * It outlives the JVM, whatever that ends by ({@code docker run --detach} with live restore): see {@link Container#detach()}. What needs its JVM (terminals, streams as input,
     * time-outs, egress policies, ports of the host's, user and shared namespaces, {@code hostRoot()}, networks other than bridges, {@code none} and {@code host}) is refused by name when it
     * is started, and a JVM without root is refused altogether. Refused by
     * {@link ContainerBuilder#execute}, which waits for the end. Default: it ends with the JVM.
     *
     * @return this builder
     */
    public B detached() {
        detached = true;
        return self();
    }

    /**
     * Limits that the host cannot enforce are reported as warnings instead of refused.
     *
     * @return this builder
     */
    public B bestEffort() {
        bestEffort = true;
        return self();
    }

    /**
     * Computes what was changed before the root file system is removed; always on for {@link Engine#hostRoot}.
     *
     * @return this builder
     */
    public B captureChanges() {
        captureChanges = true;
        return self();
    }

    /**
     * What {@link ContainerBuilder#run} waits for after the program was started; several are all waited for. Refused by {@link ContainerBuilder#execute}, which waits for the end.
     *
     * @param what as {@link Readiness} makes them; they accumulate
     * @return this builder
     */
    public B waitFor(Readiness... what) {
        Given.one(what);
        readiness.addAll(List.of(what));
        return self();
    }

    /**
     * How long {@link ContainerBuilder#run} waits for {@link #waitFor}, counted from the start of the program; default 60 s.
     *
     * @param value positive; {@link NotReady} is thrown when it has passed
     * @return this builder
     */
    public B waitTimeout(Duration value) {
        Given.one(value);
        waitTimeout = value;
        return self();
    }

    /**
     * How its health is checked; what is left out comes from the image ({@code --health-cmd} and its like). See {@link Container#health()} and {@link Readiness#healthy()}.
     * Refused by {@link ContainerBuilder#execute}, which waits for the end.
     *
     * @param how fills what is not to come from the image
     * @return this builder
     */
    public B health(Consumer<HealthBuilder> how) {
        Given.one(how);
        problems.forget("health");
        HealthBuilder builder = new HealthBuilder(problems);
        how.accept(builder);
        health = builder.check();
        return self();
    }

    /**
     * Its health is not checked, whatever the image says ({@code --no-healthcheck}).
     *
     * @return this builder
     */
    public B noHealthcheck() {
        problems.forget("health");
        health = HealthCheck.NONE;
        return self();
    }

    /**
     * Whether it is started again when it ends ({@code --restart}). Refused by {@link ContainerBuilder#execute}, which waits for the end.
     *
     * @param policy {@link RestartPolicy#no()} by default
     * @return this builder
     */
    public B restart(RestartPolicy policy) {
        Given.one(policy);
        restart = policy;
        return self();
    }

    /**
     * Bytes a stream that {@code execute()} keeps in memory; default {@value #OUTPUT_LIMIT}.
     *
     * @param bytes positive, for each of the two streams; more is an {@link OutputLimitExceeded}, and the container is killed
     * @return this builder
     */
    public B outputLimit(long bytes) {
        outputLimit = bytes;
        return self();
    }

    boolean outputLimitGiven() {
        return outputLimit != null;
    }

    ContainerSpec.Log log() {
        return logDriver.isEmpty() && logOptions.isEmpty() ? Unsaid.LOG : new ContainerSpec.Log(logDriver, logOptions);
    }

    ContainerSpec.Life life(boolean changesWanted) {
        if (stopSignal == null && stopTimeout == Unsaid.LIFE.stopTimeout() && timeout == null && !detached && !bestEffort && !captureChanges && !changesWanted && outputLimit == null
                && readiness.isEmpty() && waitTimeout == WAIT_TIMEOUT && health == HealthCheck.OF_IMAGE && restart == Unsaid.LIFE.restart()) {
            return Unsaid.LIFE;
        }
        return new ContainerSpec.Life(stopSignal, stopTimeout, timeout, bestEffort, captureChanges || changesWanted, outputLimit == null ? OUTPUT_LIMIT : outputLimit, readiness, waitTimeout, health, restart, detached);
    }
}
