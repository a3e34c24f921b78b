package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Row 13: a guard whose launches outlive their engine, message by message, and visitors of its socket that say anything but what they should. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardDetachTest {
    private static final int LISTEN = 8;
    private static final int DETACH = 9;
    private static final int FORGET = 10;
    private static final int TAKE = 11;
    private static final int VISITORS = 500;
    private static final int STOP = 19;
    private static final int CONT = 18;

    @TempDir
    Path directory;

    private final ByteBuffer in = ByteBuffer.allocateDirect(65536).order(ByteOrder.LITTLE_ENDIAN);

    private static byte[] message(int type, long a) {
        return ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putShort((short) type).putShort((short) 0).putInt(0).putLong(a).putLong(0).array();
    }

    private static void say(Fd socket, byte[] bytes, Fd... fds) {
        Sockets.sendmsg(socket, ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), Arrays.stream(fds).mapToInt(Fd::value).toArray());
    }

    /** Type and value of the next answer; its descriptors are closed. Empty at the connection's end. */
    private List<Long> hear(Fd socket) {
        in.clear();
        try {
            Sockets.Received received = Sockets.recvmsg(socket, in);
            received.fds().forEach(Fd::close);
            return received.length() == 0 ? List.of() : List.of((long) in.getShort(0), in.getLong(8), (long) received.fds().size());
        } catch (SyscallException e) {
            assertEquals(Errno.ECONNRESET, e.errno());
            return List.of();
        }
    }

    @Test
    void keptTakenOnceAndForgotten() throws Exception {
        Path path = directory.resolve("guard.sock");
        try (GuardUnderTest guard = new GuardUnderTest(); Fd listener = Sockets.listen(path, 8); Pipes.Pipe out = new Pipes.Pipe(GuardUnderTest.pipe().read(), GuardUnderTest.pipe().write());
                Fd spool = FileCalls.open(directory.resolve("spool"), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_APPEND, 0600); Fd jvm = Processes.pidfdOpen(Processes.getpid())) {
            int id = HostTree.start(guard, HostTree.tree().exec("/bin/sleep", "60"));
            assertEquals(Answer.Type.RUNNING, guard.receive().type());
            Pipes.Pipe printed = GuardUnderTest.pipe();
            guard.send(DETACH, id, 1 << 20, 0, printed.read(), out.read(), spool);
            assertEquals(Answer.Type.REFUSED, guard.receive().type(), "nobody could find it");
            guard.send(LISTEN, 0, 0, 0, jvm);
            assertEquals(Answer.Type.REFUSED, guard.receive().type(), "no socket that listens");
            guard.send(LISTEN, 0, 0, 0, listener);
            guard.send(LISTEN, 0, 0, 0, listener);
            assertEquals(Answer.Type.REFUSED, guard.receive().type(), "only once");
            guard.send(DETACH, id, 1 << 20, 0, printed.read());
            assertEquals(Answer.Type.REFUSED, guard.receive().type(), "three descriptors");
            Fd[] many = new Fd[3 + 65];
            Arrays.fill(many, out.read());
            guard.send(DETACH, id, 1 << 20, 0, many);
            assertEquals(Answer.Type.REFUSED, guard.receive().type(), "too many to be held");
            Pipes.Pipe held = Pipes.pipe2(Fcntl.O_NONBLOCK);
            guard.send(DETACH, id, 1 << 20, 0, printed.read(), out.read(), spool, held.write(), jvm);
            assertEquals(Answer.Type.DETACHED, guard.receive().type());
            held.write().close();
            try (Fd early = Sockets.connect(path)) {
                say(early, message(TAKE, 7), jvm);
                assertEquals(List.of(26L, 0L, 0L), hear(early), "the first engine has it");
                assertEquals(List.of(), hear(early));
            }
            guard.socket.close();
            FileCalls.writeAll(printed.write(), ByteBuffer.wrap("spooled".getBytes()));
            while (Files.size(directory.resolve("spool")) < 16 + 7) {
                Thread.sleep(5);
            }
            hostileVisitors(path, jvm);
            try (Fd engine = Sockets.connect(path)) {
                say(engine, message(TAKE, 4711), jvm);
                assertEquals(List.of(List.of(24L, 0L, 1L), List.of(24L, 1L, 1L), List.of(24L, 2L, 1L), List.of(24L, 4L, 1L), List.of(24L, 5L, 1L),
                        List.of(25L, 4L, 1L)), List.of(hear(engine), hear(engine), hear(engine), hear(engine), hear(engine), hear(engine)));
                assertTrue(isHeld(held), "copies were given away");
                try (Fd late = Sockets.connect(path)) {
                    say(late, message(TAKE, 7), jvm);
                    assertEquals(List.of(26L, 4711L, 0L), hear(late), "told who has it");
                }
                byte[] kill = ByteBuffer.wrap(message(GuardUnderTest.SIGNAL, 9)).order(ByteOrder.LITTLE_ENDIAN).putInt(4, id).putLong(16, GuardUnderTest.TREE).array();
                say(engine, kill);
                assertEquals(21L, hear(engine).get(0));
                assertEquals(22L, hear(engine).get(0));
                in.clear();
            }
            try (Fd next = Sockets.connect(path)) { // the one before has not said FORGET
                say(next, message(TAKE, 1), jvm);
                assertEquals(List.of(List.of(24L, 0L, 0L), List.of(24L, 1L, 1L), List.of(24L, 2L, 1L), List.of(24L, 4L, 1L), List.of(24L, 5L, 1L),
                        List.of(25L, 4L, 1L)), List.of(hear(next), hear(next), hear(next), hear(next), hear(next), hear(next)));
                assertEquals(21L, hear(next).get(0), "its end again");
                assertEquals(22L, hear(next).get(0));
                say(next, message(FORGET, 0)); // of none that it knows
                assertEquals(List.of(27L, 0L, 0L), hear(next), "that it has, too, is said");
                say(next, message(99, 0)); // what is said to that stays unread, and the last message is read only after the end: it counts
                Thread.sleep(300);
                Processes.kill(guard.pid, STOP);
                assertTrue(isHeld(held), "until it is forgotten");
                say(next, ByteBuffer.wrap(message(FORGET, 0)).order(ByteOrder.LITTLE_ENDIAN).putInt(4, id).array());
            }
            Processes.kill(guard.pid, CONT);
            guard.await();
            assertFalse(Files.exists(Path.of("/proc/" + guard.pid)));
            assertFalse(isHeld(held));
            held.read().close();
            printed.read().close();
            printed.write().close();
        }
    }

    /** Whether somebody has the other end. */
    private static boolean isHeld(Pipes.Pipe pipe) {
        try {
            return FileCalls.read(pipe.read(), ByteBuffer.allocate(1)) > 0;
        } catch (SyscallException e) {
            assertEquals(Errno.EAGAIN, e.errno());
            return true;
        }
    }

    /** None of them gets an answer, and none takes anything. */
    private void hostileVisitors(Path path, Fd jvm) {
        Random random = new Random(Long.getLong("caisson.fuzz.seed", 1));
        List<Fd> crowd = new ArrayList<>();
        for (int i = 0; i < VISITORS; i++) {
            Fd visitor = Sockets.connect(path);
            byte[] bytes = new byte[List.of(1, 23, 24, 25, 4000).get(random.nextInt(5))];
            random.nextBytes(bytes);
            boolean almost = random.nextInt(3) == 0;
            byte[] said = almost ? message(random.nextBoolean() ? TAKE : random.nextInt(30), random.nextLong()) : bytes;
            boolean take = almost && said[0] == TAKE;
            try {
                say(visitor, said, take ? (random.nextBoolean() ? new Fd[0] : new Fd[] {jvm, jvm}) : random.nextBoolean() ? new Fd[] {jvm} : new Fd[0]);
                assertEquals(List.of(), hear(visitor));
                visitor.close();
            } catch (SyscallException e) {
                visitor.close(); // turned away at the door
            }
            if (random.nextInt(100) == 0) {
                crowd.add(Sockets.connect(path)); // says nothing, and goes later
            }
            while (crowd.size() > 2) {
                crowd.remove(0).close();
            }
        }
        crowd.forEach(Fd::close);
    }
}
