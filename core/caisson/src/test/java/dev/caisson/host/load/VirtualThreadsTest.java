package dev.caisson.host.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Callers on virtual threads, which the newest JDK has: more of them wait than there are threads to carry them. */
@Tag("smoke")
@EnabledForJreRange(min = JRE.JAVA_21)
@Timeout(120)
class VirtualThreadsTest extends EngineTest {
    private static final int CALLERS = 60;
    private static final int WAITING = 12;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static ExecutorService virtualThreads() throws ReflectiveOperationException {
        return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null); // not in Java 17, for which this is compiled
    }

    @Test
    void manyStartAtOnce() throws Exception {
        root.withShell();
        ExecutorService callers = virtualThreads();
        try {
            List<Future<String>> all = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                String word = "caller " + i;
                all.add(callers.submit(() -> tiny().command("/bin/sh", "-c", "echo " + word).execute().stdout()));
            }
            for (int i = 0; i < CALLERS; i++) {
                assertEquals("caller " + i + "\n", all.get(i).get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
        } finally {
            callers.shutdown();
            assertTrue(callers.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        }
    }

    /** Those who wait for what does not end leave the carriers to others, and can be interrupted. */
    @Test
    void whoWaitsCarriesNobodyAway() throws Exception {
        root.withShell();
        ExecutorService callers = virtualThreads();
        try (Container container = tiny().command("/bin/sleep", "600").stopTimeout(Duration.ZERO).run()) {
            List<Future<?>> waiting = new ArrayList<>();
            for (int i = 0; i < WAITING; i++) {
                boolean exec = i % 2 == 0;
                waiting.add(callers.submit(() -> exec ? container.exec("/bin/sleep", "600").run() : container.waitForExit(Duration.ofMinutes(10))));
            }
            eventually("the execs run", PATIENCE, () -> container.stats().pids() == 1 + WAITING / 2);
            assertEquals("served\n", callers.submit(() -> tiny().command("/bin/sh", "-c", "echo served").execute().stdout()).get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            callers.shutdownNow();
            assertTrue(callers.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS), "all were interrupted");
            for (Future<?> each : waiting) {
                assertThrows(ExecutionException.class, each::get);
            }
        } finally {
            callers.shutdownNow();
        }
    }
}
