package dev.caisson.host.detach;

import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.Held;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.spi.network.NetworkSpec;
import java.util.List;

/** Networks that are nothing, of a driver by which a test comes between what a detach has looked at and what it does. @param nameservers of who is on one @param holding runs when it is asked what is to be held */
record HoldingProvider(List<String> nameservers, Runnable holding) implements NetworkProvider {
    private final class Driver implements NetworkDriver {
        @Override
        public String name() {
            return "holding";
        }

        @Override
        public NamespaceKind namespace() {
            return NamespaceKind.PRIVATE;
        }

        @Override
        public Network create(NetworkSpec spec) {
            return new Network(spec.id(), spec.name(), "", "", false);
        }

        @Override
        public void remove(Network network) { }

        @Override
        public Attachment attach(AttachRequest request, NamespaceRef namespace) {
            return new Attachment(request.containerId(), request.network().id(), List.of(), nameservers, "", List.of());
        }

        @Override
        public boolean outlives() {
            return true;
        }

        @Override
        public Held hold(Attachment attachment) {
            holding.run();
            return new Held(List.of(), List.of(), List.of("10.9.8.7 neighbour"));
        }

        @Override
        public void detach(Attachment attachment) { }

        @Override
        public void close() { }
    }

    @Override
    public String name() {
        return "holding";
    }

    @Override
    public int priority() {
        return 1;
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
    public boolean implicit() {
        return false;
    }

    @Override
    public NetworkDriver open(DriverContext context, Options options) {
        return new Driver();
    }
}
