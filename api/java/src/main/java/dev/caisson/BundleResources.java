package dev.caisson;

import java.time.Duration;

/** {@code linux.resources} of a bundle. Zero and what is missing mean no limit there, and so does pids here. */
final class BundleResources {
    private static final long DEFAULT_PERIOD = 100_000;

    private final BundleObject resources;
    private final ContainerBuilder builder;

    BundleResources(BundleObject resources, ContainerBuilder builder) {
        this.resources = resources;
        this.builder = builder;
    }

    void read() {
        memory(resources.object("memory"));
        cpu(resources.object("cpu"));
        Long pids = resources.object("pids").number("limit");
        builder.pids(pids == null || pids <= 0 ? -1 : (int) Math.min(pids, Integer.MAX_VALUE));
        blockIo(resources.object("blockIO"));
        devices();
        resources.refuse("hugepageLimits", "huge pages are not limited", "leave it out");
        resources.refuse("network", "classes and priorities of net_cls and net_prio are not set", "bandwidth(egress, ingress) limits a container on a bridge");
        resources.refuse("rdma", "RDMA is not limited", "leave it out");
        resources.refuse("unified", "cgroup v2 files are not written by name", "use the fields of linux.resources");
    }

    private void memory(BundleObject memory) {
        Long limit = memory.number("limit");
        if (limit != null && limit > 0) {
            builder.memory(limit + "b");
        }
        Long swap = memory.number("swap");
        if (swap != null && swap != 0 && limit != null && limit > 0) {
            builder.memorySwap(swap < 0 ? "-1" : swap + "b");
        } else if (swap != null && swap > 0) {
            memory.wrong("swap", "needs limit as well", "");
        }
        Long reservation = memory.number("reservation");
        if (reservation != null && reservation > 0) {
            builder.memoryReservation(reservation + "b");
        }
        if (memory.has("swappiness")) {
            builder.memorySwappiness(memory.number("swappiness", 0, 100, 60));
        }
        if (memory.flag("disableOOMKiller")) {
            builder.oomKillDisable();
        }
        memory.refuse("kernel", "the kernel has taken the limit of its own memory away", "use limit");
        memory.refuse("kernelTCP", "TCP buffers are not limited by themselves", "use limit");
        memory.refuse("checkBeforeUpdate", "it is about updates", "leave it out");
    }

    private void cpu(BundleObject cpu) {
        Long shares = cpu.number("shares");
        if (shares != null && shares != 0) {
            builder.cpuShares(shares);
        }
        Long quota = cpu.number("quota");
        Long period = cpu.number("period");
        if (quota != null && quota > 0) {
            builder.cpuQuota(micros(quota), micros(period == null || period == 0 ? DEFAULT_PERIOD : period));
        }
        Long runtime = cpu.number("realtimeRuntime");
        if (runtime != null && runtime != 0) {
            Long of = cpu.number("realtimePeriod");
            builder.cpuRealtime(micros(runtime), micros(of == null || of == 0 ? 1_000_000 : of));
        }
        String cpus = cpu.text("cpus");
        if (!cpus.isEmpty()) {
            builder.cpuset(cpus);
        }
        String mems = cpu.text("mems");
        if (!mems.isEmpty()) {
            builder.cpusetMems(mems);
        }
        if (cpu.has("burst") && !Long.valueOf(0).equals(cpu.number("burst"))) {
            cpu.refuse("burst", "quota is not saved up", "leave it out");
        }
        if (cpu.has("idle") && !Long.valueOf(0).equals(cpu.number("idle"))) {
            cpu.refuse("idle", "cgroups are not made idle", "give few shares");
        }
    }

    private static Duration micros(long micros) {
        return Duration.ofSeconds(micros / 1_000_000, micros % 1_000_000 * 1000);
    }

    private void blockIo(BundleObject io) {
        int weight = io.number("weight", 0, 1000, 0);
        if (weight != 0) {
            builder.blkioWeight(weight);
        }
        for (String each : new String[] {"weightDevice", "throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice"}) {
            io.refuse(each, "a device is not named by its numbers here", "blkioWeight(device, weight) and throttle(kind, device, rate) on the builder");
        }
        if (io.number("leafWeight", 0, 1000, 0) != 0) {
            io.refuse("leafWeight", "it is not set", "use weight");
        }
    }

    /** Everything is denied but the default devices of the specification and what is allowed here. */
    private void devices() {
        boolean all = false;
        for (BundleObject rule : resources.objects("devices")) {
            String type = rule.text("type").isEmpty() ? "a" : rule.text("type");
            String access = rule.text("access").isEmpty() ? "rwm" : rule.text("access");
            boolean everything = type.equals("a") && number(rule, "major").equals("*") && number(rule, "minor").equals("*");
            if (rule.flag("allow")) {
                builder.deviceRule(type + " " + number(rule, "major") + ":" + number(rule, "minor") + " " + access);
                all |= everything;
            } else if (!everything || all) {
                rule.wrong("allow", "is false for some devices only: here all are denied, then some allowed", "list what is allowed");
            }
        }
    }

    private static String number(BundleObject rule, String key) {
        Long number = rule.number(key);
        return number == null || number == -1 ? "*" : number.toString();
    }
}
