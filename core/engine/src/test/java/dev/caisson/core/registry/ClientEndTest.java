package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageReference;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client ends, and who ends it comes back, whatever the client's own threads hold. */
@Timeout(300)
class ClientEndTest {
    private static final long PATIENCE = 60;

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().matches("HttpClient-\\d+-SelectorManager")).collect(Collectors.toSet());
    }

    private static Thread threadOf(HttpClient client) {
        String number = client.toString().replaceAll(".*\\((\\d+)\\)$", "$1");
        return threads().stream().filter(t -> t.getName().equals("HttpClient-" + number + "-SelectorManager")).findAny().orElseThrow();
    }

    @Test
    void itsThreadEndsAtOnce() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        Thread thread = threadOf(client);
        ClientEnd.of(client);
        thread.join(TimeUnit.SECONDS.toMillis(PATIENCE));
        assertFalse(thread.isAlive());
    }

    /**
     * What was seen: a thread that gives a connection back has the monitor of the client's thread, and waits for what that one has. {@link Thread#join} wants the same
     * monitor, so a close of the registries never came back.
     */
    @Test
    void aMonitorThatIsHeldHoldsUpNobody() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        Thread thread = threadOf(client);
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Thread holder = new Thread(() -> {
            synchronized (thread) {
                held.countDown();
                assertDoesNotThrow(() -> release.await());
            }
        });
        holder.setDaemon(true);
        holder.start();
        held.await();
        try {
            CompletableFuture.runAsync(() -> ClientEnd.of(client)).get(PATIENCE, TimeUnit.SECONDS);
        } finally {
            release.countDown();
        }
        holder.join();
        thread.join(TimeUnit.SECONDS.toMillis(PATIENCE));
        assertFalse(thread.isAlive(), "it ends when it is let go");
    }

    /** Registries that are closed while they connect, wait for headers, read bodies and give connections back: each close comes back, and nothing of them runs on. */
    @Test
    void fiveHundredAmidRequests() throws Exception {
        Set<Thread> before = threads();
        AtomicInteger answered = new AtomicInteger();
        ExecutorService closers = Executors.newFixedThreadPool(8);
        try (StubRegistry server = new StubRegistry()) {
            byte[] content = new byte[300_000];
            server.on(StubRegistry.blob(content), StubRegistry.bytes("application/octet-stream", content));
            List<Callable<Void>> work = IntStream.range(0, 500).<Callable<Void>>mapToObj(seed -> () -> {
                Random random = new Random(seed);
                Registries registries = new Registries(List.of(), Map.of(), PullRoom.QUICK, PullRoom.PATIENCE);
                RemoteRepository repository = registries.repository(ImageReference.parse(server.name()));
                AtomicBoolean closed = new AtomicBoolean();
                List<Thread> readers = Stream.generate(() -> new Thread(() -> {
                    while (!closed.get()) {
                        try (Response response = repository.blob(Digest.of(content), 0)) {
                            response.body().document(random.nextInt(2) * content.length);
                            answered.incrementAndGet();
                        } catch (IOException | RuntimeException e) {
                            // it is closed, or will be
                        }
                    }
                }, "reader-" + seed)).limit(3).toList();
                readers.forEach(Thread::start);
                Thread.sleep(random.nextInt(60));
                closed.set(true);
                registries.close();
                for (Thread reader : readers) {
                    reader.interrupt();
                    reader.join(TimeUnit.SECONDS.toMillis(PATIENCE));
                    assertFalse(reader.isAlive(), () -> "still at " + List.of(reader.getStackTrace()));
                }
                return null;
            }).toList();
            for (Future<Void> done : closers.invokeAll(work)) {
                done.get();
            }
        } finally {
            closers.shutdownNow();
        }
        assertTrue(answered.get() > 20, "the control: " + answered + " requests were answered");
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE); !before.containsAll(threads()); Thread.sleep(20)) {
            assertTrue(System.nanoTime() < end, () -> "threads that run on: " + threads());
        }
    }
}
