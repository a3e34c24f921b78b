package dev.caisson.network.host;

import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import java.util.List;

/** Docker's {@code host}; never a default, since it isolates nothing. */
public final class HostProvider implements NetworkProvider {
    static final String NAME = "host";

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
    public NetworkDriver open(DriverContext context, Options options) {
        return new HostDriver();
    }
}
