package dev.caisson;

import dev.caisson.spi.Given;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a container may use: the part of {@link ContainerBuilder} that becomes {@link Resources}.
 *
 * @param <B> the builder
 */
abstract sealed class ResourceOptions<B extends ResourceOptions<B>> extends WindowsOptions<B> permits SecurityOptions, LimitUpdate {
    /** PID_MAX_LIMIT of 64-bit kernels, beyond which pids.max takes nothing. */
    private static final int MOST_PIDS = 4 << 20;

    private long memory;
    private long memorySwap;
    private long memoryReservation;
    private int memorySwappiness = -1;
    private boolean oomKillDisable;
    private long nanoCpus;
    private long cpuShares;
    private long cpuPeriodMicros;
    private long cpuQuotaMicros;
    private String cpusetCpus = "";
    private String cpusetMems = "";
    private long pids;
    private int blkioWeight;
    private final List<Resources.Throttle> throttles = new ArrayList<>();
    private final List<Resources.DeviceWeight> deviceWeights = new ArrayList<>();
    private long realtimeRuntimeMicros;
    private long realtimePeriodMicros;

    /**
     * Memory, such as {@code 256m} ({@code --memory}).
     *
     * @param size bytes, or with a unit of 1024: {@code k m g t}; at least {@code 6m}. Default no limit
     * @return this builder
     */
    public B memory(String size) {
        Given.one(size);
        memory = problems.size("memory", size);
        // docker's own floor: below it the container cannot even be set up.
        problems.require(memory >= 6L << 20, "memory(\"" + size + "\")", "is below the 6 MiB a container needs", "");
        return self();
    }

    /**
     * Memory and swap together, {@code -1} for unlimited swap ({@code --memory-swap}).
     *
     * @param size at least {@link #memory(String)}, which it needs; equal to it for no swap. Default twice the memory, where the kernel counts swap
     * @return this builder
     */
    public B memorySwap(String size) {
        Given.one(size);
        problems.forget("memorySwap");
        memorySwap = size.strip().equals("-1") ? -1 : problems.size("memorySwap", size);
        return self();
    }

    /**
     * Memory that is left to it under pressure ({@code --memory-reservation}).
     *
     * @param size at most {@link #memory(String)}
     * @return this builder
     */
    public B memoryReservation(String size) {
        Given.one(size);
        memoryReservation = problems.size("memoryReservation", size);
        return self();
    }

    /**
     * 0 to 100, cgroup v1 only ({@code --memory-swappiness}).
     *
     * @param percent 0 for no swapping of its anonymous memory; default the cgroup's above
     * @return this builder
     */
    public B memorySwappiness(int percent) {
        problems.forget("memorySwappiness");
        problems.require(percent >= 0 && percent <= 100, "memorySwappiness(" + percent + ")", "is not between 0 and 100", "");
        memorySwappiness = percent;
        return self();
    }

    /**
     * Processes wait for memory instead of being killed, cgroup v1 only ({@code --oom-kill-disable}).
     *
     * @return this builder
     */
    public B oomKillDisable() {
        oomKillDisable = true;
        return self();
    }

    /**
     * How many CPUs it may use at most, such as 1.5 ({@code --cpus}).
     *
     * @param cpus 0.01 to 100,000; not together with {@link #cpuQuota}. Default no limit
     * @return this builder
     */
    public B cpus(double cpus) {
        problems.forget("cpus");
        problems.require(cpus >= 0.01 && cpus <= 100_000, "cpus(" + cpus + ")", "is not between 0.01 and 100000", "");
        nanoCpus = Math.round(cpus * 1e9);
        return self();
    }

    /**
     * Its weight against others, 1024 is normal ({@code --cpu-shares}).
     *
     * @param shares 2 to 262,144; it matters only while CPUs are scarce
     * @return this builder
     */
    public B cpuShares(long shares) {
        problems.forget("cpuShares");
        problems.require(shares >= 2 && shares <= 262_144, "cpuShares(" + shares + ")", "is not between 2 and 262144", "");
        cpuShares = shares;
        return self();
    }

    /**
     * CPU time it may use in each period ({@code --cpu-period}, {@code --cpu-quota}).
     *
     * @param quota from 1 ms; more than the period for more than one CPU
     * @param period 1 ms to 1 s; docker's default is 100 ms
     * @return this builder
     */
    public B cpuQuota(Duration quota, Duration period) {
        Given.all(quota, period);
        problems.forget("cpuQuota");
        long quotaMicros = micros(quota);
        long periodMicros = micros(period);
        problems.require(periodMicros >= 1_000 && periodMicros <= 1_000_000, "cpuQuota(…, " + period + ")", "the period is not between 1 ms and 1 s", "");
        problems.require(quotaMicros >= 1_000, "cpuQuota(" + quota + ", …)", "the quota is below 1 ms", "");
        cpuQuotaMicros = quotaMicros;
        cpuPeriodMicros = periodMicros;
        return self();
    }

