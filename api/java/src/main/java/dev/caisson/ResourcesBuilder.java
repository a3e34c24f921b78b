package dev.caisson;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The cgroup limits of a {@link ContainerBuilder}. */
final class ResourcesBuilder {
    private final SpecValidator problems;
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

    ResourcesBuilder(SpecValidator problems) {
        this.problems = problems;
    }

    void memory(String size) {
        memory = problems.size("memory", size);
        // docker's own floor: below it the container cannot even be set up.
        problems.require(memory >= 6L << 20, "memory(\"" + size + "\")", "is below the 6 MiB a container needs", "");
    }

    void memorySwap(String size) {
        memorySwap = size.strip().equals("-1") ? -1 : problems.size("memorySwap", size);
    }

    void memoryReservation(String size) {
        memoryReservation = problems.size("memoryReservation", size);
    }

    void memorySwappiness(int percent) {
        problems.require(percent >= 0 && percent <= 100, "memorySwappiness(" + percent + ")", "is not between 0 and 100", "");
        memorySwappiness = percent;
    }

    void oomKillDisable() {
        oomKillDisable = true;
    }

    void cpus(double cpus) {
        problems.require(cpus >= 0.01 && cpus <= 100_000, "cpus(" + cpus + ")", "is not between 0.01 and 100000", "");
        nanoCpus = Math.round(cpus * 1e9);
    }

    void cpuShares(long shares) {
        problems.require(shares >= 2 && shares <= 262_144, "cpuShares(" + shares + ")", "is not between 2 and 262144", "");
        cpuShares = shares;
    }

    void cpuQuota(Duration quota, Duration period) {
        long quotaMicros = quota.toNanos() / 1000;
        long periodMicros = period.toNanos() / 1000;
        problems.require(periodMicros >= 1_000 && periodMicros <= 1_000_000, "cpuQuota(…, " + period + ")", "the period is not between 1 ms and 1 s", "");
        problems.require(quotaMicros >= 1_000, "cpuQuota(" + quota + ", …)", "the quota is below 1 ms", "");
        cpuQuotaMicros = quotaMicros;
        cpuPeriodMicros = periodMicros;
    }

    void cpuset(String cpus) {
        cpusetCpus = problems.list("cpuset", cpus);
    }

    void cpusetMems(String nodes) {
        cpusetMems = problems.list("cpusetMems", nodes);
    }

    void pids(int limit) {
        problems.require(limit == -1 || limit >= 1, "pids(" + limit + ")", "is neither positive nor -1", "");
        pids = limit;
    }

    void blkioWeight(int weight) {
        problems.require(weight >= 10 && weight <= 1000, "blkioWeight(" + weight + ")", "is not between 10 and 1000", "");
        blkioWeight = weight;
    }

    void throttle(Resources.Throttle.Kind kind, String device, long rate) {
        problems.require(rate > 0, "throttle(" + kind + ", \"" + device + "\", " + rate + ")", "the rate is not positive", "");
        problems.require(device.startsWith("/dev/"), "throttle(" + kind + ", \"" + device + "\", …)", "is not a path below /dev", "");
        throttles.add(new Resources.Throttle(kind, device, rate));
    }

    Resources build() {
        problems.require(nanoCpus == 0 || cpuQuotaMicros == 0, "cpus(…) and cpuQuota(…)", "say the same thing twice", "give one of them");
        problems.require(memorySwap == 0 || memory > 0, "memorySwap(…)", "needs memory(…) as well", "");
        problems.require(memorySwap <= 0 || memorySwap >= memory, "memorySwap(…)", "counts memory and swap together, so it cannot be below memory(…)", "");
        problems.require(memoryReservation == 0 || memory == 0 || memoryReservation <= memory, "memoryReservation(…)", "is above memory(…)", "");
        return new Resources(memory, memorySwap, memoryReservation, memorySwappiness, oomKillDisable, nanoCpus, cpuShares, cpuPeriodMicros,
                cpuQuotaMicros, cpusetCpus, cpusetMems, pids, blkioWeight, throttles);
    }
}
