package dev.caisson.core.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readers of a blob on its way get all of it, and its end only when it is verified. */
@Timeout(180)
class ArrivalTest {
    private static final byte[] BYTES = new byte[3_000_000];

    static {
        new Random(7).nextBytes(BYTES);
    }

    @TempDir
    Path temp;
    private ContentStore store;
    private final ExecutorService readers = Executors.newCachedThreadPool();

    @BeforeEach
    void open() {
        store = ContentStore.open(temp.resolve("content"));
    }

    @AfterEach
    void close() throws InterruptedException {
        readers.shutdownNow();
        assertTrue(readers.awaitTermination(30, TimeUnit.SECONDS));
        store.close();
    }

    private Future<byte[]> read(Arrival arrival) {
        return readers.submit(() -> {
            try (InputStream in = arrival.open(store)) {
                return in.readAllBytes();
            }
        });
    }

    @Test
    void whoeverBeginsWheneverReadsAll() throws Exception {
        Arrival arrival = new Arrival(Digest.of(BYTES));
        List<Future<byte[]>> all = new ArrayList<>(List.of(read(arrival)));
        Random random = new Random(1);
        try (Ingest into = store.begin(arrival.digest(), BYTES.length)) {
            arrival.begun(into);
            for (int at = 0; at < BYTES.length; ) {
                int n = Math.min(BYTES.length - at, 1 + random.nextInt(400_000));
                into.write(BYTES, at, n);
                at += n;
                arrival.grown(into.size());
                all.add(read(arrival));
            }
            for (Future<byte[]> reader : all) {
                assertThrows(java.util.concurrent.TimeoutException.class, () -> reader.get(1, TimeUnit.MILLISECONDS), "not verified yet");
            }
            into.commit();
        }
        all.add(read(arrival)); // between the commit and its word
        arrival.stored();
        all.add(read(arrival));
        arrival.await();
        for (Future<byte[]> reader : all) {
            assertArrayEquals(BYTES, reader.get());
        }
    }

    @Test
    void aFailureIsEverybodys() throws Exception {
        Arrival arrival = new Arrival(Digest.of(BYTES));
        Future<byte[]> early = read(arrival);
        Future<byte[]> along;
        ImageProblem wrong;
        try (Ingest into = store.begin(arrival.digest(), BYTES.length)) {
            arrival.begun(into);
            byte[] other = BYTES.clone();
            other[0] ^= 1;
            into.write(other, 0, other.length);
            arrival.grown(into.size());
            along = read(arrival);
            wrong = assertThrows(ImageProblem.class, into::commit);
        }
        Future<byte[]> late = read(arrival);
        arrival.failed(wrong);
        arrival.failed(new IllegalStateException("the second reason"));
        for (Future<byte[]> reader : List.of(early, along, late, read(arrival))) {
            assertSame(wrong, assertThrows(java.util.concurrent.ExecutionException.class, reader::get).getCause());
        }
        assertSame(wrong, assertThrows(ImageProblem.class, arrival::await));
        assertEquals(List.of(), store.blobs());
    }

    @Test
    void whoWaitsCanBeInterrupted() throws Exception {
        Arrival arrival = new Arrival(Digest.of(BYTES));
        Thread.currentThread().interrupt();
        assertThrows(ImageProblem.class, arrival::await);
        assertTrue(Thread.interrupted());
        Thread.currentThread().interrupt();
        assertThrows(ImageProblem.class, () -> arrival.open(store));
        assertTrue(Thread.interrupted());
    }
}
