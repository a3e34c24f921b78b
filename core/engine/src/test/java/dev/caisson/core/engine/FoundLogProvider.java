package dev.caisson.core.engine;

import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogProvider;
import java.util.List;

/** A log driver that {@link java.util.ServiceLoader} finds; another instance may be given explicitly. */
public final class FoundLogProvider implements LogProvider {
    static final String NAME = "found-by-tests";

    private final String text;

    public FoundLogProvider() {
        this("discovered");
    }

    FoundLogProvider(String text) {
        this.text = text;
    }

    @Override
    public String name() {
        return NAME;
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
        return List.of(new OptionSpec("max-size", OptionSpec.Type.SIZE, "-1", "bytes"));
    }

    @Override
    public LogDriver open(DriverContext context, Options options) {
        return new LogDriver() {
            @Override
            public String name() {
                return text + " " + options + " in " + context.root().getFileName() + " for " + context.subject().name();
            }

            @Override
            public void log(LogEntry entry) {
                throw new AssertionError("nothing is logged here");
            }

            @Override
            public void close() {
                // holds nothing
            }
        };
    }
}
