package dev.caisson.network.none;

import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import java.util.List;

/** Docker's {@code none}; works everywhere, so it is the default where nothing connected does. */
public final class NoneProvider implements NetworkProvider {
    static final String NAME = "none";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 10;
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
    public NetworkDriver open(DriverContext context, Options options) {
        return new NoneDriver();
    }
}
