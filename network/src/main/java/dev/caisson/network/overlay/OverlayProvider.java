package dev.caisson.network.overlay;

import dev.caisson.network.bridge.BridgeDriver;
import dev.caisson.network.bridge.BridgeProvider;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import java.util.List;

/** Docker's {@code overlay}: one network on several hosts. */
public final class OverlayProvider implements NetworkProvider {
    static final String NAME = "overlay";

    private final BridgeProvider bridge = new BridgeProvider();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 5;
    }

    @Override
    public Availability probe(DriverContext context) {
        return bridge.probe(context);
    }

    @Override
    public List<OptionSpec> options() {
        return OverlayPlan.SCHEMA;
    }

    @Override
    public boolean implicit() {
        return false;
    }

    @Override
    public String base() {
        return bridge.name();
    }

    @Override
    public NetworkDriver open(DriverContext context, Options options) {
        return new OverlayDriver(context.engineId(), new BridgeDriver(context.engineId()), true);
    }

    /** On the engine's own bridge driver, so that a container can be on networks of both. Another bridge driver than ours is not built on. */
    @Override
    public NetworkDriver open(DriverContext context, Options options, NetworkDriver base) {
        return base instanceof BridgeDriver ours ? new OverlayDriver(context.engineId(), ours, false) : open(context, options);
    }
}
