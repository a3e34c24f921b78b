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

    /** For engines: of what is no sandbox. The arrays are handed over, not copied. */
    public Execution(ExitStatus status, byte[] stdout, byte[] stderr, Duration duration, Duration cpuTime, long peakMemory, List<Change> changes,
            List<String> warnings, Map<Stage, Duration> timings) {
        this(status, stdout, stderr, duration, cpuTime, peakMemory, changes, warnings, timings, Optional.empty());
    }

    /** For engines. The arrays are handed over, not copied. @param tier of a sandbox */
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

    /** The exit code; 128 + signal number when a signal ended it. */
    public int exitCode() {
        return status.exitCode();
    }

    /** How it ended, with all detail. */
    public ExitStatus status() {
        return status;
    }

    /** The signal that ended it. */
    public Optional<Signal> signal() {
        return status.signal();
    }

    /** Whether the kernel killed something of it for want of memory. */
    public boolean oomKilled() {
        return status.oomKilled();
    }

    /** Standard output as UTF-8. */
    public String stdout() {
        return new String(stdout, StandardCharsets.UTF_8);
    }

    /** Standard error as UTF-8. */
    public String stderr() {
        return new String(stderr, StandardCharsets.UTF_8);
    }

    /** Standard output, byte for byte. */
    public byte[] stdoutBytes() {
        return stdout.clone();
    }

    /** Standard error, byte for byte. */
    public byte[] stderrBytes() {
        return stderr.clone();
    }

    /** From clone to exit. */
    public Duration duration() {
        return duration;
    }

    /** User and system time of everything in the container. */
    public Duration cpuTime() {
        return cpuTime;
    }

    /** Bytes at most, of everything in the container; of the largest process where no memory cgroup counts. */
    public long peakMemory() {
        return peakMemory;
    }

    /** What it changed in its root file system, sorted by path; by default only for {@code hostRoot()}, else on {@code captureChanges()}. */
    public List<Change> changes() {
        return changes;
    }

    /** Limits and defaults that could not be applied, one line each. */
    public List<String> warnings() {
        return warnings;
    }

    /** How long each stage took. */
    public Map<Stage, Duration> timings() {
        return timings;
    }

    /** Of a sandbox: what it was made of. Weaker than {@link SandboxTier#NAMESPACES} only where the builder allowed it and the host forbids them. */
    public Optional<SandboxTier> sandboxTier() {
        return tier;
    }

    @Override
    public String toString() {
        return status + " in " + duration.toMillis() + " ms, " + stdout.length + " bytes out, " + stderr.length + " bytes err";
    }
}
