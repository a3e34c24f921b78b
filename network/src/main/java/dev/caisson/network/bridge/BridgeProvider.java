package dev.caisson.network.bridge;

import dev.caisson.HostReport;
import dev.caisson.network.firewall.ForwardCheck;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Docker's {@code bridge}: the default of containers that publish a port. */
public final class BridgeProvider implements NetworkProvider {
    static final String NAME = "bridge";
    private static final Path FORWARDS = Path.of("/proc/sys/net/ipv4/ip_forward");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 20;
    }

    @Override
    public Availability probe(DriverContext context) {
        if (!Files.isWritable(FORWARDS)) {
            return Availability.no(FORWARDS + " is not writable, so nothing can be forwarded to containers",
                    "run as root with a writable /proc/sys, or use networkNone() or networkHost()");
        }
        return Availability.yes();
    }

    @Override
    public List<HostReport.Finding> findings() {
        return Files.isWritable(FORWARDS) ? ForwardCheck.findings(Router.LINK) : List.of();
    }

    @Override
    public List<OptionSpec> options() {
        return Plan.SCHEMA;
    }

    @Override
    public NetworkDriver open(DriverContext context, Options options) {
        return new BridgeDriver(context.engineId(), options);
    }
}