    /**
     * Time in each period that its processes may run under a real-time policy, cgroup v1 only ({@code --cpu-rt-runtime}, {@code --cpu-rt-period}). The cgroup above must have
     * as much to give.
     *
     * @param runtime from 1 µs, at most the period
     * @param period from 1 µs
     * @return this builder
     */
    public B cpuRealtime(Duration runtime, Duration period) {
        Given.all(runtime, period);
        problems.forget("cpuRealtime");
        realtimeRuntimeMicros = micros(runtime);
        realtimePeriodMicros = micros(period);
        problems.require(realtimePeriodMicros >= 1 && realtimeRuntimeMicros >= 1 && realtimeRuntimeMicros <= realtimePeriodMicros, "cpuRealtime(" + runtime + ", " + period + ")",
                "the runtime is not between 1 µs and the period", "");
        return self();
    }

    private static long micros(Duration duration) {
        try {
            return duration.toNanos() / 1000;
        } catch (ArithmeticException e) {
            return duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /**
     * The CPUs it runs on, such as {@code 0-1} ({@code --cpuset-cpus}).
     *
     * @param cpus numbers and ranges, separated by commas; default all that the JVM may use
     * @return this builder
     */
    public B cpuset(String cpus) {
        Given.one(cpus);
        cpusetCpus = problems.list("cpuset", cpus);
        return self();
    }

    /**
     * The memory nodes it uses, such as {@code 0} ({@code --cpuset-mems}).
     *
     * @param nodes numbers and ranges, separated by commas
     * @return this builder
     */
    public B cpusetMems(String nodes) {
        Given.one(nodes);
        cpusetMems = problems.list("cpusetMems", nodes);
        return self();
    }

    /**
     * Processes and threads at most, -1 for unlimited ({@code --pids-limit}); default 4096.
     *
     * @param limit threads count, too; one that would be the next gets EAGAIN from clone(2)
     * @return this builder
     */
    public B pids(int limit) {
        problems.forget("pids");
        problems.require(limit == -1 || limit >= 1, "pids(" + limit + ")", "is neither positive nor -1", "");
        problems.require(limit <= MOST_PIDS, "pids(" + limit + ")", "is more than the " + MOST_PIDS + " that a kernel can have", "give -1 for unlimited");
        pids = limit;
        return self();
    }

    /**
     * 10 to 1000 ({@code --blkio-weight}).
     *
     * @param weight its share of block devices against others'; default the kernel's
     * @return this builder
     */
    public B blkioWeight(int weight) {
        problems.forget("blkioWeight");
        problems.require(weight >= 10 && weight <= 1000, "blkioWeight(" + weight + ")", "is not between 10 and 1000", "");
        blkioWeight = weight;
        return self();
    }

    /**
     * 10 to 1000, for one block device ({@code --blkio-weight-device}).
     *
     * @param device a path below {@code /dev}
     * @param weight its share of that device against others'
     * @return this builder
     */
    public B blkioWeight(String device, int weight) {
        Given.all(device, weight);
        problems.require(weight >= 10 && weight <= 1000, "blkioWeight(\"" + device + "\", " + weight + ")", "is not between 10 and 1000", "");
        problems.require(device.startsWith("/dev/"), "blkioWeight(\"" + device + "\", …)", "is not a path below /dev", "");
        deviceWeights.add(new Resources.DeviceWeight(device, weight));
        return self();
    }

    /**
     * A limit of one block device, in bytes or operations a second ({@code --device-read-bps} and its siblings).
     *
     * @param kind reading or writing, bytes or operations
     * @param device a path below {@code /dev}
     * @param rate a second; positive
     * @return this builder
     */
    public B throttle(Resources.Throttle.Kind kind, String device, long rate) {
        Given.all(kind, device, rate);
        problems.require(rate > 0, "throttle(" + kind + ", \"" + device + "\", " + rate + ")", "the rate is not positive", "");
        problems.require(device.startsWith("/dev/"), "throttle(" + kind + ", \"" + device + "\", …)", "is not a path below /dev", "");
        throttles.add(new Resources.Throttle(kind, device, rate));
        return self();
    }

    final Resources resources() {
        if (memory == 0 && memorySwap == 0 && memoryReservation == 0 && memorySwappiness == -1 && !oomKillDisable && nanoCpus == 0 && cpuShares == 0 && cpuPeriodMicros == 0
                && cpuQuotaMicros == 0 && cpusetCpus.isEmpty() && cpusetMems.isEmpty() && pids == 0 && blkioWeight == 0 && throttles.isEmpty() && realtimeRuntimeMicros == 0
                && realtimePeriodMicros == 0 && deviceWeights.isEmpty()) {
            return Resources.NONE;
        }
        return new Resources(memory, memorySwap, memoryReservation, memorySwappiness, oomKillDisable, nanoCpus, cpuShares, cpuPeriodMicros,
                cpuQuotaMicros, cpusetCpus, cpusetMems, pids, blkioWeight, throttles, realtimeRuntimeMicros, realtimePeriodMicros, deviceWeights);
    }
}
