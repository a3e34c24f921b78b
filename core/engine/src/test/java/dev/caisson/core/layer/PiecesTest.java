package dev.caisson.core.layer;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read, ahead or in place, is what is there, with its end; and a thread that reads ahead ends. */
@Timeout(180)
class PiecesTest {
    private static Pieces open(boolean ahead, ReadableByteChannel source, Consumer<ByteBuffer> reader) {
        return ahead ? new ReadAhead(source, reader) : new ReadInPlace(source, reader);
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("caisson-inflate")).count();
    }

    /** Hands out as much as it likes. */
    private static ReadableByteChannel whimsical(byte[] content, Random random) {
        return Channels.newChannel(new ByteArrayInputStream(content) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(100_000)));
            }
        });
    }

    @Property(tries = 60)
    void everyByteInItsPlace(@ForAll boolean ahead, @ForAll long seed, @ForAll @IntRange(max = 5_000_000) int size) throws IOException {
        Random random = new Random(seed);
        byte[] content = new byte[size];
        random.nextBytes(content);
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        try (Pieces in = open(ahead, whimsical(content, random), b -> take(b, seen))) {
            for (ByteBuffer piece = in.next(); piece != null; piece = in.next()) {
                assertTrue(piece.hasRemaining());
                if (random.nextInt(20) > 0) {
                    take(piece, got);
                } else {
                    take(piece.duplicate(), got); // one that was not read is over all the same
                }
            }
            assertNull(in.next(), "and again");
        }
        assertArrayEquals(content, got.toByteArray());
        assertArrayEquals(content, seen.toByteArray());
        assertEquals(0, threads());
    }

    private static void take(ByteBuffer piece, ByteArrayOutputStream into) {
        byte[] bytes = new byte[piece.remaining()];
        piece.get(bytes);
        into.writeBytes(bytes);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFailureComesWhereItIs(boolean ahead) throws IOException {
        RuntimeException failure = new IllegalStateException("damaged");
        for (Exception thrown : new Exception[] {failure, new IOException("broke")}) {
            ReadableByteChannel source = new Source() {
                private int left = 512 * 1024 + 1000;

                @Override
                public int read(ByteBuffer into) throws IOException {
                    if (left == 0) {
                        if (thrown instanceof IOException e) {
                            throw e;
                        }
                        throw failure;
                    }
                    int n = Math.min(into.remaining(), left);
                    into.position(into.position() + n);
                    left -= n;
                    return n;
                }
            };
            try (Pieces in = open(ahead, source, b -> { })) {
                for (int left = 512 * 1024; left > 0; left -= requireNonNull(in.next()).remaining()) {
                    continue;
                }
                assertSame(thrown, assertThrows(thrown.getClass(), in::next));
                assertNull(in.next());
            }
        }
        assertEquals(0, threads());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatItsReaderFailsByComesToo(boolean ahead) throws IOException {
        IllegalStateException failure = new IllegalStateException("cannot be hashed");
        try (Pieces in = open(ahead, whimsical(new byte[10], new Random(1)), b -> {
            throw failure;
        })) {
            assertSame(failure, assertThrows(IllegalStateException.class, in::next));
            assertNull(in.next());
        }
        assertEquals(0, threads());
    }

    /** A JVM that pulls many layers has no need for a garbage collection, without which a direct buffer is not freed. */
    @Test
    void whatClosedOnesHadIsForTheNext() throws IOException {
        Set<ByteBuffer> places = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 60; i++) {
            // Some are read to their end, others closed before.
            try (Pieces in = open(i % 2 == 0, Channels.newChannel(new ByteArrayInputStream(new byte[3_000_000])), b -> { })) {
                int left = i % 3 == 0 ? 100 : i % 5;
                for (ByteBuffer piece = in.next(); piece != null && left > 0; piece = in.next()) {
                    places.add(piece);
                    left--;
                }
            }
        }
        assertTrue(places.size() <= 8, () -> places.size() + " buffers");
    }

    /** A source of which reading is all that matters. */
    private abstract static class Source implements ReadableByteChannel {
        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void closingEndsASourceThatWaits() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        AtomicBoolean closed = new AtomicBoolean();
        ReadableByteChannel stuck = new Source() {
            @Override
            public int read(ByteBuffer into) throws IOException {
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
        ReadAhead in = new ReadAhead(stuck, b -> { });
        waits.await();
        assertFalse(closed.get());
        in.close();
        assertEquals(true, closed.get());
    }
}
