package dev.caisson.core.guard;

import static dev.caisson.core.guard.GuardUnderTest.types;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.guard.Answer.Type;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Pipes;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A launch in two parts: CONTINUE brings the program, and nothing but that. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardContinueTest {
    private static final int RUNNING = LaunchPlan.WANT_RUNNING;

    private GuardUnderTest guard;

    @BeforeEach
    void start() {
        guard = new GuardUnderTest();
    }

    @AfterEach
    void stop() {
        guard.close();
    }

    private int ahead() {
        return HostTree.start(guard, HostTree.tree().flags(LaunchPlan.WANT_PIDFD).ahead());
    }

    private int waiting() {
        int id = ahead();
        Answer started = guard.receive();
        assertEquals(Type.STARTED, started.type(), "it says when it waits");
        started.fds().forEach(Fd::close);
        return id;
    }

    private void proceed(int id, LaunchPlan rest, Fd... fds) {
        Fd[] all = new Fd[fds.length + 1];
        System.arraycopy(fds, 0, all, 1, fds.length);
        try (Fd memfd = GuardUnderTest.sealed(rest.encode())) {
            all[0] = memfd;
            guard.send(GuardProtocol.MSG_CONTINUE, id, 0, 0, all);
        }
    }

    private String finish(int id, int flags, List<Type> expected, String... argv) {
        try (Pipes.Pipe out = GuardUnderTest.pipe()) {
            proceed(id, HostTree.rest(flags, argv).build(), out.write());
            out.write().close();
            String output = GuardUnderTest.drain(out.read());
            List<Answer> answers = guard.untilGone(id);
            assertEquals(expected, types(answers));
            return output;
        }
    }

    @Test
    void oneThatWaitsSilentlyIsToldAtAnyTime() {
        HostTree tree = HostTree.tree().flags(0);
        assertEquals("quiet\n", finish(HostTree.start(guard, tree.silently()), 0, List.of(Type.EXITED, Type.GONE), "/bin/sh", "-c", "echo quiet"));
        assertEquals("loud\n", finish(HostTree.start(guard, tree.silently()), RUNNING, List.of(Type.RUNNING, Type.EXITED, Type.GONE), "/bin/sh", "-c", "echo loud"));
        assertEquals("", finish(HostTree.start(guard, tree.silently()), RUNNING, List.of(Type.FAILED, Type.GONE), "/nope"));
    }

    @Test
    void oneThatWaitsSilentlyIsStartedWithItsClone() {
        int id = HostTree.start(guard, HostTree.tree().flags(LaunchPlan.WANT_PIDFD).before(Op.of(OpCode.KEYRING)).silently());
        Answer started = guard.receive();
        assertEquals(Type.STARTED, started.type());
        started.fds().forEach(Fd::close);
        guard.send(GuardUnderTest.SIGNAL, id, 9, 2);
        assertEquals(List.of(Type.EXITED, Type.GONE), types(guard.untilGone(id)));
    }

    @Test
    void whatFailsBeforeItWaitsSilentlyIsTold() {
        int id = HostTree.start(guard, HostTree.tree().flags(0).before(Op.of(OpCode.ATTACH).slot(HostTree.SCRATCH).slot2(HostTree.ROOT).s("/nope/nope")).silently());
        assertEquals(List.of(Type.FAILED, Type.GONE), types(guard.untilGone(id)));
    }

    @Test
    void theRestIsRunAndItsDescriptorsArrive() {
        assertEquals("hello\n", finish(waiting(), RUNNING, List.of(Type.RUNNING, Type.EXITED, Type.GONE), "/bin/sh", "-c", "echo hello"));
        assertEquals("quiet\n", finish(waiting(), 0, List.of(Type.EXITED, Type.GONE), "/bin/sh", "-c", "echo quiet"));
    }

    @Test
    void itMayComeBeforeTheChildWaits() {
        assertEquals("early\n", finish(ahead(), RUNNING, List.of(Type.STARTED, Type.RUNNING, Type.EXITED, Type.GONE), "/bin/sh", "-c", "echo early"));
    }

    /** Whatever slots the first part filled: all are CLOEXEC. */
    @Test
    void onlyTheThreeStreamsReachTheProgram() {
        assertEquals("0\n1\n2\n3\n", finish(waiting(), 0, List.of(Type.EXITED, Type.GONE), "/bin/ls", "/proc/self/fd"), "3 is that of ls itself");
    }

    @Test
    void aFailureNamesTheOperationOfTheRest() {
        int id = waiting();
        try (Pipes.Pipe out = GuardUnderTest.pipe()) {
            proceed(id, HostTree.rest(RUNNING, "/nope").build(), out.write());
            List<Answer> answers = guard.untilGone(id);
            assertEquals(List.of(Type.FAILED, Type.GONE), types(answers));
            Answer.Failure f = answers.get(0).failure();
            assertEquals(new Answer.Failure(Phase.CHILD.ordinal(), 1, OpCode.EXEC.code(), 0, Errno.ENOENT, "/nope"), f);
        }
    }

    @Test
    void theTimeCountsFromTheProgram() throws Exception {
        int id = waiting();
        Thread.sleep(300);
        try (Pipes.Pipe out = GuardUnderTest.pipe()) {
            long before = System.nanoTime();
            proceed(id, HostTree.rest(0, "/bin/true").build(), out.write());
            Answer exited = guard.untilGone(id).get(0);
            long most = System.nanoTime() - before;
            assertTrue(exited.rest().getLong(32) <= most, "elapsed " + exited.rest().getLong(32) + " of " + most + " ns");
        }
    }

    @Test
    void whatIsNoRestIsRefusedAndTheLaunchStillWaits() {
        int id = waiting();
        try (Pipes.Pipe out = GuardUnderTest.pipe()) {
            Op nothing = Op.of(OpCode.SETSID);
            List<LaunchPlan> wrong = List.of(
                    HostTree.tree().exec("/bin/true"), // its slots are filled from 0, and it clones
                    HostTree.rest(0, "/bin/true").cloneFlags(HostTree.NEWNS).build(),
                    HostTree.rest(0, "/bin/true").add(Phase.PREFIX, nothing).build(),
                    HostTree.rest(0, "/bin/true").add(Phase.PREPARE, Op.of(OpCode.WRITE).slot(HostTree.FREE).s("x").t("y")).build(),
                    HostTree.rest(0, "/bin/true").add(Phase.UNDO, Op.of(OpCode.UNLINK).slot(HostTree.FREE).s("x")).build(),
                    HostTree.rest(LaunchPlan.WANT_PIDFD, "/bin/true").build(),
                    slots(HostTree.rest(0, "/bin/true"), HostTree.SLOTS + 1).build(),
                    again(HostTree.rest(0, "/bin/true")));
            for (LaunchPlan plan : wrong) {
                proceed(id, plan, out.write());
                Answer refused = guard.receive();
                assertEquals(List.of(Type.REFUSED, (long) GuardProtocol.MSG_CONTINUE), List.of(refused.type(), refused.b()), plan::toString);
            }
            proceed(id, HostTree.rest(0, "/bin/true").build());
            assertEquals(Type.REFUSED, guard.receive().type(), "a descriptor is missing");
            guard.send(GuardProtocol.MSG_CONTINUE, id, 0, 0);
            assertEquals(Type.REFUSED, guard.receive().type(), "without a plan");
            guard.send(GuardUnderTest.GO, id, 0, 0); // is for WAIT_GO
        }
        assertEquals("still here\n", finish(id, RUNNING, List.of(Type.RUNNING, Type.EXITED, Type.GONE), "/bin/sh", "-c", "echo still here"));
    }

    private static LaunchPlan.Builder slots(LaunchPlan.Builder plan, int count) {
        plan.slots(count);
        return plan;
    }

    /** Waits once more: a rest ends in a program. */
    private static LaunchPlan again(LaunchPlan.Builder plan) {
        LaunchPlan built = plan.build();
        LaunchPlan.Builder waits = new LaunchPlan.Builder();
        waits.elsewhere();
        waits.received();
        waits.slots(built.slots());
        waits.add(Phase.CHILD, Op.of(OpCode.CONTINUE));
        return waits.build();
    }

    @Test
    void itComesOnceAndOnlyToWhoWaits() {
        int running = HostTree.start(guard, HostTree.tree().exec("/bin/sleep", "100"));
        assertEquals(Type.RUNNING, guard.receive().type());
        try (Pipes.Pipe out = GuardUnderTest.pipe()) {
            proceed(running, HostTree.rest(0, "/bin/true").build(), out.write());
            guard.send(GuardUnderTest.SIGNAL, running, 9, 2);
            assertEquals(List.of(Type.EXITED, Type.GONE), types(guard.untilGone(running)), "its channel is closed: it is over with that");
            int id = waiting();
            proceed(id, HostTree.rest(RUNNING, "/bin/sleep", "100").build(), out.write());
            assertEquals(Type.RUNNING, guard.receive().type());
            proceed(id, HostTree.rest(0, "/bin/true").build(), out.write());
            guard.send(GuardUnderTest.SIGNAL, id, 9, 2);
            List<Answer> answers = guard.untilGone(id);
            assertEquals(137, answers.get(answers.size() - 2).exit());
            proceed(id, HostTree.rest(0, "/bin/true").build(), out.write()); // too late: not answered
        }
        assertEquals("ok\n", finish(waiting(), 0, List.of(Type.EXITED, Type.GONE), "/bin/sh", "-c", "echo ok"));
    }

    /** Such as a user namespace: the maps first, the program later. A CONTINUE before its time would be taken for GO. */
    @Test
    void itMayWaitForGoBefore() {
        int id = HostTree.start(guard, HostTree.tree().flags(LaunchPlan.WANT_PIDFD).before(Op.of(OpCode.WAIT_GO)).ahead());
        guard.receive().fds().forEach(Fd::close);
        try (Pipes.Pipe out = GuardUnderTest.pipe()) {
            proceed(id, HostTree.rest(0, "/bin/true").build(), out.write());
            assertEquals(Type.REFUSED, guard.receive().type());
        }
        guard.send(GuardUnderTest.GO, id, 0, 0);
        assertEquals("both\n", finish(id, RUNNING, List.of(Type.RUNNING, Type.EXITED, Type.GONE), "/bin/sh", "-c", "echo both"));
    }

    @Test
    void killedWhileItWaitsItNeverRan() {
        int id = waiting();
        guard.send(GuardUnderTest.SIGNAL, id, 9, 2);
        assertEquals(List.of(Type.EXITED, Type.GONE), types(guard.untilGone(id)));
    }

    @Test
    void thoseThatWaitEndWithTheGuard() {
        int id = waiting();
        guard.send(GuardUnderTest.SHUTDOWN, 0, 0, 0);
        assertEquals(List.of(Type.EXITED, Type.GONE), types(guard.untilGone(id)));
        assertEquals(Type.END, guard.receive().type());
    }

    @Test
    void threeHundredOfThemLeaveNoDescriptor() {
        int before = guard.descriptors();
        for (int i = 0; i < 300; i++) {
            int id = i % 2 == 0 ? ahead() : waiting();
            if (i % 3 == 0) {
                guard.send(GuardUnderTest.SIGNAL, id, 9, 2);
            } else {
                try (Pipes.Pipe out = GuardUnderTest.pipe()) {
                    proceed(id, HostTree.rest(i & 2, i % 5 == 0 ? "/nope" : "/bin/true").build(), out.write());
                }
            }
            guard.untilGone(id);
        }
        assertEquals(before, guard.descriptors());
    }
}
