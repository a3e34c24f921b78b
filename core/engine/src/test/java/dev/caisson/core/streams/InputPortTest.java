package dev.caisson.core.streams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over a real pipe: nobody waits where he cannot be let go. */
@Timeout(180)
class InputPortTest {
    private static final int MORE_THAN_A_PIPE = 300_000;

    private final Poller poller = new Poller("test-poller");
    private final Pipes.Pipe pipe = Pipes.pipe2(0);
    private final InputPort port = new InputPort(poller, pipe.write());

    @AfterEach
    void close() {
        port.close();
        assertFalse(pipe.write().isOpen(), "it is closed when nobody writes");
        pipe.read().close();
        poller.close();
    }

    private static byte[] readAll(Fd from) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocateDirect(8192);
        while (FileCalls.read(from, buffer.clear()) > 0) {
            byte[] chunk = new byte[buffer.flip().remaining()];
            buffer.get(chunk);
            all.writeBytes(chunk);
        }
        return all.toByteArray();
    }

    /** @return what came of it: "" or why not */
    private CompletableFuture<Object> writing(byte value, int length) {
        CompletableFuture<Object> result = new CompletableFuture<>();
        Thread writer = new Thread(() -> {
            byte[] bytes = new byte[length];
            Arrays.fill(bytes, value);
            try {
                port.write(bytes, 0, length);
                result.complete("");
            } catch (IOException e) {
                result.complete(e);
            }
        });
        writer.start();
        return result;
    }

    @Test
    void eachWritersBytesStayTogether() throws Exception {
        CompletableFuture<Object> one = writing((byte) 'a', MORE_THAN_A_PIPE);
        CompletableFuture<Object> other = writing((byte) 'b', MORE_THAN_A_PIPE);
        CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> readAll(pipe.read()));
        assertEquals("", one.get(30, TimeUnit.SECONDS));
        assertEquals("", other.get(30, TimeUnit.SECONDS));
        port.close();
        byte[] all = read.get(30, TimeUnit.SECONDS);
        byte[] expected = new byte[2 * MORE_THAN_A_PIPE];
        Arrays.fill(expected, 0, MORE_THAN_A_PIPE, all[0]);
        Arrays.fill(expected, MORE_THAN_A_PIPE, expected.length, (byte) ('a' + 'b' - all[0]));
        assertArrayEquals(expected, all);
    }

    @Test
    void whoWaitsIsLetGoByTheEnd() throws Exception {
        CompletableFuture<Object> waiting = writing((byte) 'a', MORE_THAN_A_PIPE);
        CompletableFuture<Object> behind = writing((byte) 'b', MORE_THAN_A_PIPE);
        assertThrows(TimeoutException.class, () -> waiting.get(200, TimeUnit.MILLISECONDS));
        port.close();
        assertTrue(waiting.get(30, TimeUnit.SECONDS) instanceof IOException);
        assertTrue(behind.get(30, TimeUnit.SECONDS) instanceof IOException);
        assertThrows(IOException.class, () -> port.write(new byte[1], 0, 1));
    }

    @Test
    void whoWaitsCanBeInterrupted() throws Exception {
        CompletableFuture<Object> seen = new CompletableFuture<>();
        Thread writer = new Thread(() -> {
            try {
                port.write(new byte[MORE_THAN_A_PIPE], 0, MORE_THAN_A_PIPE);
            } catch (IOException e) {
                seen.complete(e instanceof InterruptedIOException && Thread.currentThread().isInterrupted());
            }
        });
        writer.start();
        Thread.sleep(100);
        writer.interrupt();
        assertEquals(true, seen.get(30, TimeUnit.SECONDS));
    }

    @Test
    void whereNobodyReadsAnyMoreItIsSaid() {
        pipe.read().close();
        IOException e = assertThrows(IOException.class, () -> port.write(new byte[1], 0, 1));
        assertTrue(e.getMessage().contains("nobody reads"), e.getMessage());
    }
}
