package dev.caisson.host.streams;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A JVM with a small heap and a log driver that is slower than the container. Operands: engine root, run directory, root file system, lines. */
public final class SlowConsumer {
    private SlowConsumer() {}

    public static void main(String[] arguments) {
        long lines = Long.parseLong(arguments[3]);
        Slow slow = new Slow();
        try (Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).logging(slow).build();
                Container container = engine.rootfs(Path.of(arguments[2])).command("/bin/observer", "lines", arguments[3]).logDriver("slow", Map.of()).run()) {
            while (slow.next <= lines / 2) {
                Thread.onSpinWait();
            }
            if (container.state() != Container.State.RUNNING) {
                throw new AssertionError("half of the output is not taken yet, and who prints it is not held up");
            }
            container.waitForExit(Duration.ofSeconds(150));
            container.remove();
            if (slow.next != lines + 1) {
                throw new AssertionError(slow.next - 1 + " lines of " + lines);
            }
        }
    }

    /** Checks that the lines come in order and none is missing. */
    private static final class Slow implements LogProvider, LogDriver {
        private volatile long next = 1;

        @Override
        public void log(LogEntry entry) {
            String line = StandardCharsets.US_ASCII.decode(entry.line().duplicate()).toString();
            if (!line.equals("line " + next)) {
                throw new IllegalStateException("'" + line + "' instead of line " + next);
            }
            next++;
            if (next % 20_000 == 0) {
                sleep();
            }
        }

        private static void sleep() {
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public String name() {
            return "slow";
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Availability probe(DriverContext context) {
            return Availability.yes();
        }

        @Override
        public List<OptionSpec> options() {
            return List.of();
        }

        @Override
        public LogDriver open(DriverContext context, Options options) {
            return this;
        }

        @Override
        public void close() {
            // there is nothing to be kept
        }
    }
}
