package dev.caisson.core.streams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream for several: nobody misses a byte of his time, and who is slow holds up all, or is left. */
@Timeout(180)
class FanoutTest {
    private final Kept kept = new Kept();
    private final Fanout stream = new Fanout(kept);
    private final AtomicInteger resumed = new AtomicInteger();

    FanoutTest() {
        stream.onResume(resumed::incrementAndGet);
    }

    /** Where it always goes. */
    private static final class Kept implements Sink {
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private boolean full;
        private boolean ended;

        @Override
        public boolean accept(ByteBuffer chunk) {
            byte[] bytes = new byte[chunk.remaining()];
            chunk.get(bytes);
            all.writeBytes(bytes);
            return !full;
        }

        @Override
        public void end() {
            ended = true;
        }
    }

    private boolean print(String text) {
        return stream.accept(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String read(InputStream in, int length) throws IOException {
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    @Test
    void eachSeesItsTime() throws IOException {
        OutputPipe one = new OutputPipe(100, null);
        OutputPipe other = new OutputPipe(100, null);
        print("before ");
        stream.attach(one);
        print("both? ");
        stream.attach(other);
        print("both ");
        stream.detach(one);
        print("after");
        stream.end();
        assertEquals("both? both ", read(one.stream(), 100));
        assertEquals("both after", read(other.stream(), 100));
        assertEquals("before both? both after", kept.all.toString(StandardCharsets.UTF_8));
        assertTrue(kept.ended);
        OutputPipe late = new OutputPipe(100, null);
        stream.attach(late);
        assertEquals(-1, late.stream().read(), "over is over");
    }

    @Test
    void itIsReadOnWhenAllCanTakeMore() throws IOException {
        OutputPipe slow = new OutputPipe(4, null);
        stream.attach(slow);
        assertTrue(print("123"));
        assertFalse(print("45"), "more waits for the reader than may");
        stream.ready();
        assertEquals(0, resumed.get(), "the log alone does not read on what another waits with");
        InputStream in = slow.stream();
        assertEquals("12", read(in, 2));
        assertEquals(0, resumed.get(), "until half of it is read");
        assertEquals("345", read(in, 3));
        assertEquals(1, resumed.get());
        kept.full = true;
        assertFalse(print("6789"));
        assertEquals("6789", read(in, 4));
        assertEquals(1, resumed.get(), "nor the reader what the log waits with");
        stream.ready();
        assertEquals(2, resumed.get());
    }

    @Test
    void whoLeavesOrClosesHoldsUpNobody() throws IOException {
        OutputPipe leaver = new OutputPipe(1, null);
        OutputPipe closer = new OutputPipe(1, null);
        stream.attach(leaver);
        stream.attach(closer);
        assertFalse(print("1"));
        stream.detach(leaver);
        assertEquals(0, resumed.get());
        closer.stream().close();
        assertEquals(1, resumed.get());
        assertTrue(print("2"), "what is closed takes nothing");
        assertEquals("1", read(leaver.stream(), 9), "what came before can still be read");
    }

    @Test
    void atTheEndOfTheProcessNobodyIsWaitedFor() throws IOException {
        OutputPipe slow = new OutputPipe(1, null);
        stream.attach(slow);
        assertFalse(print("12"));
        stream.finishing();
        assertEquals(1, resumed.get());
        assertTrue(print("34"));
        OutputPipe late = new OutputPipe(1, null);
        stream.attach(late);
        assertTrue(print("56"));
        stream.end();
        assertEquals("123456", read(slow.stream(), 9));
        assertEquals("56", read(late.stream(), 9));
    }

    @Test
    void whoIsTooSlowIsLeftAndTold() throws IOException {
        List<String> told = new ArrayList<>();
        OutputPipe slow = new OutputPipe(4, () -> told.add("slow"));
        stream.attach(slow);
        assertTrue(print("1234"), "as much as it may hold");
        assertTrue(print("5"));
        assertTrue(print("6"));
        assertEquals(List.of("slow"), told);
        InputStream in = slow.stream();
        assertEquals("1234", read(in, 4));
        assertTrue(assertThrows(IOException.class, in::read).getMessage().contains("more than 4 bytes"));
    }

    @Test
    void aReaderCanBeInterrupted() throws Exception {
        for (InputStream in : List.of(new OutputPipe(1, null).stream(), new MemoryOutput(10, () -> { }).stream())) {
            CompletableFuture<Object> seen = new CompletableFuture<>();
            Thread reader = new Thread(() -> {
                try {
                    seen.complete(in.read());
                } catch (IOException e) {
                    seen.complete(e.getClass() == InterruptedIOException.class && Thread.currentThread().isInterrupted());
                }
            });
            reader.start();
            reader.interrupt();
            assertEquals(true, seen.get());
        }
    }

    @Property(tries = 200)
    void allOfItComesAsItWas(@ForAll @Size(max = 20) List<@IntRange(min = 1, max = 5000) Integer> chunks, @ForAll @IntRange(min = 1, max = 9000) int piece) throws Exception {
        OutputPipe pipe = new OutputPipe(6000, null);
        MemoryOutput memory = new MemoryOutput(Long.MAX_VALUE, () -> { });
        Fanout fanout = new Fanout(memory);
        Semaphore go = new Semaphore(0);
        fanout.onResume(go::release);
        fanout.attach(pipe);
        CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> all(pipe.stream(), piece));
        CompletableFuture<byte[]> remembered = CompletableFuture.supplyAsync(() -> all(memory.stream(), piece));
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        Random random = new Random(piece);
        for (int size : chunks) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            sent.writeBytes(bytes);
            if (!fanout.accept(ByteBuffer.wrap(bytes))) {
                go.acquire();
            }
        }
        fanout.end();
        assertArrayEquals(sent.toByteArray(), read.get());
        assertArrayEquals(sent.toByteArray(), remembered.get());
    }

    private static byte[] all(InputStream in, int piece) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[piece];
        try {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                all.write(buffer, 0, n);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toByteArray();
    }
}
