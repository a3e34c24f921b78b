package dev.caisson.network.slirp;

import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What an ordinary user's containers have for {@code bridge}. */
public final class SlirpProvider implements NetworkProvider {
    static final String NAME = "slirp4netns";
    private static final Path TUN = Path.of("/dev/net/tun");
    static final String ALTERNATIVE = "; or use networkNone(), or networkHost(), with which the container's ports are the host's";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 6;
    }

    @Override
    public Availability probe(DriverContext context) {
        if (Carrier.find(NAME).isEmpty()) {
            return Availability.no("the program slirp4netns is not in the PATH", "apt-get install slirp4netns (dnf install slirp4netns, apk add slirp4netns), or passt for pasta" + ALTERNATIVE);
        }
        return tunnels();
    }

    /** Whether such programs can give a namespace an interface. */
    static Availability tunnels() {
        if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
            return Availability.no("this user may not open " + TUN, "modprobe tun; chmod 0666 " + TUN + " (in a docker container: --device " + TUN + ")" + ALTERNATIVE);
        }
        return Availability.yes();
    }

    @Override
    public List<OptionSpec> options() {
        return List.of();
    }

    @Override
    public NetworkDriver open(DriverContext context, Options options) {
        return new SlirpDriver(context.run(), new Slirp());
    }
}
