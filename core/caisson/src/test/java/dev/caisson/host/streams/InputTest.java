package dev.caisson.host.streams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a container is given to read arrives, all of it, and its end too. */
@Timeout(180)
class InputTest extends EngineTest {
    /** 65,536 is what a pipe holds. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65535, 65536, 65537, 5 << 20})
    void bytesAreEchoed(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        assertArrayEquals(bytes, tiny().command("/bin/cat").stdin(bytes).execute().stdoutBytes());
        assertArrayEquals(bytes, tiny().command("/bin/cat").stdin(new ByteArrayInputStream(bytes)).execute().stdoutBytes());
        try (Container container = tiny().command("/bin/sleep", "600").run()) {
            assertArrayEquals(bytes, container.exec("/bin/cat").stdin(bytes).run().stdoutBytes());
            assertArrayEquals(bytes, container.exec("/bin/cat").stdin(new ByteArrayInputStream(bytes)).run().stdoutBytes());
        }
    }

    @Test
    void aProgramNeedNotReadWhatItIsGiven() {
        assertEquals(0, tiny().command(TinyRootfs.TRUE).stdin(new byte[5 << 20]).execute().exitCode());
        assertEquals(0, tiny().command(TinyRootfs.TRUE).stdin(new ByteArrayInputStream(new byte[5 << 20])).execute().exitCode());
    }

    @Test
    void aStreamIsClosedWithTheContainerThatDoesNotReadIt() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (PipedOutputStream never = new PipedOutputStream();
                PipedInputStream stream = new PipedInputStream(never) {
                    @Override
                    public void close() throws IOException {
                        super.close();
                        closed.countDown();
                    }
                }) {
            assertEquals(0, tiny().command(TinyRootfs.TRUE).stdin(stream).execute().exitCode());
            assertTrue(closed.await(30, TimeUnit.SECONDS));
        }
    }

    /** Nor does one whose close waits: other containers start and end meanwhile. */
    @Test
    void aStreamThatCannotBeClosedHoldsUpNoEnd() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        try (Container container = tiny().command("/bin/sleep", "600").run()) {
            assertEquals(0, tiny().command(TinyRootfs.TRUE).stdin(unwilling(() -> { })).execute().exitCode());
            assertEquals(0, container.exec(TinyRootfs.TRUE).stdin(unwilling(() -> { })).timeout(Duration.ofSeconds(20)).run().exitCode());
            assertEquals(0, tiny().command(TinyRootfs.TRUE).stdin(unwilling(() -> waitFor(released))).timeout(Duration.ofSeconds(20)).execute().exitCode());
            assertEquals(0, container.exec(TinyRootfs.TRUE).stdin(unwilling(() -> waitFor(released))).timeout(Duration.ofSeconds(20)).run().exitCode());
        } finally {
            released.countDown();
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ByteArrayInputStream unwilling(Runnable before) {
        return new ByteArrayInputStream(new byte[0]) {
            @Override
            public void close() {
                before.run();
                throw new IllegalStateException("cannot be closed");
            }
        };
    }

    @Test
    void aStreamIsReadAsItComes() throws Exception {
        try (PipedOutputStream writer = new PipedOutputStream(); PipedInputStream stream = new PipedInputStream(writer);
                Container container = tiny().command("/bin/cat").stdin(stream).run()) {
            writer.write("first\n".getBytes(StandardCharsets.UTF_8));
            writer.flush();
            eventually("the first line", Duration.ofSeconds(30), () -> container.logs().equals("first\n"));
            writer.write("second".getBytes(StandardCharsets.UTF_8));
            writer.close();
            assertTrue(container.waitForExit(Duration.ofSeconds(60)).success());
            assertEquals("first\nsecond\n", container.logs());
        }
    }

    @Test
    void aTerminalIsTypedInto() {
        Execution execution = tiny().tty().command(TinyRootfs.OBSERVER, "cat").stdin("typed\n\u0004").execute();
        assertTrue(execution.stdout().contains("typed\r\n"), execution.stdout());
        assertEquals(0, execution.exitCode());
    }
}
