package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.net.http.HttpClient;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client ends, and who ends it comes back, whatever the client's own threads hold. */
@Timeout(120)
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
}
