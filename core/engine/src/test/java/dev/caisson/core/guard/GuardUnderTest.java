package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A guard spoken to message by message, without the engine's own client. */
final class GuardUnderTest implements AutoCloseable {
    static final int SLOTS = 1;
    static final int LAUNCH = 2;
    static final int GO = 3;
    static final int SIGNAL = 4;
    static final int SHUTDOWN = 5;
    static final int FAREWELL = 6;
    /** SCOPE_TREE. */
    static final int TREE = 2;
    private static final int SEALABLE = Processes.MFD_ALLOW_SEALING;
    private static final int WALL = 0x40000000;

    final Fd socket;
    final Fd pidfd;
    final int pid;
    private int lastId;
    private boolean waited;

    GuardUnderTest() {
        this(program());
    }

    GuardUnderTest(Path program) {
        Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        socket = pair.first();
        try (Fd theirs = pair.second(); Fd jvm = Processes.pidfdOpen(Processes.getpid()); Fd lock = Processes.memfdCreate("lock", 0)) {
            int stub = Processes.posixSpawn(program, List.of("caisson-guard", "serve"), List.of(), Map.of(3, theirs, 4, jvm, 5, lock));
            try (Fd stubFd = Processes.pidfdOpen(stub)) {
                Processes.waitid(stubFd, Processes.WEXITED);
            }
        }
        Answer guard = receive();
        assertEquals(Answer.Type.GUARD, guard.type());
        pid = (int) guard.a();
        pidfd = guard.fds().get(0);
        assertEquals(Answer.Type.READY, receive().type());
    }

    static Path program() {
        try {
            String arch = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
            return Path.of(GuardUnderTest.class.getResource("/META-INF/native/linux-" + arch + "/caisson-guard").toURI());
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    void send(int type, int id, long a, long b, Fd... fds) {
        ByteBuffer message = ByteBuffer.allocateDirect(24).order(ByteOrder.LITTLE_ENDIAN);
        message.putShort((short) type).putShort((short) 0).putInt(id).putLong(a).putLong(b).flip();
        int[] numbers = new int[fds.length];
        for (int i = 0; i < fds.length; i++) {
            numbers[i] = fds[i].value();
        }
        Sockets.sendmsg(socket, message, numbers);
    }

    Answer receive() {
        ByteBuffer in = ByteBuffer.allocateDirect(65536).order(ByteOrder.LITTLE_ENDIAN);
        Sockets.Received received = Sockets.recvmsg(socket, in);
        in.flip();
        if (received.length() == 0) {
            return new Answer(Answer.Type.END, 0, 0, 0, in, List.of());
        }
        int type = in.getShort(0);
        return new Answer(Answer.Type.values()[type - 16], in.getInt(4), in.getLong(8), in.getLong(16),
                in.position(24).slice().order(ByteOrder.LITTLE_ENDIAN), received.fds());
    }

    static Fd sealed(ByteBuffer bytes) {
        Fd memfd = Processes.memfdCreate("plan", SEALABLE);
        FileCalls.writeAll(memfd, bytes);
        Processes.seal(memfd);
        return memfd;
    }

    /** Sends the plan; closes nothing that was given. */
    int launch(LaunchPlan plan, Fd... fds) {
        Fd[] all = new Fd[fds.length + 1];
        System.arraycopy(fds, 0, all, 1, fds.length);
        try (Fd memfd = sealed(plan.encode())) {
            all[0] = memfd;
            send(LAUNCH, ++lastId, 0, 0, all);
        }
        return lastId;
    }

    /** All answers up to the launch's GONE (or REFUSED, or the guard's end). */
    List<Answer> untilGone(int id) {
        List<Answer> all = new ArrayList<>();
        Answer next;
        do {
            next = receive();
            next.fds().forEach(Fd::close);
            all.add(next);
        } while (next.type() != Answer.Type.END && !(next.id() == id && (next.type() == Answer.Type.GONE || next.type() == Answer.Type.REFUSED)));
        return all;
    }

    List<Answer> run(LaunchPlan plan, Fd... fds) {
        return untilGone(launch(plan, fds));
    }

    static List<Answer.Type> types(List<Answer> answers) {
        return answers.stream().map(Answer::type).toList();
    }

    static String drain(Fd pipe) {
        ByteBuffer all = ByteBuffer.allocate(1 << 20);
        while (FileCalls.read(pipe, all) > 0) {
            // on to the end
        }
        return new String(all.array(), 0, all.position(), java.nio.charset.StandardCharsets.UTF_8);
    }

    int descriptors() {
        try (var list = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return (int) list.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static Fd path(String path) {
        return FileCalls.open(path, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
    }

    static Pipes.Pipe pipe() {
        return Pipes.pipe2(Fcntl.O_CLOEXEC);
    }

    /** Waits for the guard's own end. */
    void await() {
        if (!waited) {
            Processes.waitid(pidfd, Processes.WEXITED | WALL);
            waited = true;
        }
    }

    @Override
    public void close() {
        socket.close();
        await();
        pidfd.close();
    }
}
