package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FdTest {
    @Test
    void secondCloseLeavesAReusedNumberAlone() {
        List<Fd> taken = new ArrayList<>();
        Fd first;
        Fd reused;
        int number;
        do { // another thread of the JVM may have taken the number: then with another one
            assertTrue(taken.size() < 1000, "no number comes again");
            first = FileCalls.open("/dev/null", Fcntl.O_RDONLY, 0);
            number = first.value();
            first.close();
            reused = FileCalls.open("/dev/zero", Fcntl.O_RDONLY, 0); // the kernel gives out the lowest free number
            taken.add(reused);
        } while (reused.value() != number);
        first.close();
        first.close();
        assertEquals(1, FileCalls.fstat(reused).rdevMajor());
        Fd closed = first;
        assertThrows(IllegalStateException.class, closed::value);
        assertThrows(IllegalStateException.class, () -> FileCalls.fsync(closed));
        assertThrows(IllegalStateException.class, closed::release);
        taken.forEach(Fd::close);
    }

    @Test
    void oneOfManyClosersCloses() throws Exception {
        for (int round = 0; round < 50; round++) {
            Fd fd = FileCalls.open("/dev/null", Fcntl.O_RDONLY, 0);
            CountDownLatch go = new CountDownLatch(1);
            AtomicInteger failures = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(new Thread(() -> {
                    try {
                        go.await();
                        fd.close();
                    } catch (InterruptedException | SyscallException e) {
                        failures.incrementAndGet();
                    }
                }));
            }
            threads.forEach(Thread::start);
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            // A second close(2) of the number would be EBADF, or worse.
            assertEquals(0, failures.get());
        }
    }

    @Test
    void closeTellsThatSomeoneElseClosedIt() {
        Fd fd = FileCalls.open("/dev/null", Fcntl.O_RDONLY, 0);
        Fd thief = Fd.adopt(fd.value());
        thief.close();
        SyscallException e = assertThrows(SyscallException.class, fd::close);
        assertEquals(Errno.EBADF, e.errno());
    }

    @Test
    void duplicateIsIndependentAndCloseOnExec() {
        try (Fd fd = FileCalls.open("/dev/null", Fcntl.O_RDONLY, 0)) {
            Fd copy = fd.dup();
            assertNotEquals(fd.value(), copy.value());
            assertTrue(copy.value() > 2);
            assertEquals(1, Kernel.fd("fcntl", Nr.FCNTL, copy, 1, 0, 0, 0, 0), "F_GETFD: FD_CLOEXEC");
            assertEquals(1, Kernel.fd("fcntl", Nr.FCNTL, fd, 1, 0, 0, 0, 0), "F_GETFD: FD_CLOEXEC");
            copy.close();
            assertTrue(fd.isOpen());
            FileCalls.fstat(fd);
        }
    }

    @Test
    void releaseGivesUpOwnership() {
        Fd fd = FileCalls.open("/dev/null", Fcntl.O_RDONLY, 0);
        Fd other = Fd.adopt(fd.release());
        fd.close();
        assertFalse(fd.isOpen());
        FileCalls.fstat(other);
        other.close();
    }

    @Test
    void workingDirectoryIsNeverClosed() {
        Fd.CWD.close();
        assertTrue(Fd.CWD.isOpen());
        assertThrows(IllegalStateException.class, Fd.CWD::release);
        assertThrows(IllegalArgumentException.class, () -> Fd.adopt(-1));
    }
}
