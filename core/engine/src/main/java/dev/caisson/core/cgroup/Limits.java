package dev.caisson.core.cgroup;

import static dev.caisson.core.cgroup.Limit.way;

import dev.caisson.Resources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@link Resources} as writes to cgroup files, in the order in which the kernel accepts them. */
final class Limits {
    /** The kernel's own period for CPU quotas, microseconds: what a new cgroup has. */
    private static final long PERIOD = 100_000;

    private final Resources r;
    private final DeviceLookup devices;
    private final List<Limit> limits = new ArrayList<>();

    private Limits(Resources resources, DeviceLookup devices) {
        this.r = resources;
        this.devices = devices;
    }

    /** @param defaultPids limit of processes where the caller gives none; 0 for none */
    static List<Limit> of(Resources resources, long defaultPids, DeviceLookup devices) {
        Limits all = new Limits(resources, devices);
        all.memory();
        all.cpu();
        all.pids(defaultPids);
        all.io();
        return all.limits;
    }

    private void memory() {
        if (r.memory() > 0) {
            add("memory", "memory", true, way("memory.limit_in_bytes", r.memory()), way("memory.max", r.memory()));
            // After memory.limit_in_bytes: v1 refuses a sum below the memory limit, and a new cgroup has no limit of either.
            // Where no sum is given docker allows as much swap as memory.
            if (r.memorySwap() != -1) {
                long sum = r.memorySwap() > 0 ? r.memorySwap() : 2 * r.memory();
                add("memorySwap", "memory", r.memorySwap() > 0, way("memory.memsw.limit_in_bytes", sum), way("memory.swap.max", sum - r.memory()));
            }
        }
        if (r.memoryReservation() > 0) {
            add("memoryReservation", "memory", true, way("memory.soft_limit_in_bytes", r.memoryReservation()), way("memory.low", r.memoryReservation()));
        }
        if (r.memorySwappiness() >= 0) {
            add("memorySwappiness", "memory", true, way("memory.swappiness", r.memorySwappiness()));
        }
        if (r.oomKillDisable()) {
            add("oomKillDisable", "memory", true, way("memory.oom_control", 1));
        }
    }

    private void cpu() {
        long period = r.cpuPeriodMicros() > 0 ? r.cpuPeriodMicros() : PERIOD;
        long quota = r.nanoCpus() > 0 ? Math.max(1_000, r.nanoCpus() * (period / 1_000) / 1_000_000) : r.cpuQuotaMicros();
        if (quota > 0 || period != PERIOD) {
            List<Limit.Write> v1 = new ArrayList<>();
            if (period != PERIOD) {
                v1.add(new Limit.Write("cpu.cfs_period_us", Long.toString(period)));
            }
            if (quota > 0) {
                v1.add(new Limit.Write("cpu.cfs_quota_us", Long.toString(quota)));
            }
            add(r.nanoCpus() > 0 ? "cpus" : "cpuQuota", "cpu", true, new Limit.Way(v1), way("cpu.max", (quota > 0 ? quota : "max") + " " + period));
        }
        if (r.realtimePeriodMicros() > 0) {
            // The period first: the runtime may not be longer.
            add("cpuRealtime", "cpu", true, new Limit.Way(List.of(new Limit.Write("cpu.rt_period_us", Long.toString(r.realtimePeriodMicros())),
                    new Limit.Write("cpu.rt_runtime_us", Long.toString(r.realtimeRuntimeMicros())))));
        }
        if (r.cpuShares() > 0) {
            add("cpuShares", "cpu", true, way("cpu.shares", r.cpuShares()), way("cpu.weight", weight(r.cpuShares())));
        }
        if (!r.cpusetCpus().isEmpty()) {
            add("cpuset", "cpuset", true, way("cpuset.cpus", r.cpusetCpus()));
        }
        if (!r.cpusetMems().isEmpty()) {
            add("cpusetMems", "cpuset", true, way("cpuset.mems", r.cpusetMems()));
        }
    }

    private void pids(long byDefault) {
        long limit = r.pids() != 0 ? r.pids() : byDefault;
        if (limit > 0) {
            add("pids", "pids", r.pids() > 0, way("pids.max", limit));
        }
    }

    private void io() {
        if (r.blkioWeight() > 0) {
            add("blkioWeight", "blkio", true, way("blkio.bfq.weight", r.blkioWeight()), way("blkio.weight", r.blkioWeight()),
                    way("io.bfq.weight", r.blkioWeight()), way("io.weight", even(r.blkioWeight())));
        }
        if (!r.deviceWeights().isEmpty()) {
            add("blkioWeight", "blkio", true, weights("blkio.bfq.weight_device", false), weights("blkio.weight_device", false), weights("io.bfq.weight", false), weights("io.weight", true));
        }
        Map<String, String> unified = new LinkedHashMap<>();
        List<Limit.Write> v1 = new ArrayList<>();
        for (Resources.Throttle t : r.throttles()) {
            DeviceLookup.Node node = devices.node(t.device());
            String number = node.major() + ":" + node.minor();
            unified.merge(number, number + " " + ioMax(t.kind()) + "=" + t.rate(), (x, y) -> x + y.substring(number.length()));
            v1.add(new Limit.Write(throttleFile(t.kind()), number + " " + t.rate()));
        }
        if (!v1.isEmpty()) {
            List<Limit.Write> v2 = unified.values().stream().map(line -> new Limit.Write("io.max", line)).toList();
            add("throttle", "blkio", true, new Limit.Way(v1), new Limit.Way(v2));
        }
    }

    private Limit.Way weights(String file, boolean even) {
        return new Limit.Way(r.deviceWeights().stream().map(w -> {
            DeviceLookup.Node node = devices.node(w.device());
            return new Limit.Write(file, node.major() + ":" + node.minor() + " " + (even ? even(w.weight()) : w.weight()));
        }).toList());
    }

    /** docker's 10 to 1000 on io.weight's scale of 1 to 10000. */
    private static long even(int weight) {
        return 1 + (weight - 10) * 9_999L / 990;
    }

    private static String throttleFile(Resources.Throttle.Kind kind) {
        switch (kind) {
            case READ_BPS: return "blkio.throttle.read_bps_device";
            case WRITE_BPS: return "blkio.throttle.write_bps_device";
            case READ_IOPS: return "blkio.throttle.read_iops_device";
            default: return "blkio.throttle.write_iops_device";
        }
    }

    private static String ioMax(Resources.Throttle.Kind kind) {
        switch (kind) {
            case READ_BPS: return "rbps";
            case WRITE_BPS: return "wbps";
            case READ_IOPS: return "riops";
            default: return "wiops";
        }
    }

    /**
     * v1 shares (2 to 262144) as v2 weight (1 to 10000), by the curve of opencontainers/cgroups and crun that maps both ends and the default,
     * 1024 to 100.
     */
    static long weight(long shares) {
        if (shares <= 2) {
            return 1;
        }
        if (shares >= 262_144) {
            return 10_000;
        }
        double l = Math.log(shares) / Math.log(2);
        // The rounding takes away what floating point adds to whole results, so that 1024 is 100 and not 101.
        return (long) Math.ceil(Math.round(Math.pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0) * 1e6) / 1e6);
    }

    private void add(String setting, String controller, boolean asked, Limit.Way... ways) {
        limits.add(new Limit(setting, controller, asked, List.of(ways)));
    }
}
