package dev.caisson.logging.none;

import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogProvider;
import java.util.List;

/** Docker's {@code none}; never a default. */
public final class NoneProvider implements LogProvider {
    static final String NAME = "none";

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
        return List.of();
    }

    @Override
    public LogDriver open(DriverContext context, Options options) {
        return new NoneDriver();
    }
}
