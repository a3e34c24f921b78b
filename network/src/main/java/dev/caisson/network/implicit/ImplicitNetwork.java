package dev.caisson.network.implicit;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import java.util.List;

/** A driver whose one network is there without being made, and to which nothing has to be connected. */
public abstract class ImplicitNetwork implements NetworkDriver {
    private final String name;
    private final NamespaceKind namespace;

    /** @param name the driver's name, which is its network's too */
    protected ImplicitNetwork(String name, NamespaceKind namespace) {
        this.name = name;
        this.namespace = namespace;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final NamespaceKind namespace() {
        return namespace;
    }

    @Override
    public final Network create(NetworkSpec spec) {
        throw new NetworkProblem(Stage.NETWORK, "network '" + spec.name() + "' cannot be created: the driver " + name
                + " has one network, named " + name + ", which is always there",
                "give the container network(\"" + name + "\"), or create the network with another driver");
    }

    /** There is none that {@link #create} made. */
    @Override
    public final void remove(Network network) {}

    @Override
    public final Attachment attach(AttachRequest request, NamespaceRef ref) {
        List<PortMapping> published = request.ports().stream().map(port -> publish(request.containerId(), port)).toList();
        return new Attachment(request.containerId(), "", List.of(), List.of(), name.equals("host") ? "127.0.0.1" : "", published);
    }

    /**
     * A port as it can be reached, if it can.
     *
     * @throws NetworkProblem if it cannot be published as asked
     */
    protected abstract PortMapping publish(String containerId, PortMapping port);

    /** The refusal of a port. */
    protected final NetworkProblem unpublishable(String containerId, PortMapping port, String why, String remedy) {
        return new NetworkProblem(Stage.NETWORK, "port " + port.containerPort() + "/" + port.protocol() + " of container " + containerId
                + " cannot be published on the network " + name + ": " + why, remedy);
    }

    @Override
    public final void detach(Attachment attachment) {}

    @Override
    public final void close() {}
}
