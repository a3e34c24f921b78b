package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a call whose worker dies before, with and after it; each worker here is a thread that does nothing but answer. */
@Timeout(60)
class WorkerDeathTest {
    private enum End { DEAD, ANSWERS, DIES_WITH_THE_CALL, DIES_BEFORE_READING }

    private final List<Integer> read = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<End> later = new ArrayDeque<>();
    private int started;
    private Worker worker;

    private Worker workers(End... ends) {
        later.addAll(List.of(ends));
        worker = new Worker(next(), this::next, new Worker.Users("", "", ""));
        return worker;
    }

    @AfterEach
    void end() throws InterruptedException {
        if (worker != null) {
            worker.close();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private Fd next() {
        assertFalse(Worker.present(), "who starts one makes his own calls");
        assertFalse(later.isEmpty(), "no more than needed");
        started++;
        Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        End end = later.remove();
        if (end == End.DEAD) {
            pair.second().close();
            return pair.first();
        }
        Thread thread = new Thread(() -> serve(pair.second(), end));
        threads.add(thread);
        thread.start();
        return pair.first();
    }

    private void serve(Fd socket, End end) {
        try (socket; Epoll epoll = Epoll.create(1)) {
            epoll.add(socket, Epoll.EPOLLIN, 0);
            epoll.await(-1);
            while (end != End.DIES_BEFORE_READING) {
                ByteBuffer call = ByteBuffer.allocateDirect(8192).order(ByteOrder.nativeOrder());
                Sockets.Received received = Sockets.recvmsg(socket, call);
                received.fds().forEach(Fd::close);
                if (received.length() == 0) {
                    return;
                }
                synchronized (read) {
                    read.add(call.getInt(0));
                }
                if (end == End.DIES_WITH_THE_CALL) {
                    return;
                }
                Sockets.sendmsg(socket, ByteBuffer.allocateDirect(8));
            }
        }
    }

    private void makes(Runnable call) {
        worker.inside(() -> {
            call.run();
            return true;
        });
    }

    private static void mkdir() {
        FileCalls.mkdirat(Fd.CWD, "made", 0700);
    }

    private static void look() {
        FileCalls.fchmodat2(Fd.CWD, "there", 0700, 0);
    }

        @Test
    void oneThatWasDeadBeforeHasMadeNothing() {
        workers(End.DEAD, End.ANSWERS);
        makes(WorkerDeathTest::mkdir);
        assertEquals(2, started);
        assertEquals(List.of(Nr.MKDIRAT), read);
    }

    /** It is the socket that says so: no call is lost that nobody has read. */
    @Test
    void oneThatDiesBeforeItReadsHasMadeNothing() {
        workers(End.DIES_BEFORE_READING, End.DIES_BEFORE_READING, End.ANSWERS);
        makes(WorkerDeathTest::mkdir);
        assertEquals(List.of(Nr.MKDIRAT), read, "once");
        assertEquals(3, started);
    }

    /** What may have been made is not made again. */
    @Test
    void oneThatDiesWithTheCallMayHaveMadeIt() {
        workers(End.DIES_WITH_THE_CALL, End.ANSWERS);
        SyscallException lost = assertThrows(SyscallException.class, () -> makes(WorkerDeathTest::mkdir));
        assertTrue(lost.call().equals("worker") && lost.getMessage().contains("may have been made"), lost::toString);
        assertEquals(List.of(Nr.MKDIRAT), read);
        makes(WorkerDeathTest::mkdir);
        assertEquals(List.of(Nr.MKDIRAT, Nr.MKDIRAT), read, "the caller may");
    }

    @Test
    void whatComesToTheSameIsMadeAgain() {
        workers(End.DIES_WITH_THE_CALL, End.ANSWERS);
        makes(WorkerDeathTest::look);
        assertEquals(List.of(Nr.FCHMODAT2, Nr.FCHMODAT2), read);
    }

    /** To be gone is what is asked for. */
    @Test
    void aRemovalIsMadeAgain() {
        workers(End.DIES_WITH_THE_CALL, End.ANSWERS);
        makes(() -> FileCalls.unlinkatIfPresent(Fd.CWD, "gone", 0));
        assertEquals(List.of(Nr.UNLINKAT, Nr.UNLINKAT), read);
    }

    @Test
    void somethingThatKillsThemAllIsNotFedForEver() {
        workers(End.DIES_WITH_THE_CALL, End.DIES_WITH_THE_CALL, End.DIES_WITH_THE_CALL, End.DIES_WITH_THE_CALL, End.DIES_WITH_THE_CALL);
        SyscallException lost = assertThrows(SyscallException.class, () -> makes(WorkerDeathTest::look));
        assertTrue(lost.getMessage().contains("4 others"), lost::toString);
        worker.close();
        SyscallException closed = assertThrows(SyscallException.class, () -> makes(WorkerDeathTest::look));
        assertTrue(closed.getMessage().contains("closed"), closed::toString);
    }

    /** A call that opens something new must not be made twice, one that opens what is there may; the flags decide. */
    @Test
    void openingIsRepeatedUnlessItMakesSomething() {
        String file = "file";
        workers(End.DIES_WITH_THE_CALL, End.DIES_WITH_THE_CALL, End.ANSWERS);
        assertThrows(SyscallException.class, () -> makes(() -> FileCalls.openat(Fd.CWD, file, Fcntl.O_CREAT | Fcntl.O_WRONLY, 0600)));
        SyscallException none = assertThrows(SyscallException.class, () -> makes(() -> FileCalls.openat2(Fd.CWD, file, Fcntl.O_RDONLY, 0, 0)));
        assertTrue(none.is(Errno.EMFILE), "these workers have no descriptor to give: " + none);
        assertEquals(List.of(Nr.OPENAT, Nr.OPENAT2, Nr.OPENAT2), read);
    }
}
