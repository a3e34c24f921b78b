package dev.caisson;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What a container uses ({@code docker stats}), read from its cgroups at one moment. What the kernel does not say is 0.
 *
 * @param read when
 * @param cpuTime user and system time since its start, of all its processes
 * @param memoryBytes used now, page cache included
 * @param memoryLimitBytes its limit, or the host's memory
 * @param peakMemoryBytes at most
 * @param pids processes and threads now
 * @param oomKills processes that the kernel killed for want of memory
 * @param readBytes from block devices; where no blkio cgroup counts them, of the processes that live now
 * @param writtenBytes the same
 * @param networks by interface; empty with the host's network
 * @param pressure by resource ({@code cpu}, {@code memory}, {@code io}); empty where the kernel has no pressure stall information
 */
public record ContainerStats(Instant read, Duration cpuTime, long memoryBytes, long memoryLimitBytes, long peakMemoryBytes, long pids, long oomKills, long readBytes,
        long writtenBytes, Map<String, NetworkUse> networks, Map<String, Pressure> pressure) {
    /** The maps are copied. */
    public ContainerStats {
        networks = Map.copyOf(networks);
        pressure = Map.copyOf(pressure);
    }

    /**
     * How many CPUs it used on average since an earlier reading.
     *
     * @param earlier of the same container
     * @return 1.5 for one and a half; empty if no time lies between
     */
    public Optional<Double> cpusSince(ContainerStats earlier) {
        long between = Duration.between(earlier.read, read).toNanos();
        return between <= 0 ? Optional.empty() : Optional.of(Math.max(0, cpuTime.minus(earlier.cpuTime).toNanos()) / (double) between);
    }

    /**
     * Counters of one network interface, since it was made.
     *
     * @param receivedBytes what came in
     * @param receivedPackets in how many packets
     * @param sentBytes what went out
     * @param sentPackets in how many packets
     */
    public record NetworkUse(long receivedBytes, long receivedPackets, long sentBytes, long sentPackets) {}

    /**
     * Time lost for want of a resource (Documentation/accounting/psi).
     *
     * @param someStalled in which at least one process waited, since the start
     * @param fullStalled in which all did
     */
    public record Pressure(Duration someStalled, Duration fullStalled) {}
}
