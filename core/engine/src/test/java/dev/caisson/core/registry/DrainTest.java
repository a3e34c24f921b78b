package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies of answers: a large one is given to its reader by the threads that bring it. */
@Timeout(30)
class DrainTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(200);

    /** What the HTTP client does, by hand. */
    private static final class Source implements Flow.Publisher<List<ByteBuffer>>, Flow.Subscription {
        private final AtomicInteger asked = new AtomicInteger();
        private volatile boolean cancelled;
        private Flow.Subscriber<? super List<ByteBuffer>> to;

        @Override
        public void subscribe(Flow.Subscriber<? super List<ByteBuffer>> subscriber) {
            to = subscriber;
            subscriber.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            asked.addAndGet((int) n);
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        void send(String... buffers) {
            to.onNext(List.of(buffers).stream().map(b -> ByteBuffer.wrap(b.getBytes(StandardCharsets.US_ASCII))).toList());
        }
    }

    private final Source source = new Source();
    private final StringBuffer read = new StringBuffer();
    private final List<Thread> started = Collections.synchronizedList(new ArrayList<>());

    private void read(List<ByteBuffer> batch) {
        batch.forEach(b -> read.append(StandardCharsets.US_ASCII.decode(b)));
    }

    private void beside(Runnable work) {
        Thread thread = new Thread(work);
        started.add(thread);
        thread.start();
    }

    @AfterEach
    void ended() throws InterruptedException {
        for (Thread thread : started) {
            thread.join();
        }
    }

    @Test
    void whatCameBeforeAndWhatComesAfterIsGivenInItsOrder() throws Exception {
        TimedBody body = new TimedBody(source, LONG);
        source.send("a", "b");
        source.send("c");
        CountDownLatch first = new CountDownLatch(1);
        beside(() -> {
            await(first);
            for (char c = 'd'; c <= 'z'; c++) {
                source.send("", String.valueOf(c));
            }
            source.to.onComplete();
        });
        body.drain(batch -> {
            read(batch);
            first.countDown();
        });
        assertEquals("abcdefghijklmnopqrstuvwxyz", read.toString());
        assertEquals(32 + 16, source.asked.get(), "32 batches at first, and 16 more for each 16 that were read");
    }

    @Test
    void oneThatEndedBefore() throws Exception {
        TimedBody body = new TimedBody(source, LONG);
        source.send("all");
        source.to.onComplete();
        body.drain(this::read);
        assertEquals("all", read.toString());
    }

    @Test
    void aConnectionThatBreaks() {
        TimedBody body = new TimedBody(source, LONG);
        source.send("some");
        // A RuntimeException of the client's is a failure of the connection, too.
        RuntimeException cut = new IllegalStateException("cut");
        beside(() -> source.to.onError(cut));
        IOException e = assertThrows(IOException.class, () -> body.drain(this::read));
        assertEquals("cut", e.getMessage());
        assertSame(cut, e.getCause());
        assertEquals("some", read.toString());
    }

    @Test
    void aReaderThatFailsIsGivenNothingMore() {
        TimedBody body = new TimedBody(source, LONG);
        RuntimeException full = new IllegalStateException("the disk is full");
        beside(() -> {
            source.send("one");
            source.send("two");
        });
        assertSame(full, assertThrows(IllegalStateException.class, () -> body.drain(batch -> {
            read(batch);
            throw full;
        })));
        source.send("three");
        assertEquals("one", read.toString());
        assertTrue(source.cancelled);
    }

    @Test
    void nothingComes() {
        TimedBody body = new TimedBody(source, SHORT);
        source.send("x".repeat(Drain.FLOOR));
        HttpTimeoutException e = assertThrows(HttpTimeoutException.class, () -> body.drain(this::read));
        assertTrue(e.getMessage().startsWith("nothing came for"), e.getMessage());
        assertEquals(Drain.FLOOR, read.length());
        assertTrue(source.cancelled);
    }

    @Test
    void nextToNothingComes() {
        TimedBody body = new TimedBody(source, SHORT);
        source.send("x".repeat(Drain.FLOOR)); // enough for the first while
        beside(() -> {
            while (!source.cancelled) {
                source.send(".");
                sleep(10);
            }
        });
        HttpTimeoutException e = assertThrows(HttpTimeoutException.class, () -> body.drain(this::read));
        assertTrue(e.getMessage().startsWith("only "), e.getMessage());
    }

    @Test
    void enoughComesSlowly() throws Exception {
        TimedBody body = new TimedBody(source, SHORT);
        beside(() -> {
            for (int i = 0; i < 50; i++) {
                source.send("x".repeat(Drain.FLOOR));
                sleep(20);
            }
            source.to.onComplete();
        });
        body.drain(this::read);
        assertEquals(50 * Drain.FLOOR, read.length());
    }

    @Test
    void whatTheReaderDoesIsNoWaiting() throws Exception {
        TimedBody body = new TimedBody(source, SHORT);
        beside(() -> {
            source.send("one");
            source.send("two");
            source.to.onComplete();
        });
        body.drain(batch -> {
            sleep(3 * SHORT.toMillis());
            read(batch);
        });
        assertEquals("onetwo", read.toString());
    }

    @Test
    void whoGivesUpWaitsForTheReader() throws Exception {
        TimedBody body = new TimedBody(source, LONG);
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch on = new CountDownLatch(1);
        CompletableFuture<String> seen = new CompletableFuture<>();
        Thread waiter = new Thread(() -> {
            try {
                body.drain(batch -> {
                    reading.countDown();
                    await(on);
                    read(batch);
                });
                seen.complete("ended");
            } catch (InterruptedIOException e) {
                seen.complete(read + (Thread.currentThread().isInterrupted() ? ", interrupted" : ""));
            } catch (IOException e) {
                seen.completeExceptionally(e);
            }
        });
        started.add(waiter);
        waiter.start();
        while (waiter.getState() != Thread.State.TIMED_WAITING) { // what comes before that, it is given by its own thread
            Thread.onSpinWait();
        }
        beside(() -> source.send("one"));
        reading.await();
        waiter.interrupt();
        while (!seen.isDone() && waiter.getState() != Thread.State.WAITING) { // TIMED_WAITING before it is interrupted
            Thread.onSpinWait();
        }
        assertFalse(seen.isDone());
        on.countDown();
        assertEquals("one, interrupted", seen.get());
        source.send("two");
        assertEquals("one", read.toString());
    }

    @Test
    void aDocumentIsAllOfItOrItsBeginning() throws Exception {
        TimedBody body = new TimedBody(source, LONG);
        source.send("ab", "cd");
        beside(() -> {
            source.send("ef");
            source.to.onComplete();
        });
        assertEquals("abcdef", new String(body.document(100), StandardCharsets.US_ASCII));
        TimedBody longer = new TimedBody(source, LONG);
        source.send("ab", "cd");
        assertEquals("abc", new String(longer.document(3), StandardCharsets.US_ASCII));
    }

    @Test
    void aDocumentThatBreaksOrDoesNotCome() {
        TimedBody broken = new TimedBody(source, LONG);
        source.send("ab");
        source.to.onError(new IOException("cut"));
        assertEquals("cut", assertThrows(IOException.class, () -> broken.document(100)).getMessage());
        TimedBody slow = new TimedBody(source, SHORT);
        beside(() -> {
            while (!source.cancelled) {
                source.send("x".repeat(Drain.FLOOR)); // however much that is, it has an end to come to
                sleep(10);
            }
        });
        assertTrue(assertThrows(HttpTimeoutException.class, () -> slow.document(Integer.MAX_VALUE)).getMessage().startsWith("not all came within"));
        assertTrue(source.cancelled);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
