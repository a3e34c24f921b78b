package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.Worker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The worker's program, started by root for the host's user nobody, who is root in it. Its first two answers are read. */
public record NobodysWorker(Fd socket, Fd pidfd, int pid) implements AutoCloseable {
    static final int BYTES = 81_920;

    public static NobodysWorker start() throws IOException {
        Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        try (Fd theirs = pair.second(); Fd program = GuardBinary.open(); Fd jvm = Processes.pidfdOpen(Processes.getpid())) {
            int pid = Processes.posixSpawn("/proc/self/fd/" + program.value(), List.of("caisson-guard", "work"), List.of(), Map.of(3, theirs, 4, jvm));
            NobodysWorker started = new NobodysWorker(pair.first(), Processes.pidfdOpen(pid), pid);
            assertEquals(0, started.answer());
            Files.writeString(Path.of("/proc/" + pid + "/setgroups"), "deny");
            Files.writeString(Path.of("/proc/" + pid + "/uid_map"), "0 65534 1\n");
            Files.writeString(Path.of("/proc/" + pid + "/gid_map"), "0 65534 1\n");
            Sockets.sendmsg(pair.first(), ByteBuffer.wrap(new byte[1]));
            assertEquals(0, started.answer());
            return started;
        }
    }

    long answer() {
        ByteBuffer in = ByteBuffer.allocateDirect(8 + BYTES).order(ByteOrder.nativeOrder());
        Sockets.Received received = Sockets.recvmsg(socket, in);
        received.fds().forEach(Fd::close);
        assertTrue(received.length() >= 8, "it lives");
        return in.getLong(0);
    }

    /** The Java side of it, which closes a copy of the socket. */
    public Worker worker() {
        return new Worker(socket.dup(), () -> {
            throw new IllegalStateException("it lives");
        }, new Worker.Users("users 0 alone and groups 0 alone", "", ""));
    }

    @Override
    public void close() {
        socket.close();
        Processes.waitid(pidfd, 4 | 0x40000000);
        pidfd.close();
    }
}
