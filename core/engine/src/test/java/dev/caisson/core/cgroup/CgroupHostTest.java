package dev.caisson.core.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Resources;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans applied to the kernel's own cgroups. Where only v2 may be used it is the hierarchy without controllers: core files and devices. */
@Tag("host")
class CgroupHostTest {
    private static final String ID = "t" + ProcessHandle.current().pid();
    private final List<EngineCgroups> engines = new ArrayList<>();

    @TempDir
    private Path temporary;

    @BeforeEach
    void nothingIsThereBefore() throws IOException {
        assertEquals(List.of(), remains());
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        engines.forEach(EngineCgroups::close);
        assertEquals(List.of(), remains());
    }

    private static List<Path> remains() throws IOException {
        while (true) {
            try (Stream<Path> walk = Files.find(Path.of("/sys/fs/cgroup"), 8, (p, a) -> a.isDirectory() && p.getFileName().toString().contains(ID))) {
                return walk.toList();
            } catch (UncheckedIOException e) {
                // somebody else's was removed meanwhile: once more
            }
        }
    }

    private EngineCgroups engine(Predicate<Hierarchy> wanted) {
        CgroupLayout layout = CgroupLayout.detect();
        EngineCgroups engine = EngineCgroups.open(new CgroupLayout(layout.hierarchies().stream().filter(wanted).toList(), List.of()), ID,
                Optional.empty(), 0x8000);
        engines.add(engine);
        return engine;
    }

    private EngineCgroups engine() {
        return engine(h -> true);
    }

    /** As v1 alone, or as v2 alone. */
    private EngineCgroups engine(String version) {
        return engine(h -> h.unified() == version.equals("v2"));
    }

    private static CgroupPlan plan(EngineCgroups engine, CgroupRequest request) {
        return CgroupPlan.of(engine.slots(), request, HostDevices::node);
    }

    private static Resources limits(long memory, long pids) {
        return new Resources(memory, 0, 0, -1, false, 500_000_000, 512, 0, 0, "0", "", pids, 0, List.of(), 0, 0, List.of());
    }

