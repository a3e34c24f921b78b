package dev.caisson.network.slirp;

import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import java.util.List;

/** What an ordinary user's containers have for {@code bridge} where there is no slirp4netns. */
public final class PastaProvider implements NetworkProvider {
    static final String NAME = "pasta";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 7;
    }

    @Override
    public Availability probe(DriverContext context) {
        if (Carrier.find(NAME).isEmpty()) {
            return Availability.no("the program pasta is not in the PATH", "apt-get install passt (dnf install passt, apk add passt)" + SlirpProvider.ALTERNATIVE);
        }
        return SlirpProvider.tunnels();
    }

    @Override
    public List<OptionSpec> options() {
        return List.of();
    }

    @Override
    public NetworkDriver open(DriverContext context, Options options) {
        return new SlirpDriver(context.run(), new Pasta());
    }
}
