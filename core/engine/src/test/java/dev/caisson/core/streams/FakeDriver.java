package dev.caisson.core.streams;

import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A log driver that takes a line only when it is let, and fails when it is told to. */
final class FakeDriver implements LogDriver {
    /** What fails, thrown by each {@link #log}. */
    @FunctionalInterface
    interface Failure {
        void fail() throws IOException;
    }

    final List<String> lines = Collections.synchronizedList(new ArrayList<>());
    final Semaphore let = new Semaphore(0);
    final AtomicInteger closed = new AtomicInteger();
    private final AtomicInteger inside = new AtomicInteger();
    private final Failure failure;

    FakeDriver(Failure failure) {
        this.failure = failure;
    }

    FakeDriver() {
        this(() -> { });
    }

    /** Takes whatever comes from now on. */
    FakeDriver open() {
        let.release(1 << 20);
        return this;
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public void log(LogEntry entry) throws IOException {
        if (inside.incrementAndGet() != 1) {
            lines.add("CONCURRENT");
        }
        let.acquireUninterruptibly();
        lines.add(entry.stream().text() + " " + StandardCharsets.UTF_8.decode(entry.line().duplicate()));
        inside.decrementAndGet();
        failure.fail();
    }

    @Override
    public void close() throws IOException {
        closed.incrementAndGet();
        lines.add("closed");
        failure.fail();
    }
}
