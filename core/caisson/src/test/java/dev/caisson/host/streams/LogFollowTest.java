package dev.caisson.host.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.LogLine;
import dev.caisson.LogQuery;
import dev.caisson.RestartPolicy;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever reads or follows a container's lines, whenever he comes and however he takes them, sees each once. */
@Timeout(180)
class LogFollowTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @BeforeEach
    void shell() {
        root.withShell();
    }

    /** Takes lines, so many at a time, and with pauses. */
    private static final class Reader implements Flow.Subscriber<LogLine> {
        private final List<LogLine> lines = new ArrayList<>();
        private final CompletableFuture<List<String>> over = new CompletableFuture<>();
        private final int atOnce;
        private final int pauseEvery;
        private final AtomicInteger left = new AtomicInteger();
        private volatile Flow.Subscription subscription;

        Reader(int atOnce, int pauseEvery) {
            this.atOnce = atOnce;
            this.pauseEvery = pauseEvery;
        }

        static Reader quick() {
            return new Reader(Integer.MAX_VALUE, 0);
        }

        @Override
        public void onSubscribe(Flow.Subscription value) {
            subscription = value;
            more();
        }

        private void more() {
            left.set(atOnce);
            if (atOnce > 0) {
                subscription.request(atOnce);
            }
        }

        @Override
        public synchronized void onNext(LogLine line) {
            lines.add(line);
            if (pauseEvery > 0 && lines.size() % pauseEvery == 0) {
                EngineTest.pause(1);
            }
            if (left.decrementAndGet() == 0) {
                more();
            }
        }

        @Override
        public void onError(Throwable failure) {
            over.completeExceptionally(failure);
        }

        @Override
        public synchronized void onComplete() {
            over.complete(lines.stream().map(LogLine::text).toList());
        }

        List<String> all() throws Exception {
            return over.get(30, TimeUnit.SECONDS);
        }
    }

    private static Reader read(Container container, LogQuery query, Reader reader) {
        container.logs(query).subscribe(reader);
        return reader;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyLineOnceWheneverHeComes(long seed) throws Exception {
        Random random = new Random(seed);
        boolean again = seed % 2 == 0;
        String script = "i=0; while test $i -lt 400; do i=$((i+1)); echo line $i; if test $((i % 3)) = 0; then echo error $i >&2; fi; if test $((i % 40)) = 0; then sleep 0.05; fi; done; exit 1";
        ContainerBuilder builder = tiny().command("sh", "-c", script);
        List<Reader> readers = new ArrayList<>();
        try (Container container = (again ? builder.restart(RestartPolicy.onFailure(2)) : builder).create()) {
            for (int i = 0; i < 3; i++) {
                readers.add(read(container, LogQuery.all().following(), someone(random)));
            }
            container.start();
            readers.add(read(container, LogQuery.all().following(), someone(random)));
            while (!container.onExit().isDone()) {
                pause(random.nextInt(20));
                readers.add(read(container, LogQuery.all().following(), someone(random)));
            }
            container.waitForExit(SOON);
            readers.add(read(container, LogQuery.all().following(), someone(random)));
            readers.add(read(container, LogQuery.all(), someone(random)));
            List<String> expected = readers.get(0).all();
            assertEquals((again ? 3 : 1) * 533, expected.size(), "400 lines and 133 errors a run");
            assertEquals(expected, container.logs().lines().toList());
            for (int run = 0, at = 0; run < (again ? 3 : 1); run++, at += 533) {
                List<String> lines = expected.subList(at, at + 533).stream().filter(l -> l.startsWith("line")).toList();
                assertEquals(IntStream.rangeClosed(1, 400).mapToObj(i -> "line " + i).toList(), lines);
            }
            for (Reader reader : readers) {
                assertEquals(expected, reader.all());
            }
            assertTrue(readers.size() > 6, "some came while it ran"); // six come before and after
        }
    }

    private static Reader someone(Random random) {
        return new Reader(1 + random.nextInt(random.nextBoolean() ? 3 : 1000), random.nextInt(4) == 0 ? 20 : 0);
    }

    @Test
    void onlyWhatIsAskedFor() throws Exception {
        try (Container container = tiny().command("sh", "-c", "echo one; echo two >&2; echo three; sleep 600").run()) {
            eventually("it printed", SOON, () -> container.logs().lines().count() == 3);
            Reader all = read(container, LogQuery.all(), Reader.quick());
            assertEquals(List.of("one", "three", "two"), all.all().stream().sorted().toList());
            LogLine error = all.lines.stream().filter(l -> l.text().equals("two")).findFirst().orElseThrow();
            assertEquals(LogLine.Stream.STDERR, error.stream());
            assertTrue(!error.partial() && Duration.between(error.time(), Instant.now()).toSeconds() < 30);
            assertEquals(all.all().subList(1, 3), read(container, LogQuery.all().last(2), Reader.quick()).all());
            assertEquals(List.of(), read(container, LogQuery.all().last(0), Reader.quick()).all());
            assertEquals(List.of(), read(container, LogQuery.all().since(Instant.now()), Reader.quick()).all());
            assertEquals(3, read(container, LogQuery.all().until(Instant.now()), Reader.quick()).all().size());
            long before = System.nanoTime();
            assertEquals(all.all(), read(container, LogQuery.all().following().until(Instant.now().plusMillis(300)), Reader.quick()).all());
            assertTrue(System.nanoTime() - before > 250_000_000L, "it followed until then");
            assertThrows(InvalidSpec.class, () -> LogQuery.all().last(-1));
        }
    }

    @Test
    void aLongLineComesInPieces() throws Exception {
        try (Container container = tiny().command(observer("flood", "40000")).run()) {
            Reader reader = read(container, LogQuery.all().following(), Reader.quick());
            reader.all();
            assertEquals(List.of(true, true, false), reader.lines.stream().map(LogLine::partial).toList());
            assertEquals(40000, reader.lines.stream().mapToInt(l -> l.text().length()).sum());
        }
    }

    @Test
    void whoTakesNothingHoldsUpNobody() throws Exception {
        try (Container container = tiny().command(observer("lines", "70000")).create()) {
            Reader idle = read(container, LogQuery.all().following(), new Reader(0, 0));
            Reader gone = read(container, LogQuery.all().following(), new Reader(0, 0));
            gone.subscription.cancel();
            container.start();
            assertEquals(0, container.waitForExit(SOON).exitCode());
            CompletionException failure = assertThrows(CompletionException.class, () -> idle.over.orTimeout(30, TimeUnit.SECONDS).join());
            assertTrue(failure.getCause() instanceof EngineProblem && failure.getCause().getMessage().contains("65537 lines"), failure.toString());
            assertTrue(!gone.over.isDone() && gone.lines.isEmpty());
            assertEquals(70000, read(container, LogQuery.all(), new Reader(7, 0)).all().size(), "what is kept may be read at leisure");
        }
    }

    @Test
    void whatIsRemovedHasItsLastLines() throws Exception {
        Container container = tiny().command(observer("lines", "5000")).run();
        container.waitForExit(SOON);
        Reader half = read(container, LogQuery.all(), new Reader(0, 0));
        Reader follower = read(container, LogQuery.all().following(), Reader.quick());
        follower.all();
        container.remove();
        assertTrue(assertThrows(CompletionException.class, () -> half.over.orTimeout(30, TimeUnit.SECONDS).join()).getMessage().contains("removed"));
        List<String> last = read(container, LogQuery.all().following(), Reader.quick()).all();
        assertEquals(IntStream.rangeClosed(4001, 5000).mapToObj(i -> "line " + i).toList(), last);
        assertEquals(last.subList(990, 1000), read(container, LogQuery.all().last(10), Reader.quick()).all());
    }

    @Test
    void aDriverThatCannotBeReadHasTheLastOnesToo() throws Exception {
        try (Container container = tiny().logDriver("none", Map.of()).interactive().command("sh", "-c", "echo before; read x; echo after").run()) {
            eventually("it printed", SOON, () -> container.logs().contains("before"));
            Reader reader = read(container, LogQuery.all().following(), Reader.quick());
            try (var attached = container.attach()) {
                attached.stdin().write('\n');
                container.waitForExit(SOON);
            }
            assertEquals(List.of("before", "after"), reader.all());
        }
    }
}
