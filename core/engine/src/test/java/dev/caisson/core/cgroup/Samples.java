package dev.caisson.core.cgroup;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Hosts to compile plans for. */
final class Samples {
    static final DeviceLookup DISK = path -> new DeviceLookup.Node('b', 254, path.endsWith("1") ? 1 : 0, 0660, 0, 6);

    private Samples() {}

    private static CgroupSlots.Slot v1(int slot, String controllers, String... files) {
        Set<String> all = new TreeSet<>(List.of("tasks", "cgroup.procs", "cgroup.clone_children", "notify_on_release"));
        all.addAll(Arrays.asList(files));
        return new CgroupSlots.Slot(new Hierarchy(false, List.of(controllers.split(",")), "/sys/fs/cgroup/" + controllers, "", false), slot, all, slot + 16, "");
    }

    private static CgroupSlots.Slot v2(int slot, String... files) {
        Set<String> all = new TreeSet<>(List.of("cgroup.procs", "cgroup.kill", "cgroup.freeze", "cgroup.events", "cpu.stat"));
        all.addAll(Arrays.asList(files));
        return new CgroupSlots.Slot(new Hierarchy(true, List.of(), "/sys/fs/cgroup", "", false), slot, all, slot + 16, "");
    }

    private static List<CgroupSlots.Slot> v1() {
        int s = 0x8000;
        return List.of(v1(s, "name=systemd"), v1(s + 1, "pids", "pids.max", "pids.current", "pids.events"),
                v1(s + 2, "blkio", "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device",
                        "blkio.throttle.write_iops_device"),
                v1(s + 3, "freezer", "freezer.state"), v1(s + 4, "devices", "devices.allow", "devices.deny"),
                v1(s + 5, "memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.swappiness",
                        "memory.oom_control", "memory.max_usage_in_bytes", "memory.usage_in_bytes"),
                v1(s + 6, "cpuset", "cpuset.cpus", "cpuset.mems"),
                v1(s + 7, "cpu,cpuacct", "cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.stat", "cpuacct.usage"));
    }

    static CgroupSlots pureV1(boolean inherited) {
        return new CgroupSlots(v1(), inherited, false, List.of());
    }

    static CgroupSlots hybrid() {
        List<CgroupSlots.Slot> slots = new java.util.ArrayList<>(v1());
        slots.add(v2(0x8008));
        return new CgroupSlots(slots, true, false, List.of());
    }

    static CgroupSlots pureV2() {
        return new CgroupSlots(List.of(v2(0x8000, "memory.max", "memory.swap.max", "memory.low", "memory.peak", "memory.current", "memory.events", "cpu.max",
                "cpu.weight", "cpuset.cpus", "cpuset.mems", "pids.max", "pids.current", "pids.events", "io.max", "io.weight")), false, true, List.of());
    }

    static CgroupSlots nothing(LeftOut... why) {
        return new CgroupSlots(List.of(), false, false, List.of(why));
    }
}
