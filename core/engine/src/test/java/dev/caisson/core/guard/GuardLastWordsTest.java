package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.rootfs.MountsApart;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an engine said counts although it died before the guard had read it; and what the guard has to say to it, which nobody hears, harms nothing that outlives it. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardLastWordsTest {
    private static final int LISTEN = 8;
    private static final int DETACH = 9;
    private static final int FORGET = 10;
    private static final int TAKE = 11;
    private static final int RECIPE = 12;
    private static final int AGAIN = 13;
    private static final int STOP = 19;
    private static final int CONT = 18;
    private static final AgainNumbers NEVER = new AgainNumbers(AgainNumbers.When.NEVER, Duration.ZERO, 0, Duration.ofMillis(20), Duration.ofSeconds(1), Duration.ofSeconds(10));

    @TempDir
    Path directory;

    private final GuardUnderTest guard = new GuardUnderTest();
    private final Pipes.Pipe out = GuardUnderTest.pipe();
    private final Fd tree = HostTree.root();
    private final Fd mounts = MountsApart.attach(List.of(tree));
    private int id;

    @BeforeEach
    void running() {
        try (Fd listener = Sockets.listen(directory.resolve("guard.sock"), 8)) {
            guard.send(LISTEN, 0, 0, 0, listener);
        }
        id = HostTree.start(guard, HostTree.tree().exec("/bin/sleep", "60"));
        assertEquals(Answer.Type.RUNNING, guard.receive().type());
    }

    @AfterEach
    void close() {
        Processes.kill(guard.pid, 9); // nobody forgets what it keeps
        guard.close();
        out.close();
        tree.close();
        mounts.close();
    }

    private void detach() {
        try (Fd spool = FileCalls.open(directory.resolve("spool"), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_APPEND, 0600)) {
            guard.send(DETACH, id, 1 << 20, 0, out.read(), out.read(), spool);
        }
    }

    private void recipe(LaunchPlan plan) {
        try (Fd sealed = GuardUnderTest.sealed(plan.encode())) {
            guard.send(RECIPE, id, NEVER.a(), NEVER.b(), sealed, mounts, tree, out.write());
        }
    }

    /** All that was said is read. */
    private void heard() {
        guard.send(FORGET, 99, 0, 0);
        Answer answer;
        do {
            answer = guard.receive();
        } while (answer.type() != Answer.Type.FORGOTTEN);
    }

    /** Says it to a guard that reads nothing until its engine is dead, with an answer unread: that is what it notices first. */
    private void lastWords(Runnable said) throws InterruptedException {
        guard.send(FORGET, 99, 0, 0);
        Thread.sleep(300);
        Processes.kill(guard.pid, STOP);
        said.run();
        guard.socket.close();
        Processes.kill(guard.pid, CONT);
    }

    /** What the next engine is told: type, and which part of what is kept; with a + what came with a descriptor. */
    private List<String> taken() throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        List<String> told = List.of("HELD");
        while (told.equals(List.of("HELD")) && System.nanoTime() < end) {
            try (Fd engine = Sockets.connect(directory.resolve("guard.sock")); Fd jvm = Processes.pidfdOpen(Processes.getpid())) {
                ByteBuffer take = ByteBuffer.allocateDirect(24).order(ByteOrder.LITTLE_ENDIAN).putShort((short) TAKE).position(24).flip();
                Sockets.sendmsg(engine, take, new int[] {jvm.value()});
                told = told(engine);
            } catch (SyscallException e) {
                return List.of("no guard any more");
            }
            Thread.sleep(20);
        }
        return told;
    }

    private static List<String> told(Fd engine) {
        List<String> told = new ArrayList<>();
        ByteBuffer in = ByteBuffer.allocateDirect(65536).order(ByteOrder.LITTLE_ENDIAN);
        while (true) {
            Sockets.Received received = Sockets.recvmsg(engine, in.clear());
            received.fds().forEach(Fd::close);
            if (received.length() == 0) {
                return told;
            }
            Answer.Type type = Answer.Type.values()[in.getShort(0) - 16];
            told.add(type == Answer.Type.KEPT ? in.getLong(8) + (received.fds().isEmpty() ? "" : "+") : type.toString());
            if (type == Answer.Type.TAKEN || type == Answer.Type.HELD) {
                return told;
            }
        }
    }

    @Test
    void detachAndRecipe() throws Exception {
        lastWords(() -> {
            detach();
            recipe(HostTree.tree().exec("/bin/sleep", "60"));
        });
        assertEquals(List.of("0+", "1+", "2+", "3+", "TAKEN"), taken(), "whole, and it runs");
    }

    /** Without it the next engine would have half of it, and end it. */
    @Test
    void recipe() throws Exception {
        detach();
        heard();
        lastWords(() -> recipe(HostTree.tree().exec("/bin/sleep", "60")));
        assertEquals(List.of("0+", "1+", "2+", "3+", "TAKEN"), taken());
    }

    @Test
    void signal() throws Exception {
        detach();
        heard();
        lastWords(() -> guard.send(GuardUnderTest.SIGNAL, id, 9, GuardUnderTest.TREE));
        Thread.sleep(1000);
        assertEquals(List.of("0", "1+", "2+", "TAKEN"), taken(), "it has ended");
    }

    private void endedWith(LaunchPlan plan) {
        detach();
        recipe(plan);
        heard();
        guard.send(GuardUnderTest.SIGNAL, id, 9, GuardUnderTest.TREE);
        guard.untilGone(id);
    }

    /** That it has started is told to nobody. */
    @Test
    void again() throws Exception {
        endedWith(HostTree.tree().flags(LaunchPlan.WANT_PIDFD | LaunchPlan.WANT_RUNNING).exec("/bin/sleep", "60"));
        lastWords(() -> guard.send(AGAIN, id, NEVER.a(), NEVER.b()));
        assertEquals(List.of("0+", "1+", "2+", "3+", "TAKEN"), taken(), "it runs, and outlives its engine as before");
    }

    /** One that could not be launched again is kept as any that has ended, and the guard goes when it is forgotten. */
    @Test
    void againInVain() throws Exception {
        HostTree never = HostTree.tree();
        never.prepare.add(Op.of(OpCode.WRITE).slot(HostTree.ROOT).s("no/such").t("x"));
        endedWith(never.exec("/bin/true"));
        guard.send(AGAIN, id, NEVER.a(), NEVER.b());
        assertEquals(List.of(Answer.Type.FAILED, Answer.Type.GONE), GuardUnderTest.types(guard.untilGone(id)));
        guard.socket.close();
        assertEquals(List.of("0", "1+", "2+", "3+", "TAKEN"), taken(), "its end is still to be told");
    }

    /** Who says DETACH is told whether it was in time. */
    @Test
    void detachIsAnswered() {
        detach();
        assertEquals(Answer.Type.DETACHED, guard.receive().type());
        guard.send(FORGET, id, 0, 0);
        assertEquals(Answer.Type.FORGOTTEN, guard.receive().type());
        guard.send(GuardUnderTest.SIGNAL, id, 9, GuardUnderTest.TREE);
        guard.untilGone(id);
        detach();
        Answer late = guard.receive();
        assertEquals(List.of(Answer.Type.REFUSED, 4L, 9L), List.of(late.type(), late.a(), late.b()));
    }
}
