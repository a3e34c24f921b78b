package dev.caisson.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.linux.Fd;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The end of a published port. */
class PublishedTest {
    private final List<String> done = new ArrayList<>();

    private Runnable step(String name, boolean fails) {
        return () -> {
            done.add(name);
            if (fails) {
                throw new IllegalStateException(name);
            }
        };
    }

    private PublishedPorts.Published published(boolean closingFails) {
        PortHold hold = new PortHold() {
            @Override
            public int port() {
                return 80;
            }

            @Override
            public Fd reserve() {
                throw new AssertionError("nobody asked for that");
            }

            @Override
            public void close() {
                step("port", closingFails).run();
            }
        };
        return new PublishedPorts.Published(hold, InetAddress.getLoopbackAddress(), false, 80, Transport.TCP);
    }

    @Test
    void everyStepIsTriedAndNoFailureIsLost() {
        PublishedPorts.Published port = published(true);
        port.onEnd(step("first", true));
        port.onEnd(step("second", false));
        port.onEnd(step("third", true));
        IllegalStateException failure = assertThrows(IllegalStateException.class, port::end);
        assertEquals(List.of("first", "second", "third", "port"), done);
        assertEquals("first", failure.getMessage());
        assertEquals(List.of("third", "port"), List.of(failure.getSuppressed()).stream().map(Throwable::getMessage).toList());
    }

    @Test
    void withoutFailureNothingIsThrown() {
        PublishedPorts.Published port = published(false);
        port.onEnd(step("rule", false));
        port.end();
        assertEquals(List.of("rule", "port"), done);
    }
}
