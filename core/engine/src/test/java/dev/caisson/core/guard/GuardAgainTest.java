package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.rootfs.MountsApart;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
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

/** A detached launch that is launched again, message by message: by the engine's word, and by its numbers while there is no engine. */
@Tag("host")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardAgainTest {
    private static final int LISTEN = 8;
    private static final int DETACH = 9;
    private static final int TAKE = 11;
    private static final int RECIPE = 12;
    private static final LaunchPlan LESS = new LaunchPlan.Builder().add(LaunchPlan.Phase.CHILD, Op.of(OpCode.EXEC).s(Op.strings(List.of("/bin/true"))).t(Op.strings(List.of("true")))).build();
    private static final int AGAIN = 13;
    private static final long NUMBERS = new AgainNumbers(AgainNumbers.When.FAILED, Duration.ZERO, 2, Duration.ofMillis(20), Duration.ofSeconds(1), Duration.ofSeconds(10)).a();
    private static final long PAUSES = new AgainNumbers(AgainNumbers.When.FAILED, Duration.ZERO, 2, Duration.ofMillis(20), Duration.ofSeconds(1), Duration.ofSeconds(10)).b();

    @TempDir
    Path directory;

    private final GuardUnderTest guard = new GuardUnderTest();
    private final Pipes.Pipe out = GuardUnderTest.pipe();
    private final Fd tree = HostTree.root();
    private final LaunchPlan plan = HostTree.tree().exec("/bin/sh", "-c", "echo run; test -d /mnt && read line; exit 3");
    private Fd mounts = tree;
    private int id;

    /** Launched, running and detached. */
    @BeforeEach
    void detached() {
        try (Fd listener = Sockets.listen(directory.resolve("guard.sock"), 8); Fd spool = FileCalls.open(directory.resolve("spool"), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_APPEND, 0600)) {
            id = HostTree.start(guard, HostTree.tree().exec("/bin/sleep", "60"));
            assertEquals(Answer.Type.RUNNING, guard.receive().type());
            guard.send(LISTEN, 0, 0, 0, listener);
            guard.send(DETACH, id, 1 << 20, 0, out.read(), out.read(), spool);
            assertEquals(Answer.Type.DETACHED, guard.receive().type());
        }
        mounts = MountsApart.attach(List.of(tree));
    }

    @AfterEach
    void close() {
        Processes.kill(guard.pid, 9); // nobody forgets what it keeps
        guard.close();
        out.close();
        tree.close();
        mounts.close();
    }

    private void refused(int reason, int type, long a, Fd... fds) {
        guard.send(type, id, a, PAUSES, fds);
        Answer answer = guard.receive();
        assertEquals(List.of(Answer.Type.REFUSED, (long) reason, (long) type), List.of(answer.type(), answer.a(), answer.b()));
    }

    private void kill() {
        guard.send(GuardUnderTest.SIGNAL, id, 9, GuardUnderTest.TREE);
        assertEquals(List.of(Answer.Type.EXITED, Answer.Type.GONE), GuardUnderTest.types(guard.untilGone(id)));
    }

    private String output() {
        ByteBuffer in = ByteBuffer.allocate(100);
        FileCalls.read(out.read(), in);
        return new String(in.array(), 0, in.position());
    }

    @Test
    void onlyByARecipeAndAfterItsEnd() {
        refused(4, AGAIN, NUMBERS);
        refused(5, RECIPE, NUMBERS, mounts);
        try (Fd loose = Processes.memfdCreate("plan", Processes.MFD_ALLOW_SEALING); Fd sealed = GuardUnderTest.sealed(plan.encode());
                Fd waiting = GuardUnderTest.sealed(HostTree.tree().before(Op.of(OpCode.WAIT_GO)).exec("/bin/true").encode())) {
            FileCalls.writeAll(loose, plan.encode());
            refused(3, RECIPE, NUMBERS, loose, mounts, tree, out.write());
            refused(3, RECIPE, NUMBERS, waiting, mounts, tree, out.write());
            refused(3, RECIPE, NUMBERS, sealed, mounts, tree);
            guard.send(RECIPE, id, NUMBERS, PAUSES, sealed, mounts, tree, out.write());
            refused(6, AGAIN, NUMBERS);
            kill();
            int descriptors = 0;
            for (int i = 0; i < 4; i++) {
                guard.send(AGAIN, id, NUMBERS, PAUSES);
                assertEquals(Answer.Type.RUNNING, guard.receive().type());
                assertEquals("run\n", output());
                kill();
                assertTrue(i < 2 || guard.descriptors() == descriptors, guard.descriptors() + " descriptors, before " + descriptors);
                descriptors = guard.descriptors();
            }
            try (Fd other = GuardUnderTest.sealed(HostTree.tree().exec("/bin/echo", "other").encode()); Fd fewer = GuardUnderTest.sealed(LESS.encode())) {
                refused(3, RECIPE, NUMBERS, loose);
                refused(3, RECIPE, NUMBERS, fewer);
                guard.send(RECIPE, id, NUMBERS, PAUSES, other);
                guard.send(AGAIN, id, NUMBERS, PAUSES);
                assertEquals(Answer.Type.RUNNING, guard.receive().type());
                assertEquals("other\n", output());
                guard.untilGone(id);
                assertEquals(descriptors, guard.descriptors());
            }
            try (Fd elsewhere = Namespaces.open(Processes.getpid(), Namespaces.Kind.NET)) {
                guard.send(RECIPE, id, NUMBERS, PAUSES, sealed, elsewhere, tree, out.write());
                guard.send(AGAIN, id, NUMBERS, PAUSES);
                List<Answer> failed = guard.untilGone(id);
                assertEquals(List.of(Answer.Type.FAILED, Answer.Type.GONE), GuardUnderTest.types(failed));
                assertEquals(List.of(Errno.EINVAL, "open_tree"), List.of(failed.get(0).failure().errno(), failed.get(0).failure().path()));
            }
        }
    }

    /** Its engine died before it let it go on: nobody was told that it runs, and so it goes as what is bound. */
    @Test
    void whatStillWaitsGoesWithItsEngine() throws Exception {
        try (Fd another = FileCalls.open(directory.resolve("another"), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_APPEND, 0600); Pipes.Pipe printed = GuardUnderTest.pipe(); Fd root = HostTree.root()) {
            int waiting = guard.launch(HostTree.tree().flags(LaunchPlan.WANT_PIDFD).before(Op.of(OpCode.WAIT_GO)).exec("/bin/echo", "went"), root, printed.write());
            Answer started = guard.receive();
            assertEquals(Answer.Type.STARTED, started.type());
            Path process;
            try (Fd pidfd = started.fds().get(0)) {
                process = Path.of("/proc/" + Processes.pidOf(pidfd));
            }
            guard.send(DETACH, waiting, 1 << 20, 0, printed.read(), printed.read(), another);
            assertEquals(Answer.Type.DETACHED, guard.receive().type());
            assertTrue(Files.exists(process), "it waits");
            guard.socket.close();
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (Files.exists(process) && System.nanoTime() < end) {
                Thread.sleep(5);
            }
            assertFalse(Files.exists(process));
            assertEquals(0, Files.size(directory.resolve("another")), "and never said anything");
            assertTrue(Files.exists(Path.of("/proc/" + guard.pid)), "the guard stays for the other one");
        }
    }

    /** Twice, with what it says in the spool; then its numbers are used up, and the next engine is told of all that. */
    @Test
    void withoutAnEngineByItsNumbers() throws Exception {
        try (Fd sealed = GuardUnderTest.sealed(plan.encode()); Fd jvm = Processes.pidfdOpen(Processes.getpid())) {
            guard.send(RECIPE, id, NUMBERS, PAUSES, sealed, mounts, tree, out.write());
            guard.send(GuardUnderTest.SIGNAL, id, 9, GuardUnderTest.TREE);
            guard.socket.close();
            Path spool = directory.resolve("spool");
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (spool.toFile().length() < 2 * (16 + 4) && System.nanoTime() < end) { // it reads from nothing, and so ends at once
                Thread.sleep(5);
            }
            List<Long> kept = new ArrayList<>();
            while (!kept.contains(-1L)) { // until it has ended for the last time
                kept.clear();
                try (Fd engine = Sockets.connect(directory.resolve("guard.sock"))) {
                    ByteBuffer take = ByteBuffer.allocateDirect(24).order(ByteOrder.LITTLE_ENDIAN).putShort((short) TAKE).position(24).flip();
                    Sockets.sendmsg(engine, take, new int[] {jvm.value()});
                    ByteBuffer in = ByteBuffer.allocateDirect(65536).order(ByteOrder.LITTLE_ENDIAN);
                    do {
                        Sockets.Received received = Sockets.recvmsg(engine, in.clear());
                        received.fds().forEach(Fd::close);
                        if (in.getShort(0) == 24 && in.getLong(8) == 0 && received.fds().isEmpty()) {
                            kept.add(-1L);
                        } else if (in.getShort(0) == 24 && in.getLong(8) == 3) {
                            kept.add(in.getLong(16));
                        }
                    } while (in.getShort(0) == 24);
                }
            }
            assertEquals(2 * (16 + 4), spool.toFile().length());
            assertEquals(new AgainNumbers(AgainNumbers.When.FAILED, Duration.ofMillis(40), 0, Duration.ZERO, Duration.ZERO, Duration.ZERO), AgainNumbers.kept(kept.get(kept.size() - 1)));
        }
    }
}