    private static String end(Process process) throws Exception {
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void limitsStandInTheFilesAndEveryHierarchyIsJoined() throws Exception {
        EngineCgroups engine = engine();
        PlanRunner runner = new PlanRunner(engine);
        CgroupPlan plan = plan(engine, CgroupRequest.of("c1").resources(limits(64 << 20, 9)));
        assertEquals(List.of(), plan.warnings());
        Process shell = runner.start(plan, "cat /proc/self/cgroup");
        String cgroups = end(shell);
        // Row 47 of the attack table: in all hierarchies below the engine's.
        cgroups.lines().forEach(line -> assertTrue(line.contains("/caisson-" + ID + "/"), line));
        assertEquals("67108864", engine.dir(slot(engine, "memory")).read("c1/memory.limit_in_bytes").strip());
        assertEquals("134217728", engine.dir(slot(engine, "memory")).read("c1/memory.memsw.limit_in_bytes").strip());
        assertEquals("9", engine.dir(slot(engine, "pids")).read("c1/pids.max").strip());
        assertEquals("50000", engine.dir(slot(engine, "cpu")).read("c1/cpu.cfs_quota_us").strip());
        assertEquals("512", engine.dir(slot(engine, "cpu")).read("c1/cpu.shares").strip());
        assertEquals("0", engine.dir(slot(engine, "cpuset")).read("c1/cpuset.cpus").strip());
        CgroupUsage usage = plan.usage(runner.report(plan));
        assertTrue(usage.peakMemoryBytes() > 0 && usage.cpuNanos() > 0, usage.toString());
        assertFalse(usage.oomKilled());
        runner.undo(plan.ops(Phase.UNDO));
    }

    private static int slot(EngineCgroups engine, String controller) {
        return engine.slots().v1(controller).orElseThrow().slot();
    }

    @Test
    void theOomKillIsCounted() throws Exception {
        EngineCgroups engine = engine();
        PlanRunner runner = new PlanRunner(engine);
        CgroupPlan plan = plan(engine, CgroupRequest.of("c1").resources(limits(16 << 20, 20)));
        end(runner.start(plan, "tail /dev/zero"));
        CgroupUsage usage = plan.usage(runner.report(plan));
        assertTrue(usage.oomKilled(), usage.toString());
        assertTrue(usage.peakMemoryBytes() > 14 << 20 && usage.peakMemoryBytes() <= 16 << 20, usage.toString());
        runner.undo(plan.ops(Phase.UNDO));
    }

    @Test
    void aForkBombIsRefused() throws Exception {
        EngineCgroups engine = engine();
        PlanRunner runner = new PlanRunner(engine);
        CgroupPlan plan = plan(engine, CgroupRequest.of("c1").resources(limits(0, 5)).ownPidNamespace(false));
        String said = end(runner.start(plan, "for i in 1 2 3 4 5 6 7 8; do sleep 30 >/dev/null 2>&1 </dev/null & done; echo all"));
        assertFalse(said.contains("all"), said);
        assertTrue(plan.usage(runner.report(plan)).pidsRefused() > 0);
        assertEquals(4, new ContainerCgroup(engine, plan).usage().pids());
        // What the shell left behind is killed by its cgroup.
        runner.undo(plan.ops(Phase.UNDO));
    }

    /** Covers rows 41 and 48 of the attack table. */
    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2"})
    void devicesAreDenied(String version) throws Exception {
        EngineCgroups engine = engine(version);
        PlanRunner runner = new PlanRunner(engine);
        String script = "cd " + temporary + "; mknod kmsg c 1 11; mknod loop b 7 0; mknod null c 1 3; "
                + "for f in kmsg loop null; do (: < $f) 2>/dev/null && echo $f; done; (: >> kmsg) 2>/dev/null && echo kmsg-written; rm kmsg loop null";
        CgroupPlan byDefault = plan(engine, CgroupRequest.of("c1").defaultPids(0));
        assertEquals("null\n", end(runner.start(byDefault, script)));
        CgroupPlan more = plan(engine, CgroupRequest.of("c2").defaultPids(0).devices(DevicePolicy.DEFAULT.with(List.of(DeviceRule.parse("c 1:11 r")))));
        assertEquals("kmsg\nnull\n", end(runner.start(more, script)));
        CgroupPlan all = plan(engine, CgroupRequest.of("c3").defaultPids(0).devices(DevicePolicy.EVERYTHING));
        assertEquals("kmsg\nloop\nnull\nkmsg-written\n", end(runner.start(all, script)));
        for (CgroupPlan plan : List.of(byDefault, more, all)) {
            runner.undo(plan.ops(Phase.UNDO));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2"})
    void aFrozenContainerStandsStillAndDies(String version) throws Exception {
        EngineCgroups engine = engine(version);
        PlanRunner runner = new PlanRunner(engine);
        CgroupPlan plan = plan(engine, CgroupRequest.of("c1").defaultPids(0).ownPidNamespace(false));
        ContainerCgroup container = new ContainerCgroup(engine, plan);
        Path beat = temporary.resolve("beat");
        Process shell = runner.start(plan, "while :; do echo >> " + beat + "; sleep 0.01; done");
        waitFor(() -> Files.exists(beat));
        container.pause();
        assertTrue(container.paused());
        long size = Files.size(beat);
        Thread.sleep(100);
        assertEquals(size, Files.size(beat));
        container.resume();
        waitFor(() -> Files.size(beat) > size);
        container.pause();
        assertTrue(container.kill());
        assertTrue(shell.waitFor(30, TimeUnit.SECONDS));
        assertEquals(128 + 9, shell.exitValue());
        runner.undo(plan.ops(Phase.UNDO));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2"})
    void anExecIsKilledWithItsChildrenAndTheContainerLivesOn(String version) throws Exception {
        EngineCgroups engine = engine(version);
        PlanRunner runner = new PlanRunner(engine);
        CgroupPlan plan = plan(engine, CgroupRequest.of("c1").defaultPids(0).ownPidNamespace(false));
        Process container = runner.start(plan, "exec sleep 60");
        ExecCgroup exec = ExecCgroup.of(plan, false, "e1", ExecCgroup.Children.DIE);
        Path pidFile = temporary.resolve("pid");
        Process shell = runner.exec(exec, "setsid sh -c 'echo $$ > " + pidFile + ".tmp; mv " + pidFile + ".tmp " + pidFile + "; exec sleep 60' & sleep 60");
        waitFor(() -> Files.exists(pidFile));
        long grandchild = Long.parseLong(Files.readString(pidFile).strip());
        runner.undo(exec.ops(Phase.UNDO));
        assertTrue(shell.waitFor(30, TimeUnit.SECONDS));
        waitFor(() -> ended(grandchild));
        assertTrue(container.isAlive());
        runner.undo(plan.ops(Phase.UNDO));
    }

    @Test
    void theGuardsPlaceIsInherited() throws Exception {
        EngineCgroups engine = engine();
        assertFalse(engine.slots().inherited());
        Process guard = new ProcessBuilder("sh", "-c", "read go; cat /proc/self/cgroup; mknod " + temporary.resolve("kmsg") + " c 1 11; : < "
                + temporary.resolve("kmsg")).redirectErrorStream(true).start();
        engine.adopt((int) guard.pid());
        guard.getOutputStream().write('\n');
        guard.getOutputStream().flush();
        String said = end(guard);
        String inside = said.lines().filter(l -> !l.startsWith("0::") && l.contains(":/")).filter(l -> !l.contains("caisson-" + ID + "/default"))
                .filter(l -> l.matches("\\d+:.*")).toList().toString();
        assertEquals("[]", inside, said);
        assertTrue(said.contains("Operation not permitted"), said);
        assertTrue(engine.slots().inherited());
    }

    @Test
    void whatADeadEngineLeftIsSweptAndALiveOneIsNot() throws Exception {
        EngineCgroups dead = EngineCgroups.open(CgroupLayout.detect(), ID + "dead", Optional.empty(), 0x8000);
        EngineCgroups alive = EngineCgroups.open(CgroupLayout.detect(), ID + "alive", Optional.empty(), 0x8000);
        engines.add(alive);
        PlanRunner runner = new PlanRunner(dead);
        CgroupPlan plan = plan(dead, CgroupRequest.of("c1"));
        Process left = runner.start(plan, "exec sleep 60");
        new ContainerCgroup(dead, plan).pause();
        Process stays = new PlanRunner(alive).start(plan(alive, CgroupRequest.of("c1").ownPidNamespace(false)), "exec sleep 60");
        List<String> swept = EngineCgroups.sweep(CgroupLayout.detect(), Optional.empty(), id -> id.equals(ID + "dead"));
        assertEquals(dead.paths(), swept);
        assertTrue(left.waitFor(30, TimeUnit.SECONDS));
        assertTrue(stays.isAlive());
        stays.destroyForcibly().waitFor();
    }

    @Test
    void aGivenParentIsMadeAndRemoved() {
        EngineCgroups engine = EngineCgroups.open(CgroupLayout.detect(), ID, Optional.of("/parent" + ID + "/below"), 0x8000);
        assertEquals(List.of(), engine.leftOut());
        engine.paths().forEach(p -> assertTrue(p.endsWith("/parent" + ID + "/below/caisson-" + ID), p));
        engine.close();
        engine.close();
    }

    @Test
    void whatRemovesThemIsKnownBeforeTheyAreMade() throws IOException {
        CgroupLayout memory = new CgroupLayout(CgroupLayout.detect().hierarchies().stream().filter(h -> h.controllers().contains("memory")).toList(), List.of());
        try (CgroupFarewell farewell = CgroupFarewell.of(memory, ID, Optional.of("/parent" + ID + "/below"), 0x8000)) {
            assertEquals(List.of(), remains());
            assertEquals(1, farewell.descriptors().size());
            assertEquals(List.of("WRITE slot=engine+0 'cgroup.procs' '0'", "CGROUP_REMOVE slot=engine+0 'parent" + ID + "/below/caisson-" + ID + "'",
                    "UNLINK slot=engine+0 0x200 0x0 0x0 'parent" + ID + "/below'", "UNLINK slot=engine+0 0x200 0x0 0x0 'parent" + ID + "'"),
                    farewell.ops().stream().map(Op::toString).toList());
        }
        try (CgroupFarewell farewell = CgroupFarewell.of(memory, ID, Optional.empty(), 0x8003)) {
            assertEquals(List.of("WRITE slot=engine+3 'cgroup.procs' '0'", "CGROUP_REMOVE slot=engine+3 'caisson-" + ID + "'"),
                    farewell.ops().stream().map(Op::toString).toList());
        }
    }

    /** Covers row 47 of the attack table. */
    @Test
    void aParentThatLeavesTheMountIsRefused() {
        for (String parent : new String[] {"../../x", "/a/../b", "a//b", "", "/", "a/.", "a\nb"}) {
            assertThrows(IllegalArgumentException.class, () -> EngineCgroups.open(CgroupLayout.detect(), ID, Optional.of(parent), 0), parent);
        }
    }

    @Test
    void aHierarchyThatCannotBeWrittenIsLeftOutWithARemedy() {
        Hierarchy gone = new Hierarchy(false, List.of("memory"), "/sys/fs/cgroup/memory", "no/such/cgroup", false);
        EngineCgroups engine = EngineCgroups.open(new CgroupLayout(List.of(gone), List.of()), ID, Optional.empty(), 0x8000);
        engines.add(engine);
        assertEquals(1, engine.leftOut().size());
        assertTrue(engine.leftOut().get(0).cause().contains("/sys/fs/cgroup/memory/no/such/cgroup): ENOENT (2)"), engine.leftOut().toString());
        assertNotEquals(List.of(), plan(engine, CgroupRequest.of("c1")).warnings());
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    /** Whether it is dead, though whoever it was left to may not have waited for it yet. */
    private static boolean ended(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat")).replaceFirst("(?s).*\\) ", "").startsWith("Z");
        } catch (IOException e) {
            return true;
        }
    }

    private static void waitFor(Condition condition) throws Exception {
        for (int i = 0; i < 12_000 && !condition.holds(); i++) {
            Thread.sleep(5);
        }
        assertTrue(condition.holds());
    }
}
