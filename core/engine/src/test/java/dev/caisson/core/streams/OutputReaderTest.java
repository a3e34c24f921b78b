package dev.caisson.core.streams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over real pipes and a real poller. */
@Timeout(180)
class OutputReaderTest {
    private final Poller poller = new Poller("test-poller");
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
    private final Pipes.Pipe pipe = Pipes.pipe2(0);
    private final Taken taken = new Taken();
    private final OutputReader reader = new OutputReader(poller, buffer, pipe.read(), taken);

    /** Keeps what it gets; pauses after each chunk when told to. */
    private static final class Taken implements Sink {
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private final AtomicInteger chunks = new AtomicInteger();
        private final AtomicInteger ends = new AtomicInteger();
        private volatile boolean pausing;

        @Override
        public synchronized boolean accept(ByteBuffer chunk) {
            byte[] bytes = new byte[chunk.remaining()];
            chunk.get(bytes);
            all.writeBytes(bytes);
            chunks.incrementAndGet();
            return !pausing;
        }

        @Override
        public void end() {
            ends.incrementAndGet();
            ended.complete(null);
        }

        synchronized String text() {
            return all.toString(StandardCharsets.UTF_8);
        }
    }

    /** Its very first event may end it, on the poller thread, while it is still being made. */
    @Test
    void oneThatHasEndedAlreadyEndsWhateverItsThreadDoesMeanwhile() throws Exception {
        for (int i = 0; i < 20_000; i++) {
            Pipes.Pipe over = Pipes.pipe2(0);
            over.write().close();
            Taken sink = new Taken();
            new OutputReader(poller, buffer, over.read(), sink);
            sink.ended.get(20, TimeUnit.SECONDS);
        }
    }

    @AfterEach
    void close() throws Exception {
        onPoller(reader::end);
        poller.close();
        pipe.write().close();
        assertEquals(1, taken.ends.get(), "the sink is told once");
        assertFalse(pipe.read().isOpen());
    }

    private void onPoller(Runnable action) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        poller.execute(() -> {
            action.run();
            done.complete(null);
        });
        done.get(30, TimeUnit.SECONDS);
    }

    private CompletableFuture<Void> finish() throws Exception {
        CompletableFuture<Void> finished = new CompletableFuture<>();
        onPoller(() -> reader.finish(() -> finished.complete(null)));
        return finished;
    }

    private void write(String text) {
        FileCalls.writeAll(pipe.write(), ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void everythingUntilTheEndOfFile() throws Exception {
        byte[] much = new byte[300_000];
        new Random(1).nextBytes(much);
        FileCalls.writeAll(pipe.write(), ByteBuffer.wrap(much));
        pipe.write().close();
        taken.ended.get(30, TimeUnit.SECONDS);
        assertArrayEquals(much, taken.all.toByteArray());
        assertTrue(finish().isDone(), "it had ended already");
    }

    @Test
    void theEndOfTheProcessIsTheEndThoughSomebodyHoldsThePipe() throws Exception {
        try (Fd escaped = pipe.write().dup()) {
            write("last words");
            pipe.write().close();
            finish().get(30, TimeUnit.SECONDS);
            assertEquals("last words", taken.text());
            assertTrue(escaped.isOpen());
        }
    }

    @Test
    void aFullPipeIsDrainedBeforeTheEnd() throws Exception {
        taken.pausing = true;
        write("x".repeat(4096));
        while (taken.chunks.get() == 0) {
            Thread.sleep(1);
        }
        write("y".repeat(60_000));
        Thread.sleep(20);
        assertEquals(1, taken.chunks.get(), "nothing is read while paused");
        CompletableFuture<Void> finished = finish();
        assertFalse(finished.isDone(), "what waits in the pipe belongs to the output");
        taken.pausing = false;
        reader.resume();
        finished.get(30, TimeUnit.SECONDS);
        assertEquals(64_096, taken.text().length());
    }

    @Test
    void pausedAndResumedChunkByChunk() throws Exception {
        taken.pausing = true;
        write("a".repeat(10_000));
        for (int chunk = 1; chunk <= 3; chunk++) {
            while (taken.chunks.get() < chunk) {
                Thread.sleep(1);
            }
            Thread.sleep(5);
            assertEquals(chunk, taken.chunks.get());
            reader.resume();
        }
        reader.resume(); // when nothing is paused it does nothing
        write("b");
        while (taken.chunks.get() < 4) {
            Thread.sleep(1);
        }
        assertEquals(10_001, taken.text().length());
    }

    @Test
    void endedAtOnce() throws Exception {
        CompletableFuture<Void> finished = new CompletableFuture<>();
        onPoller(() -> {
            reader.end();
            reader.end();
            reader.finish(() -> finished.complete(null));
        });
        assertTrue(finished.isDone());
        reader.resume();
    }
}
