package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.registry.protocol.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many at once. */
@Timeout(180)
class LoadTest extends ServedTest {
    private static final int CLIENTS = 100;

    private static long serverThreads() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().startsWith("caisson-registry-server")).count();
    }

    @Test
    void manyPullAtOnceAndThreadsStayFew() throws Exception {
        Http http = serve(b -> b.threads(8));
        byte[] content = new byte[1 << 20];
        new Random(1).nextBytes(content);
        Digest digest = blob(http, "app", content);
        AtomicInteger most = new AtomicInteger();
        all(i -> {
            assertArrayEquals(content, http.get("/v2/app/blobs/" + digest).body());
            most.accumulateAndGet((int) serverThreads(), Math::max);
        });
        // One that has answered its last may not have ended when the next has begun.
        assertTrue(most.get() <= 2 * 8, "threads: " + most);
    }

    @Test
    void manyPushTheSameAtOnce() throws Exception {
        Http http = serve();
        all(i -> {
            image(http, "app", "same", "");
            image(http, "app", "v" + i, ",\"annotations\":{\"i\":\"" + i + "\"}");
        });
        assertEquals(CLIENTS + 1, http.get("/v2/app/tags/list").text().split(",").length - 1);
    }

    private interface Client {
        void run(int number) throws Exception;
    }

    private static void all(Client client) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                running.add(clients.submit(() -> {
                    client.run(number);
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } finally {
            clients.shutdownNow();
        }
    }
}
