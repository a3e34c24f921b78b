package dev.caisson.network.macvlan;

import dev.caisson.network.bridge.BridgeProvider;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import java.util.List;

/** Docker's {@code macvlan}; never a default, since it needs to know an interface. */
public final class MacvlanProvider implements NetworkProvider {
    static final String NAME = LanKind.MACVLAN.kind;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 4;
    }

    @Override
    public Availability probe(DriverContext context) {
        return new BridgeProvider().probe(context); // both need power over the host's network
    }

    @Override
    public List<OptionSpec> options() {
        return LanKind.MACVLAN.schema();
    }

    @Override
    public boolean implicit() {
        return false;
    }

    @Override
    public NetworkDriver open(DriverContext context, Options options) {
        return new MacvlanDriver(LanKind.MACVLAN, context.engineId());
    }
}
