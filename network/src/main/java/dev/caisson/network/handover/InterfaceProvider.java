package dev.caisson.network.handover;

import dev.caisson.network.bridge.BridgeProvider;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import java.util.List;

/** Hands interfaces of the host over ({@code hostInterface("eth1")}); has no networks of its own. */
public final class InterfaceProvider implements NetworkProvider {
    static final String NAME = "interface";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 3;
    }

    @Override
    public Availability probe(DriverContext context) {
        return new BridgeProvider().probe(context); // both need power over the host's network
    }

    @Override
    public List<OptionSpec> options() {
        return List.of();
    }

    @Override
    public boolean implicit() {
        return false;
    }

    @Override
    public NetworkDriver open(DriverContext context, Options options) {
        return new InterfaceDriver(context.root());
    }
}
