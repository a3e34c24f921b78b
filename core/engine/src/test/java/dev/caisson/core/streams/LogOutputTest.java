package dev.caisson.core.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.spi.logging.LogEntry.Stream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Between the pipes and a log driver that takes its time. */
@Timeout(180)
class LogOutputTest {
    private final ExecutorService workers = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        workers.shutdownNow();
    }

    private static void say(Sink sink, String text) {
        sink.accept(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static void await(CompletableFuture<Void> future) throws Exception {
        future.get(30, TimeUnit.SECONDS);
    }

    @Test
    void bothStreamsInTheOrderRead() throws Exception {
        FakeDriver driver = new FakeDriver();
        RecentLines recent = new RecentLines();
        LogOutput output = new LogOutput("c", driver, recent, workers);
        Sink out = output.sink(Stream.STDOUT);
        Sink err = output.sink(Stream.STDERR);
        say(out, "a\nb");
        say(err, "e\n");
        say(out, "c\nrest");
        say(err, "late");
        out.end();
        assertFalse(output.closed().isDone());
        err.end();
        driver.open();
        await(output.closed());
        assertEquals(List.of("stdout a", "stderr e", "stdout bc", "stdout rest", "stderr late", "closed"), driver.lines);
        assertEquals("a\ne\nbc\nrest\nlate\n", recent.text());
    }

    /** A process may write byte by byte: what waits is bounded in memory, not in bytes of output. */
    @Test
    void singleBytesAreHeldUpLongBeforeTheyAreAMegabyte() throws Exception {
        FakeDriver driver = new FakeDriver();
        LogOutput output = new LogOutput("c", driver, new RecentLines(), workers);
        Sink out = output.sink(Stream.STDOUT);
        int taken = 1;
        while (out.accept(ByteBuffer.wrap(new byte[] {'\n'}))) {
            taken++;
        }
        assertTrue(taken < 1 << 15, () -> "only held up by the driver");
        driver.open();
        output.flush();
    }

    @Test
    void aSlowDriverHoldsTheWriterUpAndLetsItGoOn() throws Exception {
        FakeDriver driver = new FakeDriver();
        LogOutput output = new LogOutput("c", driver, new RecentLines(), workers);
        AtomicInteger resumed = new AtomicInteger();
        CompletableFuture<Void> goOn = new CompletableFuture<>();
        output.onResume(() -> {
            resumed.incrementAndGet();
            goOn.complete(null);
        });
        Sink out = output.sink(Stream.STDOUT);
        byte[] line = ("x".repeat(4095) + "\n").getBytes(StandardCharsets.UTF_8);
        int taken = 1;
        while (out.accept(ByteBuffer.wrap(line))) {
            taken++;
            assertTrue(taken < 1000, "never held up");
        }
        assertTrue(taken * 4096 > 9 << 20 >> 4 && taken * 4096 <= 1 << 20, "held up when it is full, or nearly so: a chunk has its own cost");
        driver.let.release(taken / 4);
        output.sink(Stream.STDERR); // a second sink changes nothing
        assertFalse(goOn.isDone(), "resumed while more than half is waiting");
        driver.open();
        await(goOn);
        output.flush();
        assertEquals(taken, driver.lines.size(), "nothing is dropped");
        assertEquals(1, resumed.get());
        assertTrue(out.accept(ByteBuffer.wrap(line)));
    }

    @Test
    void flushWaitsForWhatWasRead() throws Exception {
        FakeDriver driver = new FakeDriver();
        LogOutput output = new LogOutput("c", driver, new RecentLines(), workers);
        output.flush();
        IntStream.range(0, 100).forEach(i -> say(output.sink(Stream.STDOUT), i + "\n"));
        CompletableFuture<Void> flushed = CompletableFuture.runAsync(() -> {
            try {
                output.flush();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }, workers);
        driver.let.release(99);
        assertFalse(flushed.isDone());
        driver.open();
        await(flushed);
        assertEquals(100, driver.lines.size());
    }

    private List<String> warnings(FakeDriver driver) throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
        try {
            LogOutput output = new LogOutput("c7", driver.open(), new RecentLines(), workers);
            IntStream.range(0, 50).forEach(i -> say(output.sink(Stream.STDOUT), i + "\n"));
            output.sink(Stream.STDOUT).end();
            output.sink(Stream.STDERR).end();
            await(output.closed());
        } finally {
            System.setErr(before);
        }
        assertEquals(51, driver.lines.size(), "it is tried with every line, and closed");
        return told.toString(StandardCharsets.UTF_8).lines().filter(l -> l.contains("c7")).toList();
    }

    @Test
    void aFailingDriverIsToldOnceAndEndsNothing() throws Exception {
        List<FakeDriver.Failure> failures = new ArrayList<>();
        failures.add(() -> {
            throw new IOException("the disk is full");
        });
        failures.add(() -> {
            throw new IllegalStateException("the disk is full");
        });
        failures.add(() -> {
            throw new NoClassDefFoundError("the disk is full");
        });
        for (FakeDriver.Failure failure : failures) {
            List<String> told = warnings(new FakeDriver(failure));
            assertEquals(2, told.size(), told::toString);
            assertTrue(told.get(0).contains("fake") && told.get(0).contains("the disk is full") && told.get(1).contains("closing"), told::toString);
        }
    }
}
