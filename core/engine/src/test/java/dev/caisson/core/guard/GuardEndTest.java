package dev.caisson.core.guard;

import static dev.caisson.core.guard.GuardUnderTest.types;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.guard.Answer.Type;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ends: of a launch, of the JVM, of the guard. Nothing may be left. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardEndTest {
    private static final Path FREEZER = Path.of("/sys/fs/cgroup/freezer");
    private static final Path PIDS = Path.of("/sys/fs/cgroup/pids");
    private static final int F = LaunchPlan.SLOT_ENGINE;
    private static final int P = LaunchPlan.SLOT_ENGINE + 1;
    private static final int REMOVALS = 30;

    private final String name = "caisson-guard-test-" + Processes.getpid();
    private GuardUnderTest guard;

    @BeforeEach
    void start() {
        Assumptions.assumeTrue(Files.isDirectory(FREEZER.resolve("")) && Files.isDirectory(PIDS), "needs cgroup v1 freezer and pids: mount them");
        guard = new GuardUnderTest();
        try (Fd freezer = GuardUnderTest.path(FREEZER.toString()); Fd pids = GuardUnderTest.path(PIDS.toString())) {
            guard.send(GuardUnderTest.SLOTS, 0, F, 0, freezer, pids);
        }
    }

    @AfterEach
    void nothingIsLeft() {
        guard.close();
        assertTrue(Files.notExists(FREEZER.resolve(name)));
        assertTrue(Files.notExists(PIDS.resolve(name)));
    }

    private HostTree inCgroups() {
        HostTree tree = HostTree.tree();
        tree.prepare.addAll(List.of(Op.of(OpCode.CGROUP_MAKE).slot(F).s(name), Op.of(OpCode.CGROUP_MAKE).slot(P).s(name),
                Op.of(OpCode.WRITE).slot(P).s(name + "/pids.max").t("50")));
        tree.before(Op.of(OpCode.WRITE).slot(F).s(name + "/cgroup.procs").t("0"), Op.of(OpCode.WRITE).slot(P).s(name + "/cgroup.procs").t("0"));
        tree.report.addAll(List.of(Op.of(OpCode.READ).slot(P).s(name + "/pids.max").a(16), Op.of(OpCode.READ).slot(P).s(name + "/none").a(16)));
        tree.undo.addAll(List.of(Op.of(OpCode.WRITE).slot(F).s(name + "/freezer.state").t("THAWED").flags(17), Op.of(OpCode.CGROUP_KILL).slot(P).s(name),
                Op.of(OpCode.CGROUP_REMOVE).slot(F).s(name), Op.of(OpCode.CGROUP_REMOVE).slot(P).s(name)));
        return tree;
    }

    /** To a cgroup outside the engine's: what leads there is remembered by who makes it, and removed by whoever leaves it last; what was there before stays. */
    @Test
    void whatLeadsElsewhereGoesWithTheLast() throws IOException {
        Path top = PIDS.resolve(name);
        Path others = top.resolve("other");
        HostTree.Result r = HostTree.run(guard, below().exec("/bin/sh", "-c", "mkdir " + others));
        assertEquals(0, r.only(Type.GONE).a(), "busy is no failure");
        assertTrue(Files.exists(others) && Files.notExists(top.resolve("a")));
        Files.delete(others);
        HostTree.run(guard, below().exec("/bin/true"));
        assertTrue(Files.notExists(top), "remembered, though it was there");
        Files.createDirectory(top);
        try {
            HostTree.run(guard, below().exec("/bin/true"));
            assertTrue(Files.exists(top) && Files.notExists(top.resolve("a")), "somebody else's");
        } finally {
            Files.deleteIfExists(top);
        }
    }

    /** What a launch made stays when it is busy; should others remove it and make it again, it is theirs. */
    @Test
    void whatOthersMadeAgainIsTheirs() throws IOException {
        Path top = PIDS.resolve(name);
        Path others = top.resolve("other");
        for (int i = 0; i < 2; i++) { // made twice, it is not remembered twice
            HostTree.run(guard, below().exec("/bin/sh", "-c", "mkdir " + others));
            Files.delete(others);
            Files.delete(top);
        }
        Files.createDirectory(top);
        try {
            HostTree.run(guard, below().exec("/bin/true"));
            assertTrue(Files.exists(top) && Files.notExists(top.resolve("a")), "somebody else's by now");
            HostTree.run(guard, below().exec("/bin/true"));
            assertTrue(Files.exists(top), "and nobody else's later");
        } finally {
            Files.deleteIfExists(top);
        }
        HostTree.run(guard, below().exec("/bin/sh", "-c", "mkdir " + others));
        Files.delete(others);
        HostTree.run(guard, below().exec("/bin/true"));
        assertTrue(Files.notExists(top), "the control: the guard's own is removed");
    }

    private HostTree below() {
        HostTree tree = HostTree.tree();
        tree.prepare.addAll(List.of(Op.of(OpCode.CGROUP_MAKE).slot(P).s(name).flags(OpFlags.OPTIONAL | OpFlags.OURS), Op.of(OpCode.CGROUP_MAKE).slot(P).s(name + "/a")));
        tree.undo.addAll(List.of(Op.of(OpCode.CGROUP_REMOVE).slot(P).s(name + "/a"), Op.of(OpCode.UNLINK).slot(P).s(name).a(0x200).flags(OpFlags.OURS)));
        return tree;
    }

    private void freeze() throws IOException {
        Files.writeString(FREEZER.resolve(name + "/freezer.state"), "FROZEN");
    }

    @Test
    void reportsAreReadAndCgroupsOfTheContainersOwnRemoved() {
        HostTree.Result r = HostTree.run(guard, inCgroups().exec("/bin/sh", "-c", "mkdir -p " + PIDS.resolve(name) + "/a/b/c " + PIDS.resolve(name) + "/d"));
        assertEquals(List.of("50\n", ""), r.only(Type.EXITED).reports());
        assertEquals(0, r.only(Type.GONE).a());
        assertTrue(Files.notExists(PIDS.resolve(name)));
    }

    @Test
    void frozenTreeIsKilled() throws Exception {
        int id = HostTree.start(guard, inCgroups().exec("/bin/sleep", "100"));
        assertEquals(Type.RUNNING, guard.receive().type());
        freeze();
        guard.send(GuardUnderTest.SIGNAL, id, 9, GuardUnderTest.TREE);
        List<Answer> end = guard.untilGone(id);
        assertEquals(List.of(Type.EXITED, Type.GONE), types(end));
        assertEquals(137, end.get(0).exit());
    }

    /** What is to be done when a tree is killed is done to its end even if the first process was waited for meanwhile. A cgroup that stays busy stands for one that forks too fast. */
    @Test
    void aTreeIsKilledToItsEndAlthoughItsFirstProcessIsDead() throws Exception {
        Path cgroup = Files.createDirectory(FREEZER.resolve(name));
        Process outside = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(outside.pid()));
            for (int scope : new int[] {0, GuardUnderTest.TREE}) {
                HostTree tree = HostTree.tree();
                tree.undo.add(Op.of(OpCode.CGROUP_REMOVE).slot(F).s(name).flags(OpFlags.ONLY_AT_KILL));
                int id = HostTree.start(guard, tree.exec("/bin/sleep", "100"));
                assertEquals(Type.RUNNING, guard.receive().type());
                guard.send(GuardUnderTest.SIGNAL, id, 9, scope);
                List<Answer> end = guard.untilGone(id);
                assertEquals(scope == GuardUnderTest.TREE ? 1 : 0, end.get(end.size() - 1).a(), "scope " + scope + ": tried to the end, or not at all");
            }
        } finally {
            outside.destroyForcibly().waitFor();
            Files.delete(cgroup);
        }
    }

    @Test
    void strangersCgroupOfTheSameNameIsNotRemoved() throws Exception {
        Files.createDirectory(PIDS.resolve(name));
        try {
            HostTree.Result r = HostTree.run(guard, inCgroups().exec("/bin/true"));
            assertEquals(Errno.EEXIST, r.only(Type.FAILED).failure().errno());
            assertEquals(0, r.only(Type.FAILED).failure().list());
            assertTrue(Files.exists(PIDS.resolve(name)));
            assertTrue(Files.notExists(FREEZER.resolve(name)), "the one that was made is");
        } finally {
            Files.delete(PIDS.resolve(name));
        }
    }

    /** Each removal is tried for two seconds: so many of them give another launch all the time that a machine with more to do may take. */
    @Test
    void busyCgroupHoldsUpOnlyItsOwnEnd() throws Exception {
        HostTree tree = inCgroups();
        tree.undo.addAll(2, Collections.nCopies(REMOVALS, Op.of(OpCode.CGROUP_REMOVE).slot(F).s(name)));
        int id = HostTree.start(guard, tree.exec("/bin/sleep", "100"));
        assertEquals(Type.RUNNING, guard.receive().type());
        Process stranger = new ProcessBuilder("sleep", "100").start();
        try {
            Files.writeString(FREEZER.resolve(name + "/cgroup.procs"), Long.toString(stranger.pid()));
            guard.send(GuardUnderTest.SIGNAL, id, 9, 0);
            assertEquals(Type.EXITED, guard.receive().type());
            assertEquals(List.of(Type.RUNNING, Type.EXITED, Type.GONE), types(HostTree.run(guard, HostTree.tree().exec("/bin/true")).answers()));
            assertTrue(stranger.isAlive());
        } finally {
            stranger.destroyForcibly();
        }
        Answer gone = guard.receive();
        assertEquals(Type.GONE, gone.type());
        assertEquals(id, gone.id());
        assertTrue(gone.a() < REMOVALS, gone.a() + " removals failed: it was not busy any more");
        assertTrue(Files.notExists(FREEZER.resolve(name)));
    }

    @Test
    void undoThatFailsIsTold() {
        HostTree tree = HostTree.tree();
        tree.undo.add(Op.of(OpCode.WRITE).slot(F).s("no/such").t("x"));
        Answer gone = HostTree.run(guard, tree.exec("/bin/true")).only(Type.GONE);
        assertEquals(1, gone.a());
        assertEquals("no/such", gone.failures().get(0).path());
    }

    @Test
    void endOfTheJvmKillsAndUndoesAll() throws Exception {
        HostTree.start(guard, inCgroups().exec("/bin/sh", "-c", "setsid sleep 100 & sleep 100"));
        assertEquals(Type.RUNNING, guard.receive().type());
        freeze();
        Instant begin = Instant.now();
        guard.close();
        assertTrue(Duration.between(begin, Instant.now()).toMillis() < 20_000);
        assertTrue(Files.notExists(FREEZER.resolve(name)));
        guard = new GuardUnderTest();
    }

    private void farewell(LaunchPlan plan) {
        try (Fd sealed = GuardUnderTest.sealed(plan.encode())) {
            guard.send(GuardUnderTest.FAREWELL, 7, 0, 0, sealed);
        }
    }

    /** What the JVM made for itself goes with it, after what its launches had. */
    @Test
    void farewellIsTheLastAct() throws Exception {
        Files.createDirectories(PIDS.resolve(name + "/default"));
        farewell(new LaunchPlan.Builder().add(LaunchPlan.Phase.UNDO, Op.of(OpCode.CGROUP_REMOVE).slot(P).s(name)).build());
        HostTree.start(guard, HostTree.tree().before(Op.of(OpCode.WRITE).slot(P).s(name + "/default/cgroup.procs").t("0")).exec("/bin/sleep", "100"));
        assertEquals(Type.RUNNING, guard.receive().type());
        assertTrue(Files.exists(PIDS.resolve(name + "/default")));
        guard.close();
        assertTrue(Files.notExists(PIDS.resolve(name)));
        guard = new GuardUnderTest();
    }

    @Test
    void farewellThatLaunchesIsRefused() {
        farewell(HostTree.tree().exec("/bin/true"));
        Answer refused = guard.receive();
        assertEquals(Type.REFUSED, refused.type());
        assertEquals(7, refused.id());
    }

    @Test
    void guardsDeathKillsAll() throws Exception {
        int id = HostTree.start(guard, HostTree.tree().flags(3).exec("/bin/sh", "-c", "setsid sleep 100 & sleep 100"));
        Answer started = guard.receive();
        assertEquals(Type.STARTED, started.type());
        assertEquals(id, started.id());
        try (Fd child = started.fds().get(0)) {
            Processes.pidfdSendSignal(guard.pidfd, 9);
            guard.await();
            try {
                Processes.pidfdSendSignal(child, 0);
                throw new AssertionError("the container outlived its guard");
            } catch (dev.caisson.linux.SyscallException e) {
                assertEquals(Errno.ESRCH, e.errno());
            }
        }
    }
}
