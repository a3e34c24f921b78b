package dev.caisson;

import java.util.List;

/**
 * Limits enforced by cgroups. Zero means "not asked for".
 *
 * @param memory bytes ({@code --memory})
 * @param memorySwap bytes of memory and swap together ({@code --memory-swap}); -1 for unlimited swap
 * @param memoryReservation bytes ({@code --memory-reservation})
 * @param memorySwappiness 0 to 100, -1 for not asked; v1 only
 * @param oomKillDisable processes wait instead of being killed; v1 only
 * @param nanoCpus 1e-9 CPUs ({@code --cpus})
 * @param cpuShares relative weight, 1024 is one container's normal share ({@code --cpu-shares})
 * @param cpuPeriodMicros microseconds ({@code --cpu-period})
 * @param cpuQuotaMicros microseconds a period ({@code --cpu-quota})
 * @param cpusetCpus such as {@code 0-1}; "" for not asked
 * @param cpusetMems such as {@code 0}; "" for not asked
 * @param pids processes and threads; -1 for unlimited ({@code --pids-limit})
 * @param blkioWeight 10 to 1000 ({@code --blkio-weight})
 * @param throttles limits of single block devices
 * @param realtimeRuntimeMicros microseconds in each realtimePeriodMicros under a real-time policy; v1 only
 * @param realtimePeriodMicros in microseconds; 0 for not asked
 * @param deviceWeights weights for single block devices
 */
public record Resources(long memory, long memorySwap, long memoryReservation, int memorySwappiness, boolean oomKillDisable, long nanoCpus,
        long cpuShares, long cpuPeriodMicros, long cpuQuotaMicros, String cpusetCpus, String cpusetMems, long pids, int blkioWeight,
        List<Throttle> throttles, long realtimeRuntimeMicros, long realtimePeriodMicros, List<DeviceWeight> deviceWeights) {
    /** Nothing asked for. */
    public static final Resources NONE = new Resources(0, 0, 0, -1, false, 0, 0, 0, 0, "", "", 0, 0, List.of(), 0, 0, List.of());

    /** The lists are copied. */
    public Resources {
        throttles = List.copyOf(throttles);
        deviceWeights = List.copyOf(deviceWeights);
    }

    /**
     * Those given here, and of the other's what is not given here: what {@link Container#update} comes to. A memory limit replaces that with swap too,
     * and one of CPU time all of the other's.
     *
     * @param other what holds until now
     * @return a copy, not checked
     */
    public Resources over(Resources other) {
        boolean quota = nanoCpus > 0 || cpuQuotaMicros > 0;
        return new Resources(memory != 0 ? memory : other.memory, memory != 0 || memorySwap != 0 ? memorySwap : other.memorySwap,
                memoryReservation != 0 ? memoryReservation : other.memoryReservation, memorySwappiness >= 0 ? memorySwappiness : other.memorySwappiness,
                oomKillDisable || other.oomKillDisable, quota ? nanoCpus : other.nanoCpus, cpuShares != 0 ? cpuShares : other.cpuShares,
                quota ? cpuPeriodMicros : other.cpuPeriodMicros, quota ? cpuQuotaMicros : other.cpuQuotaMicros, cpusetCpus.isEmpty() ? other.cpusetCpus : cpusetCpus,
                cpusetMems.isEmpty() ? other.cpusetMems : cpusetMems, pids != 0 ? pids : other.pids, blkioWeight != 0 ? blkioWeight : other.blkioWeight,
                throttles.isEmpty() ? other.throttles : throttles, realtimePeriodMicros != 0 ? realtimeRuntimeMicros : other.realtimeRuntimeMicros,
                realtimePeriodMicros != 0 ? realtimePeriodMicros : other.realtimePeriodMicros, deviceWeights.isEmpty() ? other.deviceWeights : deviceWeights);
    }

    /**
     * The weight of one block device ({@code --blkio-weight-device}).
     *
     * @param device path of the block device on the host
     * @param weight 10 to 1000
     */
    public record DeviceWeight(String device, int weight) {}

    /**
     * A limit of one block device ({@code --device-read-bps} and its three siblings).
     *
     * @param kind what is limited
     * @param device path of the block device on the host
     * @param rate bytes or operations a second
     */
    public record Throttle(Kind kind, String device, long rate) {
        /** What is limited. */
        public enum Kind {
            /** Bytes read a second. */
            READ_BPS,
            /** Bytes written a second. */
            WRITE_BPS,
            /** Reads a second. */
            READ_IOPS,
            /** Writes a second. */
            WRITE_IOPS
        }
    }
}
