package dev.caisson.host.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Attachment;
import dev.caisson.Container;
import dev.caisson.Exec;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Row 113: what is read slowly waits where it is made, and who comes and goes a thousand times leaves no thread and no descriptor. */
@Timeout(180)
class AttachLeakTest extends EngineTest {
    private static final long BOUND = 24L << 20;

    @BeforeEach
    void shell() {
        root.withShell();
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    @Test
    void aSlowReaderCostsNoMemory() throws Exception {
        try (Container container = tiny().command("sleep", "600").run(); Exec flood = container.exec("busybox", "yes").piped().start();
                Container other = tiny().logDriver("none", java.util.Map.of()).command("busybox", "yes").run(); Attachment attached = other.attach()) {
            byte[] some = new byte[1 << 16];
            long before = used();
            for (int i = 0; i < 20; i++) {
                for (InputStream in : new InputStream[] {flood.stdout(), attached.stdout()}) {
                    assertEquals(some.length, in.readNBytes(some, 0, some.length));
                }
                pause(50);
            }
            assertTrue(used() - before < BOUND, () -> used() - before + " bytes are held");
            assertTrue(flood.isAlive());
        }
    }

    @Test
    void comingAndGoing() throws Exception {
        try (Container container = tiny().tty().interactive().command("sh").run()) {
            turn(container);
            eventually("it is quiet", Duration.ofSeconds(30), () -> !container.logs().isEmpty());
            long descriptors = descriptors();
            int threads = Thread.activeCount();
            for (int i = 0; i < 1000; i++) {
                turn(container);
            }
            for (int i = 0; i < 50; i++) {
                try (Exec exec = container.exec("sh").tty().interactive().start()) {
                    exec.stdin().write('\n');
                    exec.resize(20 + i, 80);
                }
            }
            eventually("as many descriptors as before: " + descriptors, Duration.ofSeconds(30), () -> {
                try {
                    return descriptors() <= descriptors;
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            eventually(() -> Thread.activeCount() + " threads instead of " + threads, Duration.ofSeconds(30), () -> Thread.activeCount() <= threads + 4);
            eventually("its shell alone is left", Duration.ofSeconds(30), () -> container.top().size() == 1);
        }
    }

    private static void turn(Container container) throws IOException {
        try (Attachment attached = container.attach()) {
            container.resize(24, 80);
            attached.stdin().write('\n');
        }
    }
}
