package dev.caisson.core.streams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Stdin;
import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class InputWriterTest {
    private static final Executor NO_WORKER = task -> {
        throw new AssertionError("what fits a pipe needs no thread");
    };
    private final ExecutorService workers = Executors.newCachedThreadPool();

    @AfterEach
    void end() throws Exception {
        workers.shutdown();
        assertTrue(workers.awaitTermination(30, TimeUnit.SECONDS), "a worker is left behind");
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static byte[] readAll(Fd from) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocateDirect(8192);
        while (FileCalls.read(from, buffer.clear()) > 0) {
            byte[] chunk = new byte[buffer.flip().remaining()];
            buffer.get(chunk);
            all.writeBytes(chunk);
        }
        from.close();
        return all.toByteArray();
    }

    @Test
    @Tag("host")
    void nothingIsANullDevice() {
        try (NullDevice nothing = new NullDevice()) {
            assertEquals(0, readAll(InputWriter.open(Stdin.NONE, nothing, NO_WORKER)).length);
        }
    }

    @Test
    void noBytesAreTheEndOfFile() {
        assertEquals(0, readAll(InputWriter.open(new Stdin.Bytes(new byte[0]), new NullDevice(), NO_WORKER)).length);
    }

    @Test
    void whatFitsAPipeIsThereAtOnce() {
        for (int size : new int[] {1, 4096, 65_536}) {
            assertArrayEquals(random(size), readAll(InputWriter.open(new Stdin.Bytes(random(size)), new NullDevice(), NO_WORKER)));
        }
    }

    @Test
    void moreIsCopiedAsItIsRead() {
        for (int size : new int[] {65_537, 1_000_000}) {
            assertArrayEquals(random(size), readAll(InputWriter.open(new Stdin.Bytes(random(size)), new NullDevice(), workers)));
            assertArrayEquals(random(size), readAll(InputWriter.open(new Stdin.Stream(new ByteArrayInputStream(random(size))), new NullDevice(), workers)));
        }
    }

    /** Remembers that it was closed; fails after a few bytes when told to. */
    private static final class Given extends InputStream {
        private final AtomicBoolean closed = new AtomicBoolean();
        private final int failAfter;
        private int count;

        Given(int failAfter) {
            this.failAfter = failAfter;
        }

        @Override
        public int read() throws IOException {
            if (count++ >= failAfter) {
                throw new IOException("the caller's stream broke");
            }
            return 'x';
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            into[from] = (byte) read();
            return 1;
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    @Test
    void aStreamThatBreaksIsTheEndOfFile() throws Exception {
        Given given = new Given(5);
        assertEquals("xxxxx", new String(readAll(InputWriter.open(new Stdin.Stream(given), new NullDevice(), workers))));
        end();
        assertTrue(given.closed.get());
    }

    @Test
    void aProcessThatDoesNotReadEndsTheCopying() throws Exception {
        Given given = new Given(Integer.MAX_VALUE);
        InputWriter.open(new Stdin.Stream(given), new NullDevice(), workers).close();
        InputWriter.open(new Stdin.Bytes(random(1_000_000)), new NullDevice(), workers).close();
        end();
        assertTrue(given.closed.get());
    }

    @Test
    void intoATerminal() {
        Poller poller = new Poller("test-poller");
        for (Stdin stdin : new Stdin[] {new Stdin.Bytes(random(100_000)), new Stdin.Stream(new ByteArrayInputStream(random(100_000)))}) {
            Pipes.Pipe pipe = Pipes.pipe2(0);
            InputPort port = new InputPort(poller, pipe.write());
            InputWriter.into(port, stdin, task -> workers.execute(() -> {
                task.run();
                port.close();
            }));
            assertArrayEquals(random(100_000), readAll(pipe.read()));
        }
        Pipes.Pipe pipe = Pipes.pipe2(0);
        try (InputPort port = new InputPort(poller, pipe.write())) {
            InputWriter.into(port, Stdin.NONE, NO_WORKER);
        }
        assertEquals(0, readAll(pipe.read()).length);
        poller.close();
    }
}
