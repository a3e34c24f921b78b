package dev.caisson.core.poll;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Epoll;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class PollerTest {
    private final Poller poller = new Poller("test-poller");

    @AfterEach
    void end() {
        poller.close();
    }

    private void settle() throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        poller.execute(() -> done.complete(null));
        done.get(30, TimeUnit.SECONDS);
    }

    @Test
    void tasksRunOnItsThreadInOrder() throws Exception {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean elsewhere = new AtomicBoolean();
        IntStream.range(0, 1000).forEach(i -> poller.execute(() -> {
            order.add(i);
            elsewhere.compareAndSet(false, !poller.isPollerThread());
        }));
        settle();
        assertEquals(IntStream.range(0, 1000).boxed().toList(), order);
        assertFalse(elsewhere.get() || poller.isPollerThread());
    }

    @Test
    void timersFireInTheOrderOfTheirTimeAndNotEarly() throws Exception {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch all = new CountDownLatch(3);
        long from = System.nanoTime();
        AtomicReference<Duration> took = new AtomicReference<>();
        poller.schedule(Duration.ofSeconds(2), () -> { // as long as whoever sets the next ones may be kept from it
            took.set(Duration.ofNanos(System.nanoTime() - from));
            order.add("third");
            all.countDown();
        });
        poller.schedule(Duration.ofMillis(300), () -> {
            order.add("second");
            all.countDown();
        });
        poller.schedule(Duration.ofSeconds(-5), () -> {
            order.add("first");
            all.countDown();
        });
        assertTrue(all.await(30, TimeUnit.SECONDS));
        assertEquals(List.of("first", "second", "third"), order);
        assertTrue(took.get().compareTo(Duration.ofSeconds(2)) >= 0, () -> "fired after " + took);
    }

    @Test
    void aTimerMayBeCalledOff() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        Timers.Timer off = poller.schedule(Duration.ofSeconds(3), ran::incrementAndGet);
        Timers.Timer never = poller.schedule(Duration.ofSeconds(Long.MAX_VALUE), ran::incrementAndGet);
        CompletableFuture<Void> later = new CompletableFuture<>();
        Timers.Timer on = poller.schedule(Duration.ofMillis(3100), () -> later.complete(null));
        assertTrue(off.cancel());
        assertFalse(off.cancel());
        later.get(30, TimeUnit.SECONDS);
        settle();
        assertEquals(0, ran.get());
        assertFalse(on.cancel(), "it ran already");
        assertTrue(never.cancel());
    }

    @Test
    void aTimerSetByATimerFires() throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        poller.schedule(Duration.ofMillis(1), () -> poller.schedule(Duration.ofMillis(1), () -> done.complete(null)));
        done.get(30, TimeUnit.SECONDS);
    }

    @Test
    void whateverAHandlerThrowsTheThreadGoesOn() throws Exception {
        CountDownLatch thrown = new CountDownLatch(3);
        try (Pipes.Pipe pipe = Pipes.pipe2(0)) {
            FileCalls.writeAll(pipe.write(), ByteBuffer.wrap(new byte[] {1}));
            AtomicReference<Poller.Watch> watch = new AtomicReference<>();
            poller.execute(() -> watch.set(poller.watch(pipe.read(), Epoll.EPOLLIN, events -> {
                watch.get().close();
                thrown.countDown();
                throw new IllegalStateException("expected: thrown by a handler");
            })));
            poller.execute(() -> {
                thrown.countDown();
                throw new StackOverflowError("expected: thrown by a task");
            });
            poller.schedule(Duration.ZERO, () -> {
                thrown.countDown();
                throw new AssertionError("expected: thrown by a timer");
            });
            assertTrue(thrown.await(30, TimeUnit.SECONDS));
            settle();
        }
    }

    @Test
    void aDescriptorIsWatchedUntilItIsNot() throws Exception {
        try (Pipes.Pipe pipe = Pipes.pipe2(0)) {
            CountDownLatch twice = new CountDownLatch(2);
            AtomicInteger calls = new AtomicInteger();
            Poller.Watch watch = poller.watch(pipe.read(), Epoll.EPOLLIN, events -> {
                assertEquals(Epoll.EPOLLIN, events);
                calls.incrementAndGet();
                twice.countDown();
            });
            FileCalls.writeAll(pipe.write(), ByteBuffer.wrap(new byte[] {1}));
            assertTrue(twice.await(30, TimeUnit.SECONDS), "level triggered: it is told again while there is something to read");
            watch.events(0);
            settle();
            int before = calls.get();
            Thread.sleep(20);
            assertEquals(before, calls.get(), "nothing is waited for");
            watch.events(Epoll.EPOLLIN);
            while (calls.get() == before) {
                Thread.sleep(1);
            }
            watch.close();
            watch.close();
            watch.events(Epoll.EPOLLIN);
            settle();
            int last = calls.get();
            Thread.sleep(20);
            assertEquals(last, calls.get());
        }
    }

    @Test
    void closedFromItsOwnThread() throws Exception {
        Poller other = new Poller("test-poller-2");
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        other.execute(() -> {
            other.close();
            thread.complete(Thread.currentThread());
        });
        thread.get(30, TimeUnit.SECONDS).join(30_000);
        assertFalse(thread.get().isAlive());
        other.close();
    }

    @Test
    void afterTheEndNothingRunsAndNothingFails() {
        poller.close();
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            assertDoesNotThrow(() -> poller.execute(ran::incrementAndGet));
            assertDoesNotThrow(() -> poller.schedule(Duration.ZERO, ran::incrementAndGet));
        }
        assertDoesNotThrow(poller::close);
        assertEquals(0, ran.get());
    }

    @Test
    void closedByManyAtOnce() throws Exception {
        List<Thread> closers = IntStream.range(0, 8).mapToObj(i -> new Thread(poller::close)).toList();
        AtomicInteger failed = new AtomicInteger();
        closers.forEach(t -> t.setUncaughtExceptionHandler((thread, e) -> failed.incrementAndGet()));
        closers.forEach(Thread::start);
        for (Thread closer : closers) {
            closer.join(30_000);
            assertFalse(closer.isAlive());
        }
        assertEquals(0, failed.get());
    }

    /** Reads a byte a call, and says which thread did. */
    private static Poller.Handler reader(Pipes.Pipe pipe, List<Thread> heard) {
        return events -> {
            if (Pipes.available(pipe.read()) > 0) {
                FileCalls.read(pipe.read(), ByteBuffer.allocateDirect(1));
                heard.add(Thread.currentThread());
            }
        };
    }

    private static void write(Pipes.Pipe pipe) {
        FileCalls.write(pipe.write(), ByteBuffer.allocateDirect(1));
    }

    @Test
    void whoAttendsToADescriptorRunsItsHandlerUntilHeNeedsNoMore() throws Exception {
        List<Thread> heard = Collections.synchronizedList(new ArrayList<>());
        try (Pipes.Pipe pipe = Pipes.pipe2(0); Poller.Watch watch = poller.watch(pipe.read(), Epoll.EPOLLIN, reader(pipe, heard))) {
            write(pipe);
            write(pipe);
            watch.attend(() -> heard.size() >= 2, TimeUnit.SECONDS.toNanos(30)); // the thread may have had the first
            assertEquals(2, heard.size());
            CountDownLatch attending = new CountDownLatch(2); // he asks before he begins, and once he has begun
            Thread later = new Thread(() -> {
                assertDoesNotThrow(() -> attending.await());
                write(pipe);
            });
            later.start();
            watch.attend(() -> {
                attending.countDown();
                return heard.size() >= 3;
            }, TimeUnit.SECONDS.toNanos(30));
            later.join();
            assertEquals(Thread.currentThread(), heard.get(2), "the caller himself");
            write(pipe);
            while (heard.size() < 4) {
                Thread.onSpinWait(); // the time-out of the class ends this
            }
            assertTrue(heard.get(3) != Thread.currentThread(), "afterwards the poller's thread again");
        }
    }

    @Test
    void whileSomebodyAttendsOthersAreServedAndASecondOneIsNot() throws Exception {
        List<Thread> heard = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean over = new AtomicBoolean();
        try (Pipes.Pipe pipe = Pipes.pipe2(0); Poller.Watch watch = poller.watch(pipe.read(), Epoll.EPOLLIN, reader(pipe, heard))) {
            CountDownLatch attending = new CountDownLatch(2); // he asks before he begins, and once he has begun
            Thread first = new Thread(() -> watch.attend(() -> {
                attending.countDown();
                return over.get();
            }, TimeUnit.SECONDS.toNanos(30)));
            first.start();
            assertTrue(attending.await(30, TimeUnit.SECONDS));
            settle(); // the poller's thread
            watch.attend(over::get, TimeUnit.HOURS.toNanos(1)); // returns at once: the class's time-out says if not
            write(pipe);
            while (heard.isEmpty()) {
                Thread.onSpinWait(); // the time-out of the class ends this
            }
            over.set(true); // he may be about to ask, and then leaves the second byte to the poller's thread
            write(pipe);
            first.join(30_000);
            assertFalse(first.isAlive());
            assertEquals(first, heard.get(0));
        }
    }

    @Test
    void aWatchMayBeClosedWhileSomebodyAttends() throws Exception {
        Pipes.Pipe pipe = Pipes.pipe2(0);
        Poller.Watch watch = poller.watch(pipe.read(), Epoll.EPOLLIN, events -> { });
        CountDownLatch attending = new CountDownLatch(2);
        Thread first = new Thread(() -> watch.attend(() -> {
            attending.countDown();
            return false;
        }, TimeUnit.HOURS.toNanos(1)));
        first.start();
        assertTrue(attending.await(30, TimeUnit.SECONDS));
        CompletableFuture.runAsync(watch::close, poller::execute).get(30, TimeUnit.SECONDS); // with whatever it throws
        pipe.close();
        first.join(30_000);
        assertFalse(first.isAlive());
        settle();
    }
}
