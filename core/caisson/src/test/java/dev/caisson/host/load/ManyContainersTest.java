package dev.caisson.host.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** 200 containers from 16 threads at once; what each prints is checked byte for byte, and nothing of any is left. */
@Timeout(180)
class ManyContainersTest extends EngineTest {
    private static final int CONTAINERS = 200;
    private static final int THREADS = 16;
    private static final int LINES = 1100;

    @BeforeEach
    void shell() {
        root.withShell();
    }

    @Test
    void executionsKeepEveryByte() throws Exception {
        List<Execution> executions = atOnce(CONTAINERS, i -> printing(i).execute());
        for (int i = 0; i < CONTAINERS; i++) {
            Execution e = executions.get(i);
            assertEquals(0, e.exitCode(), e::toString);
            assertSameText(text("out", i), e.stdout());
            assertSameText(text("err", i), e.stderr());
        }
    }

    @Test
    void logsKeepEveryLine() throws Exception {
        List<String> logs = atOnce(CONTAINERS, i -> {
            try (Container container = printing(i).run()) {
                assertTrue(container.waitForExit(Duration.ofSeconds(60)).success(), container::toString);
                return container.logs();
            }
        });
        for (int i = 0; i < CONTAINERS; i++) {
            assertSameText(text("out", i) + "\n", only("out", logs.get(i)));
            assertSameText(text("err", i) + "\n", only("err", logs.get(i)));
        }
    }

    /** Where a cancellation hits a start differs; that nothing stays does not. */
    @Test
    void cancelledStartsLeaveNothing() throws Exception {
        List<CompletableFuture<Container>> starts = new ArrayList<>();
        for (int i = 0; i < CONTAINERS; i++) {
            starts.add(tiny().command("/bin/sleep", "600").runAsync());
        }
        for (int i = 0; i < CONTAINERS; i += 2) {
            starts.get(i).cancel(true);
        }
        for (int i = 0; i < CONTAINERS; i++) {
            try {
                Container container = starts.get(i).get(60, TimeUnit.SECONDS);
                assertEquals(Container.State.RUNNING, container.state());
            } catch (CancellationException e) {
                assertEquals(0, i % 2);
            }
        }
        Set<String> kept = starts.stream().filter(s -> !s.isCancelled()).map(s -> s.join().id()).collect(Collectors.toSet());
        assertTrue(kept.size() >= CONTAINERS / 2, kept::toString);
        eventually("cancelled containers are still there", Duration.ofSeconds(30),
                () -> engine.containers().stream().map(Container::id).collect(Collectors.toSet()).equals(kept));
    }

    private ContainerBuilder printing(int i) {
        return tiny().command("/bin/sh", "-c", "i=1; while [ $i -le " + LINES + " ]; do echo out " + i + " $i; echo err " + i + " $i >&2; i=$((i+1)); done;"
                + " printf 'last out " + i + "'; printf 'last err " + i + "' >&2");
    }

    private static String text(String stream, int container) {
        StringBuilder text = new StringBuilder();
        for (int line = 1; line <= LINES; line++) {
            text.append(stream).append(' ').append(container).append(' ').append(line).append('\n');
        }
        return text.append("last ").append(stream).append(' ').append(container).toString();
    }

    /** As assertEquals, without a message of a thousand lines. */
    private static void assertSameText(String expected, String actual) {
        int same = 0;
        while (same < Math.min(expected.length(), actual.length()) && expected.charAt(same) == actual.charAt(same)) {
            same++;
        }
        String from = actual.substring(same, Math.min(actual.length(), same + 40));
        assertTrue(same == expected.length() && same == actual.length(),
                actual.length() + " instead of " + expected.length() + " characters; from " + same + " on: '" + from + "'");
    }

    private static String only(String stream, String log) {
        return log.lines().filter(line -> line.startsWith(stream) || line.startsWith("last " + stream)).collect(Collectors.joining("\n", "", "\n"));
    }

    private static <T> List<T> atOnce(int count, IntFunction<T> task) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                futures.add(threads.submit(() -> task.apply(number)));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get(100, TimeUnit.SECONDS));
            }
            return results;
        } finally {
            threads.shutdownNow();
            assertTrue(threads.awaitTermination(20, TimeUnit.SECONDS));
        }
    }
}
