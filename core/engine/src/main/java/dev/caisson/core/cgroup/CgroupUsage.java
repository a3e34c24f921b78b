package dev.caisson.core.cgroup;

import java.time.Duration;
import java.util.List;

/**
 * What a container used, as far as its cgroups say; -1 where they do not.
 *
 * @param cpuNanos CPU time of all its processes, nanoseconds
 * @param memoryBytes used now
 * @param peakMemoryBytes at most, page cache included
 * @param pids processes and threads now
 * @param oomKills processes the kernel killed for want of memory
 * @param pidsRefused forks refused by the limit of processes
 */
public record CgroupUsage(long cpuNanos, long memoryBytes, long peakMemoryBytes, long pids, long oomKills, long pidsRefused) {
    static final CgroupUsage UNKNOWN = new CgroupUsage(-1, -1, -1, -1, -1, -1);

    public boolean oomKilled() {
        return oomKills > 0;
    }

    public Duration cpuTime() {
        return Duration.ofNanos(Math.max(0, cpuNanos));
    }

    /** From the contents of files; an empty content is a file that could not be read. */
    static CgroupUsage decode(List<Reading> readings, List<byte[]> contents) {
        CgroupUsage usage = UNKNOWN;
        for (int i = 0; i < Math.min(readings.size(), contents.size()); i++) {
            usage = usage.with(readings.get(i), contents.get(i));
        }
        return usage;
    }

    private CgroupUsage with(Reading reading, byte[] content) {
        switch (reading) {
            case CPU_V1: return new CgroupUsage(Reading.number(content), memoryBytes, peakMemoryBytes, pids, oomKills, pidsRefused);
            case CPU: {
                long micros = Reading.keyed(content, "usage_usec");
                return new CgroupUsage(micros < 0 ? -1 : micros * 1_000, memoryBytes, peakMemoryBytes, pids, oomKills, pidsRefused);
            }
            case MEMORY_V1:
            case MEMORY: return new CgroupUsage(cpuNanos, Reading.number(content), peakMemoryBytes, pids, oomKills, pidsRefused);
            case PEAK_V1:
            case PEAK: return new CgroupUsage(cpuNanos, memoryBytes, Reading.number(content), pids, oomKills, pidsRefused);
            case PIDS: return new CgroupUsage(cpuNanos, memoryBytes, peakMemoryBytes, Reading.number(content), oomKills, pidsRefused);
            case OOM_V1:
            case OOM: return new CgroupUsage(cpuNanos, memoryBytes, peakMemoryBytes, pids, Reading.keyed(content, "oom_kill"), pidsRefused);
            default: return new CgroupUsage(cpuNanos, memoryBytes, peakMemoryBytes, pids, oomKills, Reading.keyed(content, "max"));
        }
    }
}
