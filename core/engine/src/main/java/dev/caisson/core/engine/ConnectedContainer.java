package dev.caisson.core.engine;

import dev.caisson.Bandwidth;
import dev.caisson.ContainerSpec;
import dev.caisson.Egress;
import dev.caisson.EgressBuilder;
import dev.caisson.ExitStatus;
import dev.caisson.Protocol;
import dev.caisson.linux.Fd;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A container on its networks: where it can be reached, how it comes to one and leaves it, what it may send. */
abstract sealed class ConnectedContainer extends ExportedContainer permits LiveContainer {
    private final RunContext run;
    private final Addresses addresses;

    ConnectedContainer(RunContext run) {
        this.run = run;
        this.addresses = new Addresses(run);
    }

    /** Completes when the process that runs now ends. */
    abstract CompletableFuture<ExitStatus> currentExit();

    /** How it is on a network. */
    Optional<Connections.Connection> connection(String network) {
        return run.connections().find(network);
    }

    void connect(NetworkRoom.Resolved network, ContainerSpec.Endpoint endpoint) {
        NetworkJoin.connect(run, network, endpoint);
    }

    boolean disconnect(String network) {
        return NetworkJoin.disconnect(run, network);
    }

    /** Its network namespace, if it has one of its own now. The caller's. */
    Optional<Fd> networkNamespace() {
        return NetworkJoin.namespace(run, currentExit());
    }

    /** Why it has none. */
    String withoutNamespace() {
        return run.hostNetwork() ? "has the host's network" : "is " + state();
    }

    @Override
    public Bandwidth bandwidth() {
        return run.connections().bandwidth();
    }

    @Override
    public void bandwidth(Bandwidth limits) {
        NetworkJoin.limit(run, limits);
    }

    @Override
    public Egress egress() {
        return run.connections().egress(run.spec().network().egress());
    }

    @Override
    public void egress(Consumer<EgressBuilder> policy) {
        NetworkJoin.restrict(run, Egress.of(policy));
    }

    @Override
    public String ipAddress() {
        return addresses.first();
    }

    @Override
    public String ipAddress(String network) {
        return addresses.on(network);
    }

    @Override
    public String ip6Address() {
        return addresses.first6();
    }

    @Override
    public String ip6Address(String network) {
        return addresses.on6(network);
    }

    @Override
    public List<String> networks() {
        return run.connections().names();
    }

    @Override
    public int port(int containerPort, Protocol protocol) {
        return addresses.port(containerPort, protocol);
    }
}
