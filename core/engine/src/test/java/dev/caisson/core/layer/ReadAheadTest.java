package dev.caisson.core.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is read ahead is what is there, with its end, and a thread that ends. */
@Timeout(180)
class ReadAheadTest {
    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("caisson-inflate")).count();
    }

    /** Hands out as much as it likes. */
    private static InputStream whimsical(byte[] content, Random random) {
        return new ByteArrayInputStream(content) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(100_000)));
            }
        };
    }

    @Property(tries = 40)
    void everyByteInItsPlace(@ForAll long seed, @ForAll @IntRange(max = 5_000_000) int size) throws IOException {
        Random random = new Random(seed);
        byte[] content = new byte[size];
        random.nextBytes(content);
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        try (ReadAhead in = new ReadAhead(whimsical(content, random))) {
            byte[] buffer = new byte[300_000];
            while (true) {
                int want = 1 + random.nextInt(buffer.length);
                int n = in.read(buffer, 0, want);
                if (n < 0) {
                    break;
                }
                got.write(buffer, 0, n);
                int one = random.nextInt(10) == 0 ? in.read() : -1;
                if (one >= 0) {
                    got.write(one);
                }
            }
            assertEquals(-1, in.read(), "and again");
        }
        assertArrayEquals(content, got.toByteArray());
        assertEquals(0, threads());
    }

    @Test
    void aFailureComesWhereItIs() throws IOException {
        RuntimeException failure = new IllegalStateException("damaged");
        for (Exception thrown : new Exception[] {failure, new IOException("broke")}) {
            InputStream source = new InputStream() {
                private int left = 600_000;

                @Override
                public int read() {
                    throw new AssertionError();
                }

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    if (left == 0) {
                        if (thrown instanceof IOException e) {
                            throw e;
                        }
                        throw failure;
                    }
                    int n = Math.min(length, left);
                    left -= n;
                    return n;
                }
            };
            try (ReadAhead in = new ReadAhead(source)) {
                assertEquals(512 * 1024, in.readNBytes(512 * 1024).length);
                assertSame(thrown, assertThrows(thrown.getClass(), () -> in.read(new byte[10])));
            }
        }
        assertEquals(0, threads());
    }

    @Test
    void closingEndsASourceThatWaits() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        AtomicBoolean closed = new AtomicBoolean();
        InputStream stuck = new InputStream() {
            @Override
            public int read() {
                throw new AssertionError();
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                waits.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return -1;
            }

            @Override
            public void close() {
                assertEquals(0, threads(), "nobody reads it any more");
                closed.set(true);
            }
        };
        ReadAhead in = new ReadAhead(stuck);
        waits.await();
        assertFalse(closed.get());
        in.close();
        assertEquals(true, closed.get());
    }
}
