package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class EventsTest {
    @Test
    void epollTellsWhichDescriptorIsReady() {
        try (Epoll epoll = Epoll.create(4); EventFd wake = EventFd.create(); Pipes.Pipe pipe = Pipes.pipe2(0)) {
            epoll.add(wake.fd(), Epoll.EPOLLIN, 0x1234567890abcdefL);
            epoll.add(pipe.read(), Epoll.EPOLLIN, 2);
            assertEquals(0, epoll.await(0));
            wake.signal();
            wake.signal();
            assertEquals(1, epoll.await(-1));
            assertEquals(0x1234567890abcdefL, epoll.data(0));
            assertEquals(Epoll.EPOLLIN, epoll.events(0));
            assertEquals(2, wake.drain());
            assertEquals(0, wake.drain());
            FileCalls.write(pipe.write(), ByteBuffer.wrap(new byte[3]));
            wake.signal();
            assertEquals(2, epoll.await(-1));
            assertTrue(epoll.data(0) == 2 || epoll.data(1) == 2);
            epoll.remove(pipe.read());
            epoll.modify(wake.fd(), 0, 9);
            assertEquals(0, epoll.await(1));
        }
    }

    @Test
    void pipesAreSizedSplicedAndTeed() {
        try (Pipes.Pipe one = Pipes.pipe2(0); Pipes.Pipe two = Pipes.pipe2(0)) {
            assertEquals(16384, Pipes.setSize(one.write(), 10000));
            assertEquals(16384, Pipes.size(one.read()));
            FileCalls.writeAll(one.write(), ByteBuffer.allocateDirect(5));
            assertEquals(5, Pipes.tee(one.read(), two.write(), 100, 0));
            assertEquals(5, Pipes.available(one.read()));
            assertEquals(5, Pipes.splice(one.read(), two.write(), 100, 0));
            assertEquals(10, Pipes.available(two.read()));
            Pipes.nonBlocking(one.read(), true);
            SyscallException e = org.junit.jupiter.api.Assertions.assertThrows(
                    SyscallException.class, () -> FileCalls.read(one.read(), ByteBuffer.allocate(1)));
            assertEquals(Errno.EAGAIN, e.errno());
            assertTrue(e.getMessage().startsWith("read(fd "), e.getMessage());
        }
    }
}
