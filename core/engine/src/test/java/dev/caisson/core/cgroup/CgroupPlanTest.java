package dev.caisson.core.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Resources;
import dev.caisson.Resources.Throttle;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CgroupPlanTest {
    private static final CgroupRequest PLAIN = CgroupRequest.of("c1");
    private static final Resources EVERYTHING = new Resources(256 << 20, 300 << 20, 128 << 20, -1, false, 1_500_000_000L, 512, 0, 0, "0-1", "0", 64, 0,
            List.of(new Throttle(Throttle.Kind.READ_BPS, "/dev/vda", 1000), new Throttle(Throttle.Kind.WRITE_IOPS, "/dev/vda", 20),
                    new Throttle(Throttle.Kind.WRITE_BPS, "/dev/vda1", 3000)), 0, 0, List.of());

    private static CgroupPlan plan(CgroupSlots slots, CgroupRequest request) {
        return CgroupPlan.of(slots, request, Samples.DISK);
    }

    private static String text(CgroupPlan plan) {
        LaunchPlan.Builder builder = new LaunchPlan.Builder();
        plan.addTo(builder);
        return builder.build().toString().lines().skip(1).filter(l -> !l.equals("CHILD")).collect(Collectors.joining("\n", "", "\n"));
    }

    private static CgroupRequest with(Resources r) {
        return PLAIN.resources(r);
    }

    private static Resources memory(long memory, long swap) {
        return new Resources(memory, swap, 0, -1, false, 0, 0, 0, 0, "", "", 0, 0, List.of(), 0, 0, List.of());
    }

    /** Plans are worked out once for many containers. */
    @Test
    void underAnotherNameItIsThatContainersOwn() {
        for (CgroupSlots slots : List.of(Samples.hybrid(), Samples.pureV1(true), Samples.pureV2())) {
            for (CgroupRequest request : List.of(PLAIN, with(EVERYTHING), PLAIN.ownPidNamespace(false), PLAIN.devices(DevicePolicy.EVERYTHING),
                    PLAIN.devices(DevicePolicy.DEFAULT.with(List.of(DeviceRule.parse("c 10:200 rwm")))))) {
                CgroupRequest other = new CgroupRequest("z9", request.resources(), request.devices(), request.defaultPids(), request.accounting(), request.ownPidNamespace(), true, request.place());
                CgroupPlan renamed = plan(slots, request.bestEffort(true)).named("z9");
                CgroupPlan own = plan(slots, other);
                assertEquals(text(own), text(renamed));
                assertEquals(List.of(own.name(), own.places(), own.readings(), own.deviceFilter().map(CgroupPlan.DeviceFilter::cgroup)),
                        List.of(renamed.name(), renamed.places(), renamed.readings(), renamed.deviceFilter().map(CgroupPlan.DeviceFilter::cgroup)));
            }
        }
        assertThrows(IllegalArgumentException.class, () -> plan(Samples.hybrid(), PLAIN).named("c10"));
    }

    @Test
    void theDefaultOnAHybridHostIsShort() {
        assertEquals("""
                PREPARE
                  CGROUP_MAKE slot=engine+1 'c1'
                  WRITE slot=engine+1 'c1/pids.max' '4096'
                  CGROUP_MAKE slot=engine+5 'c1'
                  CGROUP_MAKE slot=engine+7 'c1'
                  CGROUP_MAKE slot=engine+8 flags=32 'c1'
                PREFIX
                  WRITE slot=engine+1 'c1/tasks' '0'
                  WRITE slot=engine+5 'c1/tasks' '0'
                  WRITE slot=engine+7 'c1/tasks' '0'
                  UNSHARE 0x2000000 0x0 0x0
                REPORT
                  READ slot=engine+1 0x400 0x0 0x0 'c1/pids.events'
                  READ slot=engine+5 0x400 0x0 0x0 'c1/memory.max_usage_in_bytes'
                  READ slot=engine+5 0x400 0x0 0x0 'c1/memory.oom_control'
                  READ slot=engine+8 0x400 0x0 0x0 'c1/cpu.stat'
                UNDO
                  CGROUP_REMOVE slot=engine+8 'c1'
                  CGROUP_REMOVE slot=engine+7 'c1'
                  CGROUP_REMOVE slot=engine+5 'c1'
                  CGROUP_REMOVE slot=engine+1 'c1'
                """, text(plan(Samples.hybrid(), PLAIN)));
    }

    private static GivenPlace given(boolean absolute, String... names) {
        return new GivenPlace(absolute, List.of(names), java.util.Map.of("cpuset", List.of("group/more")), java.util.Map.of("cpuset.cpus", "0-3", "cpuset.mems", "0"), List.of("group/more"));
    }

    private static String prepared(CgroupPlan plan, int slot) {
        return text(plan).lines().takeWhile(l -> !l.equals("PREFIX")).filter(l -> l.contains("slot=engine+" + slot + " ")).map(String::strip).collect(Collectors.joining("\n", "", "\n"));
    }

    /** Outside the engine's: what leads there is made where it is missing, and remembered; an own directory in every hierarchy, and the device policy with it. */
    @Test
    void aPlaceThatWasGiven() {
        CgroupPlan plan = plan(Samples.hybrid(), PLAIN.at(given(true, "group", "more", "one")));
        assertEquals("""
                CGROUP_MAKE slot=engine+22 flags=1025 'group'
                CGROUP_MAKE slot=engine+22 flags=1025 'group/more'
                WRITE slot=engine+22 'group/more/cpuset.cpus' '0-3'
                WRITE slot=engine+22 'group/more/cpuset.mems' '0'
                CGROUP_MAKE slot=engine+22 'group/more/one'
                WRITE slot=engine+22 'group/more/one/cpuset.cpus' '0-3'
                WRITE slot=engine+22 'group/more/one/cpuset.mems' '0'
                """, prepared(plan, 22));
        assertTrue(prepared(plan, 20).contains("'group/more/one/devices.deny' 'a'"), text(plan));
        assertEquals(List.of("group/more"), plan.made().stream().map(Place::path).toList());
        assertEquals("""
                CGROUP_REMOVE slot=engine+16 'group/more/one'
                UNLINK slot=engine+16 flags=1024 0x200 0x0 0x0 'group/more'
                UNLINK slot=engine+16 flags=1024 0x200 0x0 0x0 'group'
                """, text(plan).lines().dropWhile(l -> !l.equals("UNDO")).filter(l -> l.contains("engine+16 ")).map(String::strip).collect(Collectors.joining("\n", "", "\n")));
        assertFalse(text(plan).contains("'c1"), text(plan));
    }

    @Test
    void aPlaceThatWasGivenOnV2() {
        CgroupPlan plan = plan(Samples.pureV2(), with(memory(1 << 20, 0)).at(given(false, "group", "one")));
        assertEquals("""
                WRITE slot=engine+16 flags=1 'cgroup.subtree_control' '+cpu'
                WRITE slot=engine+16 flags=1 'cgroup.subtree_control' '+cpuset'
                WRITE slot=engine+16 flags=1 'cgroup.subtree_control' '+io'
                WRITE slot=engine+16 flags=1 'cgroup.subtree_control' '+memory'
                WRITE slot=engine+16 flags=1 'cgroup.subtree_control' '+pids'
                CGROUP_MAKE slot=engine+16 flags=1025 'group'
                WRITE slot=engine+16 flags=1 'group/cgroup.subtree_control' '+cpu'
                WRITE slot=engine+16 flags=1 'group/cgroup.subtree_control' '+cpuset'
                WRITE slot=engine+16 flags=1 'group/cgroup.subtree_control' '+io'
                WRITE slot=engine+16 flags=1 'group/cgroup.subtree_control' '+memory'
                WRITE slot=engine+16 flags=1 'group/cgroup.subtree_control' '+pids'
                CGROUP_MAKE slot=engine+16 flags=32 'group/one'
                WRITE slot=engine+16 'group/one/memory.max' '1048576'
                WRITE slot=engine+16 'group/one/memory.swap.max' '1048576'
                WRITE slot=engine+16 'group/one/pids.max' '4096'
                """, prepared(plan, 16));
        assertEquals("group/one", plan.deviceFilter().orElseThrow().cgroup(), "the engine's own policy is on its own directory");
    }

    @Test
    void leanMeasuresNothing() {
        assertEquals("""
                PREPARE
                  CGROUP_MAKE slot=engine+1 'c1'
                  WRITE slot=engine+1 'c1/pids.max' '4096'
                  CGROUP_MAKE slot=engine+8 flags=32 'c1'
                PREFIX
                  WRITE slot=engine+1 'c1/tasks' '0'
                  UNSHARE 0x2000000 0x0 0x0
                REPORT
                  READ slot=engine+1 0x400 0x0 0x0 'c1/pids.events'
                  READ slot=engine+8 0x400 0x0 0x0 'c1/cpu.stat'
                UNDO
                  CGROUP_REMOVE slot=engine+8 'c1'
                  CGROUP_REMOVE slot=engine+1 'c1'
                """, text(plan(Samples.hybrid(), PLAIN.accounting(CgroupRequest.Accounting.LEAN))));
    }

    /** Covers row 47 of the attack table: a guard outside the engine's cgroups has its children join every hierarchy. */
    @Test
    void everyLimitOnV1InOrderAndEveryHierarchyJoined() {
        assertEquals("""
                PREPARE
                  CGROUP_MAKE slot=engine+1 'c1'
                  WRITE slot=engine+1 'c1/pids.max' '64'
                  CGROUP_MAKE slot=engine+2 'c1'
                  WRITE slot=engine+2 'c1/blkio.throttle.read_bps_device' '254:0 1000'
                  WRITE slot=engine+2 'c1/blkio.throttle.write_iops_device' '254:0 20'
                  WRITE slot=engine+2 'c1/blkio.throttle.write_bps_device' '254:1 3000'
                  CGROUP_MAKE slot=engine+3 'c1'
                  CGROUP_MAKE slot=engine+5 'c1'
                  WRITE slot=engine+5 'c1/memory.limit_in_bytes' '268435456'
                  WRITE slot=engine+5 'c1/memory.memsw.limit_in_bytes' '314572800'
                  WRITE slot=engine+5 'c1/memory.soft_limit_in_bytes' '134217728'
                  CGROUP_MAKE slot=engine+6 'c1'
                  WRITE slot=engine+6 'c1/cpuset.cpus' '0-1'
                  WRITE slot=engine+6 'c1/cpuset.mems' '0'
                  CGROUP_MAKE slot=engine+7 'c1'
                  WRITE slot=engine+7 'c1/cpu.cfs_quota_us' '150000'
                  WRITE slot=engine+7 'c1/cpu.shares' '512'
                PREFIX
                  WRITE slot=engine+0 'default/tasks' '0'
                  WRITE slot=engine+1 'c1/tasks' '0'
                  WRITE slot=engine+2 'c1/tasks' '0'
                  WRITE slot=engine+3 'c1/tasks' '0'
                  WRITE slot=engine+4 'default/tasks' '0'
                  WRITE slot=engine+5 'c1/tasks' '0'
                  WRITE slot=engine+6 'c1/tasks' '0'
                  WRITE slot=engine+7 'c1/tasks' '0'
                  UNSHARE 0x2000000 0x0 0x0
                REPORT
                  READ slot=engine+1 0x400 0x0 0x0 'c1/pids.events'
                  READ slot=engine+5 0x400 0x0 0x0 'c1/memory.max_usage_in_bytes'
                  READ slot=engine+5 0x400 0x0 0x0 'c1/memory.oom_control'
                  READ slot=engine+7 0x400 0x0 0x0 'c1/cpuacct.usage'
                UNDO
                  WRITE slot=engine+3 flags=17 'c1/freezer.state' 'THAWED'
                  CGROUP_REMOVE slot=engine+7 'c1'
                  CGROUP_REMOVE slot=engine+6 'c1'
                  CGROUP_REMOVE slot=engine+5 'c1'
                  CGROUP_REMOVE slot=engine+3 'c1'
                  CGROUP_REMOVE slot=engine+2 'c1'
                  CGROUP_REMOVE slot=engine+1 'c1'
                """, text(plan(Samples.pureV1(false), with(EVERYTHING))));
    }

    @Test
    void everyLimitOnV2() {
        CgroupPlan plan = plan(Samples.pureV2(), with(EVERYTHING));
        assertEquals("""
                PREPARE
                  CGROUP_MAKE slot=engine+0 flags=32 'default/c1'
                  WRITE slot=engine+0 'default/c1/memory.max' '268435456'
                  WRITE slot=engine+0 'default/c1/memory.swap.max' '46137344'
                  WRITE slot=engine+0 'default/c1/memory.low' '134217728'
                  WRITE slot=engine+0 'default/c1/cpu.max' '150000 100000'
                  WRITE slot=engine+0 'default/c1/cpu.weight' '59'
                  WRITE slot=engine+0 'default/c1/cpuset.cpus' '0-1'
                  WRITE slot=engine+0 'default/c1/cpuset.mems' '0'
                  WRITE slot=engine+0 'default/c1/pids.max' '64'
                  WRITE slot=engine+0 'default/c1/io.max' '254:0 rbps=1000 wiops=20'
                  WRITE slot=engine+0 'default/c1/io.max' '254:1 wbps=3000'
                PREFIX
                  UNSHARE 0x2000000 0x0 0x0
                REPORT
                  READ slot=engine+0 0x400 0x0 0x0 'default/c1/memory.peak'
                  READ slot=engine+0 0x400 0x0 0x0 'default/c1/memory.events'
                  READ slot=engine+0 0x400 0x0 0x0 'default/c1/cpu.stat'
                  READ slot=engine+0 0x400 0x0 0x0 'default/c1/pids.events'
                UNDO
                  CGROUP_REMOVE slot=engine+0 'default/c1'
                """, text(plan));
        assertTrue(plan.deviceFilter().isEmpty());
        assertTrue(plan.warnings().isEmpty());
    }

    /** Covers row 41 of the attack table. */
    @Test
    void otherDevicesLeaveTheDefaultCgroup() {
        DevicePolicy fuse = DevicePolicy.DEFAULT.with(List.of(DeviceRule.parse("c 10:229 rw")));
        List<String> v1 = plan(Samples.pureV1(true), PLAIN.devices(fuse)).ops(Phase.PREPARE).stream().filter(o -> o.slot() == 0x8004)
                .map(Object::toString).toList();
        assertEquals("CGROUP_MAKE slot=engine+4 'c1'", v1.get(0));
        assertEquals("WRITE slot=engine+4 'c1/devices.deny' 'a'", v1.get(1));
        assertEquals("WRITE slot=engine+4 'c1/devices.allow' 'c 10:229 rw'", v1.get(v1.size() - 1));
        assertEquals(2 + 13, v1.size());

        CgroupPlan v2 = plan(Samples.pureV2(), PLAIN.devices(fuse));
        assertEquals("c1", v2.deviceFilter().orElseThrow().cgroup());
        assertEquals("DEVICE_FILTER slot=3 slot2=engine+0 0x2 0x0 0x0 'c1'", v2.deviceFilter().orElseThrow().op(3).toString());

        CgroupPlan privileged = plan(Samples.pureV1(true), PLAIN.devices(DevicePolicy.EVERYTHING));
        assertTrue(privileged.ops(Phase.PREPARE).stream().noneMatch(o -> new String(o.s(), StandardCharsets.UTF_8).contains("devices.")));
        assertTrue(privileged.ops(Phase.PREFIX).stream().anyMatch(o -> o.toString().contains("engine+4 'c1/tasks'")));
        assertTrue(plan(Samples.pureV2(), PLAIN.devices(DevicePolicy.EVERYTHING)).deviceFilter().isEmpty());
    }

    @Test
    void withoutAPidNamespaceTheCgroupIsKilled() {
        List<String> v2 = plan(Samples.hybrid(), PLAIN.ownPidNamespace(false)).ops(Phase.UNDO).stream().map(Object::toString).toList();
        assertEquals("CGROUP_KILL slot=engine+8 flags=16 'c1'", v2.get(0));
        List<String> v1 = plan(Samples.pureV1(true), PLAIN.ownPidNamespace(false)).ops(Phase.UNDO).stream().map(Object::toString).toList();
        assertEquals(List.of("WRITE slot=engine+3 flags=17 'c1/freezer.state' 'THAWED'", "CGROUP_KILL slot=engine+3 flags=16 'c1'"), v1.subList(0, 2));
    }

    @Test
    void swapIsAsMuchAsMemoryUnlessSaid() {
        assertTrue(text(plan(Samples.pureV1(true), with(memory(100 << 20, 0)))).contains("memsw.limit_in_bytes' '209715200'"));
        assertTrue(text(plan(Samples.pureV2(), with(memory(100 << 20, 0)))).contains("memory.swap.max' '104857600'"));
        assertTrue(text(plan(Samples.pureV2(), with(memory(100 << 20, 100 << 20)))).contains("memory.swap.max' '0'"));
        assertFalse(text(plan(Samples.pureV1(true), with(memory(100 << 20, -1)))).contains("memsw"));
    }

    @Test
    void anUnlimitedNumberOfPidsIsNotWritten() {
        Resources unlimited = new Resources(0, 0, 0, -1, false, 0, 0, 0, 0, "", "", -1, 0, List.of(), 0, 0, List.of());
        assertFalse(text(plan(Samples.pureV2(), with(unlimited))).contains("pids.max"));
    }

    @Test
    void whatWasAskedForInVainIsRefusedAllAtOnceWithARemedy() {
        Resources asked = new Resources(1 << 26, 0, 0, 10, true, 0, 0, 0, 0, "", "", 0, 300, List.of(), 0, 0, List.of());
        UnsupportedOnThisHost refused = assertThrows(UnsupportedOnThisHost.class, () -> plan(Samples.pureV2(), with(asked)));
        assertTrue(refused.what().contains("memorySwappiness(…) cannot be enforced: no cgroup hierarchy here offers memory.swappiness"), refused.what());
        assertTrue(refused.what().contains("oomKillDisable(…)"), refused.what());
        assertFalse(refused.what().contains("blkioWeight"), refused.what());

        UnsupportedOnThisHost undelegated = assertThrows(UnsupportedOnThisHost.class, () -> plan(
                Samples.nothing(new LeftOut("memory", "openat2(/sys/fs/cgroup/x): EACCES (13) Permission denied", LeftOut.DELEGATE)), with(memory(1 << 26, 0))));
        assertTrue(undelegated.remedy().contains("Delegate=yes"), undelegated.remedy());
    }

    @Test
    void bestEffortAndDefaultsWarn() {
        CgroupPlan plan = plan(Samples.nothing(), with(memory(1 << 26, 0)).bestEffort(true));
        assertEquals(List.of("memory(…)", "memorySwap(…)", "pids(…)", "device nodes"),
                plan.warnings().stream().map(w -> w.startsWith("device") ? "device nodes" : w.substring(0, w.indexOf(' '))).toList());
        assertEquals(2, plan(Samples.nothing(), PLAIN).warnings().size());
    }

    @Test
    void sharesKeepTheirMeaningAsWeight() {
        assertEquals(List.of(1L, 100L, 59L, 10_000L, 10_000L),
                List.of(Limits.weight(2), Limits.weight(1024), Limits.weight(512), Limits.weight(262_144), Limits.weight(1 << 20)));
    }

    @Test
    void reportsAreDecoded() {
        CgroupUsage v1 = plan(Samples.pureV1(true), PLAIN).usage(List.of(bytes("max 3\n"), bytes("4096000\n"),
                bytes("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"), bytes("1234567\n")));
        assertEquals(new CgroupUsage(1_234_567, -1, 4_096_000, -1, 2, 3), v1);
        CgroupUsage v2 = plan(Samples.pureV2(), PLAIN).usage(List.of(bytes(""), bytes("low 0\noom 1\noom_kill 1\noom_group_kill 0\n"),
                bytes("usage_usec 5\nuser_usec 3\n"), bytes("max 0\n")));
        assertEquals(new CgroupUsage(5_000, -1, -1, -1, 1, 0), v2);
        assertTrue(v2.oomKilled());
    }

    @Test
    void namesThatLeaveTheirPlaceAreRefused() {
        for (String name : new String[] {"..", "", "a/b", "../x", "default", "tasks", "A", ".x", "a.b"}) {
            assertThrows(IllegalArgumentException.class, () -> CgroupRequest.of(name), name);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
