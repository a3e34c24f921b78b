package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.guard.Answer.Type;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Sockets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes inside a container: exec, init, terminal. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardInsideTest {
    private GuardUnderTest guard;

    @BeforeEach
    void start() {
        guard = new GuardUnderTest();
    }

    @AfterEach
    void stop() {
        guard.close();
    }

    private static LaunchPlan inside(String script) {
        LaunchPlan.Builder plan = new LaunchPlan.Builder().flags(LaunchPlan.WANT_RUNNING);
        plan.received();
        plan.received();
        plan.add(Phase.PREPARE, Op.of(OpCode.PID_NAMESPACE).slot(0));
        plan.add(Phase.CHILD, Op.of(OpCode.SETNS).slot(0).a(HostTree.NEWNS | HostTree.NEWUTS | HostTree.NEWIPC));
        plan.add(Phase.CHILD, Op.of(OpCode.DUP).slot(1).a(1));
        plan.add(Phase.CHILD, Op.of(OpCode.SIGNALS));
        plan.add(Phase.CHILD, Op.of(OpCode.EXEC).s(Op.strings(List.of("/bin/sh"))).t(Op.strings(List.of("sh", "-c", script))));
        return plan.build();
    }

    @Test
    void execSeesTheContainerAndTheGuardStaysOutside() {
        HostTree tree = HostTree.tree().flags(3).clone(HostTree.NEWUTS | HostTree.NEWIPC).before(HostTree.proc()).after(Op.of(OpCode.HOSTNAME).s("inner"));
        int id = HostTree.start(guard, tree.exec("/bin/sleep", "100"));
        try (Fd container = guard.receive().fds().get(0); var out = GuardUnderTest.pipe()) {
            assertEquals(Type.RUNNING, guard.receive().type());
            guard.run(inside("uname -n; echo $$ $PPID; readlink /proc/1/exe"), container, out.write());
            HostTree.Result next = HostTree.run(guard, HostTree.tree().exec("/bin/sh", "-c", "echo $$"));
            guard.send(GuardUnderTest.SIGNAL, id, 9, 0);
            guard.untilGone(id);
            Answer.Failure dead = guard.run(inside("true"), container, out.write()).get(0).failure();
            assertEquals(OpCode.PID_NAMESPACE.code(), dead.code());
            assertEquals(Errno.ESRCH, dead.errno());
            out.write().close();
            assertTrue(GuardUnderTest.drain(out.read()).matches("inner\n2 0\n/(usr/)?bin/sleep\n"));
            assertEquals("1\n", next.output(), "the launch after an exec has its own PID namespace again");
        }
    }

    @Test
    void initForwardsSignalsReapsOrphansAndPassesTheStatusOn() {
        String script = "(sleep 0.01 &) ; trap 'echo term; exit 7' TERM; n=1000; while set -- /proc/[0-9]*; [ $# -gt 2 ] && [ $((n-=1)) -gt 0 ]; do sleep 0.02; done; echo $#; kill -TERM 1; "
                + "n=600; while [ $((n-=1)) -gt 0 ]; do sleep 0.05; done; exit 9";
        HostTree.Result r = HostTree.run(guard, HostTree.tree().before(HostTree.proc()).after(Op.of(OpCode.INIT)).exec("/bin/sh", "-c", script));
        assertEquals("2\nterm\n", r.output(), "init and sh: the orphan was reaped");
        assertEquals(7, r.only(Type.EXITED).exit());
    }

    @Test
    void initExitsAsIfItHadDiedOfTheSignal() {
        HostTree.Result r = HostTree.run(guard, HostTree.tree().after(Op.of(OpCode.INIT)).exec("/bin/sh", "-c", "kill -KILL $$"));
        assertEquals(137, r.only(Type.EXITED).exit());
    }

    @Test
    void initHoldsNoStream() {
        try (Fd root = HostTree.root(); var out = GuardUnderTest.pipe()) {
            int id = guard.launch(HostTree.tree().after(Op.of(OpCode.INIT)).exec("/bin/sh", "-c", "echo last; exec sleep 100 >&-"), root, out.write());
            out.write().close();
            assertEquals("last\n", GuardUnderTest.drain(out.read()), "end of file comes with the workload's close, not with the end of init");
            guard.send(GuardUnderTest.SIGNAL, id, 9, 0);
            assertEquals(137, guard.untilGone(id).get(1).exit());
        }
    }

    @Test
    void initHoldsNoPrivilege() {
        HostTree tree = HostTree.tree().before(HostTree.proc()).after(Op.of(OpCode.GROUPS), Op.of(OpCode.IDS).args(1000, 1000, 0), Op.of(OpCode.INIT));
        String out = HostTree.run(guard, tree.exec("/bin/sh", "-c", "grep -E '^(Uid|CapEff|CapPrm)' /proc/1/status; cat /proc/1/comm; ls /proc/1/fd 2>&1 | wc -l")).output();
        assertEquals("Uid:\t1000\t1000\t1000\t1000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\ncaisson-init\n1\n", out,
                "not dumpable: its descriptors cannot even be listed (one line of ls, an error)");
    }

    @Test
    void missingProgramUnderInitIsAFailure() {
        HostTree.Result r = HostTree.run(guard, HostTree.tree().after(Op.of(OpCode.INIT)).exec("/nope"));
        assertEquals(Errno.ENOENT, r.only(Type.FAILED).failure().errno());
    }

    @Test
    void terminalIsTheContainersOwn() {
        Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_STREAM);
        int devpts = HostTree.FREE;
        int terminal = HostTree.FREE + 1;
        int master = HostTree.FREE + 2;
        HostTree tree = HostTree.tree().before(
                Op.of(OpCode.FSMOUNT).slot(devpts).s("devpts").t(Op.strings(List.of("newinstance", "ptmxmode=0666", "mode=620", "gid=5"))),
                Op.of(OpCode.ATTACH).slot(devpts).slot2(HostTree.ROOT).s("/dev/pts"),
                Op.of(OpCode.TERMINAL).slot(terminal).slot2(devpts).args(master, 40 << 16 | 120, 1000),
                Op.of(OpCode.SEND_FD).slot(HostTree.OUT).slot2(master));
        tree.after(Op.of(OpCode.SETSID), Op.of(OpCode.CONTROLLING).slot(terminal));
        for (int fd = 0; fd <= 2; fd++) {
            tree.after(Op.of(OpCode.DUP).slot(terminal).a(fd));
        }
        try (Fd ours = pair.first(); Fd root = HostTree.root()) {
            int id = guard.launch(tree.exec("/bin/sh", "-c", "tty; stty size; stat -c '%a %u %g' /dev/pts/0; read x; echo got $x"), root, pair.second());
            pair.second().close();
            try (Fd screen = Sockets.recvmsg(ours, ByteBuffer.allocateDirect(1)).fds().get(0)) {
                FileCalls.writeAll(screen, ByteBuffer.wrap("hi\n".getBytes(StandardCharsets.UTF_8)));
                guard.untilGone(id);
                ByteBuffer seen = ByteBuffer.allocate(4096);
                FileCalls.read(screen, seen);
                String text = new String(seen.array(), 0, seen.position(), StandardCharsets.UTF_8).replace("\r", "");
                assertEquals("/dev/pts/0\n40 120\n620 1000 5\ngot hi\n", text.replaceFirst("hi\n(?=/dev)", ""));
            }
        }
    }
}
