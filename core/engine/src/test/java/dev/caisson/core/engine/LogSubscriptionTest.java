package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.LogLine;
import dev.caisson.LogQuery;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One who reads lines: what was kept, then what comes, as he asks for it; never more, never twice. */
class LogSubscriptionTest {
    private static LogEntry entry(int number) {
        return new LogEntry(ByteBuffer.wrap(("line " + number).getBytes(StandardCharsets.UTF_8)), LogEntry.Stream.STDOUT, number, 0, null);
    }

    private static List<String> lines(int count) {
        return IntStream.range(0, count).mapToObj(i -> "line " + i).toList();
    }

    /** So many lines, once. */
    private static final class Kept implements LogReader.Snapshot {
        private final int count;
        private final AtomicInteger closed = new AtomicInteger();

        Kept(int count) {
            this.count = count;
        }

        @Override
        public void read(int tail, @Nullable Instant since, @Nullable Instant until, Consumer<LogEntry> sink) {
            IntStream.range(0, count).forEach(i -> sink.accept(entry(i)));
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    private static final class Reader implements Flow.Subscriber<LogLine> {
        private final List<String> lines = new ArrayList<>();
        private final CompletableFuture<Void> over = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            // the tests ask
        }

        @Override
        public synchronized void onNext(LogLine line) {
            lines.add(line.text());
        }

        @Override
        public void onError(Throwable failure) {
            over.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            over.complete(null);
        }

        synchronized List<String> seen() {
            return List.copyOf(lines);
        }
    }

    private final Reader reader = new Reader();
    private final AtomicInteger left = new AtomicInteger();
    private final LogSubscription subscription = new LogSubscription(LogQuery.all().following(), reader, task -> new Thread(task).start(), s -> left.incrementAndGet());

    @Property(tries = 300)
    void everyLineOnceAndNoMoreThanAskedFor(@ForAll @IntRange(max = 30) int kept, @ForAll @IntRange(max = 30) int before, @ForAll @IntRange(max = 30) int after,
            @ForAll @Size(max = 30) List<@IntRange(min = 1, max = 9) Integer> asks) throws Exception {
        Reader to = new Reader();
        LogSubscription one = new LogSubscription(LogQuery.all().following(), to, task -> new Thread(task).start(), s -> { });
        int total = kept + before + after;
        Thread container = new Thread(() -> {
            IntStream.range(kept, kept + before).forEach(i -> one.line(entry(i))); // told before it was looked at what is kept: joined, and late to begin
            one.begin(new LogStream.Kept(new Kept(kept), List.of()));
            IntStream.range(kept + before, total).forEach(i -> one.line(entry(i)));
            one.end();
        });
        container.start();
        int asked = 0;
        for (int ask : asks) {
            asked += ask;
            one.request(ask);
            assertTrue(to.seen().size() <= asked);
        }
        container.join();
        int expected = Math.min(asked, total);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (to.seen().size() < expected && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertEquals(lines(expected), to.seen());
        one.request(total + 1);
        to.over.get(30, TimeUnit.SECONDS);
        assertEquals(lines(total), to.seen());
    }

    /** A line may come at the very moment when a worker has found nothing more to do. */
    @Test
    void theEndIsNotToldBeforeIt() throws Exception {
        for (int round = 0; round < 100; round++) {
            Reader to = new Reader();
            LogSubscription one = new LogSubscription(LogQuery.all().following(), to, task -> new Thread(task).start(), s -> { });
            one.request(Long.MAX_VALUE);
            one.begin(new LogStream.Kept(null, List.of()));
            IntStream.range(0, 200).forEach(i -> one.line(entry(i)));
            one.end();
            to.over.get(30, TimeUnit.SECONDS);
            assertEquals(lines(200), to.seen());
        }
    }

    @Test
    void whoCancelsHearsNoMoreAndHoldsNothingOpen() throws Exception {
        Kept unread = new Kept(5);
        subscription.cancel();
        subscription.begin(new LogStream.Kept(unread, List.of()));
        assertEquals(1, unread.closed.get());
        subscription.request(9);
        subscription.end();
        assertEquals(List.of(), reader.seen());
        assertEquals(1, left.get());
    }

    @Test
    void whoCancelsWhileHeReadsLetsTheWorkerGo() throws Exception {
        Kept kept = new Kept(5);
        subscription.begin(new LogStream.Kept(kept, List.of()));
        subscription.request(2);
        while (reader.seen().size() < 2) {
            Thread.sleep(1);
        }
        subscription.cancel();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (kept.closed.get() == 0 && System.nanoTime() < end) {
            Thread.sleep(1);
        }
        assertEquals(1, kept.closed.get());
        assertEquals(lines(2), reader.seen());
    }

    @Test
    void badRequestsAndFailuresAreTold() {
        subscription.begin(new LogStream.Kept(null, List.of()));
        subscription.request(0);
        assertTrue(assertThrows(CompletionException.class, () -> reader.over.orTimeout(30, TimeUnit.SECONDS).join()).getCause() instanceof IllegalArgumentException);
    }
}
