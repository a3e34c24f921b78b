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
import java.util.Optional;
import java.util.stream.Stream;

/** What an ordinary user's containers have for {@code bridge}. */
public final class SlirpProvider implements NetworkProvider {
    static final String NAME = "slirp4netns";
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final String ALTERNATIVE = "; or use networkNone(), or networkHost(), with which the container's ports are the host's";

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
        if (program().isEmpty()) {
            return Availability.no("the program slirp4netns is not in the PATH", "apt-get install slirp4netns (dnf install slirp4netns, apk add slirp4netns)" + ALTERNATIVE);
        }
        if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
            return Availability.no("this user may not open " + TUN, "modprobe tun; chmod 0666 " + TUN + " (in a docker container: --device " + TUN + ")" + ALTERNATIVE);
        }
        return Availability.yes();
    }

    /** Where the program is. */
    static Optional<Path> program() {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        return Stream.of(path.split(":")).filter(d -> d.startsWith("/")).map(d -> Path.of(d, NAME)).filter(Files::isExecutable).findFirst();
    }

    @Override
    public List<OptionSpec> options() {
        return List.of();
    }

    @Override
    public NetworkDriver open(DriverContext context, Options options) {
        return new SlirpDriver(context.run());
    }
}
