package dev.caisson;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A run that ended: its status, what it printed, what it used. */
public final class Execution {
    private final ExitStatus status;
    private final byte[] stdout;
    private final byte[] stderr;
    private final Duration duration;
    private final Duration cpuTime;
    private final long peakMemory;
    private final List<Change> changes;
    private final List<String> warnings;
    private final Map<Stage, Duration> timings;
    private final Optional<SandboxTier> tier;

    /**
     * For engines: of what is no sandbox. The arrays are handed over, not copied.
     *
     * @param status how it ended
     * @param stdout what it printed
     * @param stderr what it printed there
     * @param duration from clone to exit
     * @param cpuTime of all its processes
     * @param peakMemory bytes
     * @param changes of its root file system
     * @param warnings what could not be applied
     * @param timings of its stages
     */
    public Execution(ExitStatus status, byte[] stdout, byte[] stderr, Duration duration, Duration cpuTime, long peakMemory, List<Change> changes,
            List<String> warnings, Map<Stage, Duration> timings) {
        this(status, stdout, stderr, duration, cpuTime, peakMemory, changes, warnings, timings, Optional.empty());
    }

    /**
     * For engines. The arrays are handed over, not copied.
     *
     * @param status how it ended
     * @param stdout what it printed
     * @param stderr what it printed there
     * @param duration from clone to exit
     * @param cpuTime of all its processes
     * @param peakMemory bytes
     * @param changes of its root file system
     * @param warnings what could not be applied
     * @param timings of its stages
     * @param tier of a sandbox
     */
    public Execution(ExitStatus status, byte[] stdout, byte[] stderr, Duration duration, Duration cpuTime, long peakMemory, List<Change> changes,
            List<String> warnings, Map<Stage, Duration> timings, Optional<SandboxTier> tier) {
        this.status = status;
        this.stdout = stdout;
        this.stderr = stderr;
        this.duration = duration;
        this.cpuTime = cpuTime;
        this.peakMemory = peakMemory;
        this.changes = List.copyOf(changes);
        this.warnings = List.copyOf(warnings);
        this.timings = Map.copyOf(timings);
        this.tier = tier;
    }

    /**
     * The exit code; 128 + signal number when a signal ended it.
     *
     * @return 0 to 255; 137 for instance of one that was killed (128 + 9)
     */
    public int exitCode() {
        return status.exitCode();
    }

    /** {@return how it ended, with all detail} */
    public ExitStatus status() {
        return status;
    }

    /**
     * The signal that ended it.
     *
     * @return empty if it ended by itself
     */
    public Optional<Signal> signal() {
        return status.signal();
    }

    /**
     * Whether the kernel killed something of it for want of memory.
     *
     * @return always false where no memory cgroup counts
     */
    public boolean oomKilled() {
        return status.oomKilled();
    }

    /**
     * Standard output as UTF-8.
     *
     * @return complete: more than {@link ContainerBuilder#outputLimit} is an {@link OutputLimitExceeded} instead. At a terminal standard error is in it
     */
    public String stdout() {
        return new String(stdout, StandardCharsets.UTF_8);
    }

    /**
     * Standard error as UTF-8.
     *
     * @return complete; "" at a terminal
     */
    public String stderr() {
        return new String(stderr, StandardCharsets.UTF_8);
    }

    /**
     * Standard output, byte for byte.
     *
     * @return a copy of one's own
     */
    public byte[] stdoutBytes() {
        return stdout.clone();
    }

    /**
     * Standard error, byte for byte.
     *
     * @return a copy of one's own
     */
    public byte[] stderrBytes() {
        return stderr.clone();
    }

    /**
     * From clone to exit.
     *
     * @return without what was made before the clone and undone after the exit: {@link #timings()} has that
     */
    public Duration duration() {
        return duration;
    }

    /** {@return user and system time of everything in the container} */
    public Duration cpuTime() {
        return cpuTime;
    }

    /**
     * Bytes at most, of everything in the container; of the largest process where no memory cgroup counts.
     *
     * @return bytes; 0 where the kernel says neither
     */
    public long peakMemory() {
        return peakMemory;
    }

    /** {@return what it changed in its root file system, sorted by path; by default only for {@code hostRoot()}, else on {@code captureChanges()}} */
    public List<Change> changes() {
        return changes;
    }

    /**
     * Limits and defaults that could not be applied, one line each.
     *
     * @return empty when everything was applied; see docs/errors.md
     */
    public List<String> warnings() {
        return warnings;
    }

    /** {@return how long each stage took} */
    public Map<Stage, Duration> timings() {
        return timings;
    }

    /** {@return what a sandbox was made of; empty if it was none} Weaker than {@link SandboxTier#NAMESPACES} only where the builder allowed it and the host forbids them. */
    public Optional<SandboxTier> sandboxTier() {
        return tier;
    }

    @Override
    public String toString() {
        return status + " in " + duration.toMillis() + " ms, " + stdout.length + " bytes out, " + stderr.length + " bytes err";
    }
}
