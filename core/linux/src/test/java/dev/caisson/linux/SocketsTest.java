package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SocketsTest {
    @Test
    void descriptorsTravelWithAMessage() {
        try (Pair pair = new Pair(); Fd zero = FileCalls.open("/dev/zero", Fcntl.O_RDONLY, 0)) {
            int[] fds = new int[Sockets.MAX_DESCRIPTORS];
            java.util.Arrays.fill(fds, zero.value());
            int before = Descriptors.count();
            Sockets.sendmsg(pair.a(), bytes("plan"), fds);
            ByteBuffer into = ByteBuffer.allocateDirect(100);
            Sockets.Received received = Sockets.recvmsg(pair.b(), into);
            assertEquals(4, received.length());
            assertEquals(4, into.position());
            assertFalse(received.truncated());
            assertEquals(fds.length, received.fds().size());
            for (Fd fd : received.fds()) {
                assertEquals(5, FileCalls.fstat(fd).rdevMinor());
                assertEquals(1, Kernel.fd("fcntl", Nr.FCNTL, fd, 1, 0, 0, 0, 0), "FD_CLOEXEC");
                fd.close();
            }
            assertEquals(before, Descriptors.count());
            assertThrows(IllegalArgumentException.class, () -> Sockets.sendmsg(pair.a(), bytes("x"), new int[254]));
        }
    }

    @Test
    void aTruncatedMessageSaysSoAndItsDescriptorsAreOwned() {
        try (Pair pair = new Pair(); Fd zero = FileCalls.open("/dev/zero", Fcntl.O_RDONLY, 0)) {
            int before = Descriptors.count();
            Sockets.sendmsg(pair.a(), bytes("0123456789"), new int[] {zero.value(), zero.value()});
            ByteBuffer into = ByteBuffer.allocate(4);
            Sockets.Received received = Sockets.recvmsg(pair.b(), into);
            assertTrue(received.truncated());
            assertEquals(4, received.length());
            assertEquals("0123", new String(into.array(), StandardCharsets.UTF_8));
            assertEquals(2, received.fds().size());
            received.fds().forEach(Fd::close);
            assertEquals(before, Descriptors.count());
        }
    }

    @Test
    void boundariesAreKeptAndTheEndIsLengthZero() {
        try (Pair pair = new Pair()) {
            ByteBuffer two = bytes("-ab");
            two.position(1);
            assertEquals(2, Sockets.sendmsg(pair.a(), two));
            assertFalse(two.hasRemaining());
            Sockets.sendmsg(pair.a(), bytes("c"));
            ByteBuffer into = ByteBuffer.allocate(10);
            into.put((byte) 'x');
            assertEquals(2, Sockets.recvmsg(pair.b(), into).length());
            assertEquals(1, Sockets.recvmsg(pair.b(), into).length());
            assertEquals("xabc", new String(into.array(), 0, into.position(), StandardCharsets.UTF_8));
            assertEquals(Errno.EAGAIN,
                    assertThrows(SyscallException.class, () -> Sockets.recvmsgNow(pair.b(), into)).errno());
            pair.a().close();
            assertEquals(0, Sockets.recvmsg(pair.b(), into).length());
            assertEquals(Errno.EPIPE,
                    assertThrows(SyscallException.class, () -> Sockets.sendmsg(pair.b(), bytes("x"))).errno());
        }
    }

    @Test
    void peerIsKnown() {
        try (Pair pair = new Pair()) {
            assertEquals(
                    new Sockets.Credentials(Processes.getpid(), Processes.geteuid(), Processes.getegid()),
                    Sockets.peerCredentials(pair.a()));
            Sockets.setsockopt(pair.a(), Sockets.SOL_SOCKET, Sockets.SO_SNDBUF, 65536);
            assertEquals(131072, Sockets.getsockopt(pair.a(), Sockets.SOL_SOCKET, Sockets.SO_SNDBUF));
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private record Pair(Fd a, Fd b) implements AutoCloseable {
        Pair() {
            this(Sockets.socketpair(Sockets.SOCK_SEQPACKET));
        }

        private Pair(Sockets.Pair pair) {
            this(pair.first(), pair.second());
        }

        @Override
        public void close() {
            a.close();
            b.close();
        }
    }
}
