package dev.caisson.core.guard;

import static dev.caisson.core.guard.GuardUnderTest.types;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.guard.Answer.Type;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the guard answers, in which order. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardOrderTest {
    private GuardUnderTest guard;

    @BeforeEach
    void start() {
        guard = new GuardUnderTest();
    }

    @AfterEach
    void stop() {
        guard.close();
    }

    @Test
    void runningComesBeforeExitedComesBeforeGone() {
        HostTree.Result r = HostTree.run(guard, HostTree.tree().exec("/bin/sh", "-c", "echo hello; exit 3"));
        assertEquals(List.of(Type.RUNNING, Type.EXITED, Type.GONE), types(r.answers()));
        assertEquals(3, r.only(Type.EXITED).exit());
        assertEquals("hello\n", r.output());
    }

    @Test
    void runningIsSaidOnlyToWhoWantsIt() {
        assertEquals(List.of(Type.EXITED, Type.GONE), types(HostTree.run(guard, HostTree.tree().flags(0).exec("/bin/true")).answers()));
    }

    @Test
    void missingProgramIsAFailureNotAnExit() {
        HostTree.Result r = HostTree.run(guard, HostTree.tree().exec(List.of("/nope/a", "/etc/passwd", "/nope"), List.of("a")));
        assertEquals(List.of(Type.FAILED, Type.GONE), types(r.answers()));
        Answer.Failure f = r.only(Type.FAILED).failure();
        assertEquals(Phase.CHILD, f.phase());
        assertTrue(f.of(OpCode.EXEC));
        assertEquals(Errno.EACCES, f.errno(), "as execvp(3): a candidate that may not be executed outweighs those that are missing");
        assertEquals("/etc/passwd", f.path());
    }

    @Test
    void failureNamesListIndexOperationErrnoAndPath() {
        HostTree.Result r = HostTree.run(guard, HostTree.tree().before(Op.of(OpCode.MKDIR).slot(HostTree.ROOT).s("/proc/x").a(0755)).exec("/bin/true"));
        Answer.Failure f = r.only(Type.FAILED).failure();
        assertEquals(new Answer.Failure(Phase.CHILD.ordinal(), 3, OpCode.MKDIR.code(), 2, Errno.ENOENT, "/proc/x"), f);
    }

    @Test
    void fileSystemsOwnWordsAreInTheFailure() {
        Op mount = Op.of(OpCode.FSMOUNT).slot(HostTree.FREE).s("tmpfs").t(Op.strings(List.of("bogus=1")));
        Answer.Failure f = HostTree.run(guard, HostTree.tree().before(mount).exec("/bin/true")).only(Type.FAILED).failure();
        assertEquals("bogus=1: e tmpfs: Unknown parameter 'bogus'", f.path());
    }

    @Test
    void optionalFailureIsPassedOverWithAllThatNeedsItsSlot() {
        HostTree.Result r = HostTree.run(guard, HostTree.tree().before(
                Op.of(OpCode.FSMOUNT).slot(HostTree.FREE).s("nosuchfs").flags(1),
                Op.of(OpCode.ATTACH).slot(HostTree.FREE).slot2(HostTree.ROOT).s("/mnt")).exec("/bin/true"));
        assertEquals(List.of(Type.RUNNING, Type.EXITED, Type.GONE), types(r.answers()));
    }

    @Test
    void emptySlotIsAFailure() {
        Op attach = Op.of(OpCode.ATTACH).slot(HostTree.FREE).slot2(HostTree.ROOT).s("/mnt");
        Answer.Failure f = HostTree.run(guard, HostTree.tree().before(attach).exec("/bin/true")).only(Type.FAILED).failure();
        assertEquals(Errno.EBADF, f.errno());
    }

    @Test
    void signalEndsIt() {
        int id = HostTree.start(guard, HostTree.tree().exec("/bin/sleep", "100"));
        assertEquals(Type.RUNNING, guard.receive().type());
        guard.send(GuardUnderTest.SIGNAL, id, 9, 0);
        Answer exited = guard.receive();
        assertEquals(137, exited.exit());
        assertEquals(Type.GONE, guard.receive().type());
        guard.send(GuardUnderTest.SIGNAL, id, 9, 0);
        guard.send(GuardUnderTest.GO, id, 0, 0);
        assertEquals(List.of(Type.RUNNING, Type.EXITED, Type.GONE), types(HostTree.run(guard, HostTree.tree().exec("/bin/true")).answers()),
                "a signal that comes too late is not answered");
    }

    @Test
    void waitsForGo() {
        LaunchPlan plan = HostTree.tree().flags(3).before(Op.of(OpCode.WAIT_GO)).exec("/bin/true");
        int id = HostTree.start(guard, plan);
        Answer started = guard.receive();
        assertEquals(Type.STARTED, started.type());
        started.fds().forEach(Fd::close);
        guard.send(GuardUnderTest.GO, id, 0, 0);
        assertEquals(List.of(Type.RUNNING, Type.EXITED, Type.GONE), types(guard.untilGone(id)));
    }

    @Test
    void killedWhileItWaitsItNeverRan() {
        int id = HostTree.start(guard, HostTree.tree().flags(3).before(Op.of(OpCode.WAIT_GO)).exec("/bin/true"));
        guard.receive().fds().forEach(Fd::close);
        guard.send(GuardUnderTest.SIGNAL, id, 9, 0);
        assertEquals(List.of(Type.EXITED, Type.GONE), types(guard.untilGone(id)));
    }

    @Test
    void failureAfterGoIsAFailure() {
        int id = HostTree.start(guard, HostTree.tree().flags(3).before(Op.of(OpCode.WAIT_GO)).exec("/nope"));
        guard.send(GuardUnderTest.GO, id, 0, 0);
        assertEquals(List.of(Type.STARTED, Type.FAILED, Type.GONE), types(guard.untilGone(id)), "GO may come before the child waits for it");
    }

    @Test
    void shutdownAnswersForWhatStillRan() {
        int id = HostTree.start(guard, HostTree.tree().exec("/bin/sleep", "100"));
        assertEquals(Type.RUNNING, guard.receive().type());
        guard.send(GuardUnderTest.SHUTDOWN, 0, 0, 0);
        assertEquals(List.of(Type.EXITED, Type.GONE), types(guard.untilGone(id)));
        assertEquals(Type.END, guard.receive().type());
    }

    @Test
    void unsealedPlanIsRefused() {
        ByteBuffer bytes = HostTree.tree().exec("/bin/true").encode();
        try (Fd open = dev.caisson.linux.Processes.memfdCreate("plan", dev.caisson.linux.Processes.MFD_ALLOW_SEALING)) {
            dev.caisson.linux.FileCalls.writeAll(open, bytes);
            guard.send(GuardUnderTest.LAUNCH, 7, 0, 0, open);
        }
        Answer refused = guard.receive();
        assertEquals(Type.REFUSED, refused.type());
        assertEquals(7, refused.id());
    }

    @Test
    void fiveHundredLaunchesLeaveNoDescriptor() {
        int before = guard.descriptors();
        for (int i = 0; i < 500; i++) {
            HostTree.run(guard, HostTree.tree().flags(i & 3).exec(i % 5 == 0 ? "/nope" : "/bin/true"));
        }
        assertEquals(before, guard.descriptors());
    }

    @Test
    @Timeout(value = 10, unit = java.util.concurrent.TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // on a machine with other things to do
    void burstIsAnsweredThoughNobodyReads() {
        int launches = 2000; // ten times what a socket holds
        LaunchPlan plan = new LaunchPlan.Builder().flags(LaunchPlan.WANT_PIDFD)
                .add(Phase.CHILD, Op.of(OpCode.EXEC).s(Op.strings(List.of("/nope"))).t(Op.strings(List.of("x")))).build();
        for (int i = 0; i < launches; i++) {
            guard.launch(plan);
        }
        int gone = 0;
        while (gone < launches) {
            Answer answer = guard.receive();
            answer.fds().forEach(Fd::close);
            assertFalse(answer.type() == Type.END);
            gone += answer.type() == Type.GONE ? 1 : 0;
        }
    }
}
