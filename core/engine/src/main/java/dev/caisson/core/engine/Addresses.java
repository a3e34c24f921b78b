package dev.caisson.core.engine;

import dev.caisson.NetworkProblem;
import dev.caisson.Protocol;
import dev.caisson.Stage;

/** Where a container can be reached. */
final class Addresses {
    private final RunContext run;

    Addresses(RunContext run) {
        this.run = run;
    }

    /** On its first network. */
    String first() {
        return run.connections().list().stream().flatMap(c -> c.address().stream()).findFirst().orElseThrow(() -> addressless(String.join(", ", run.connections().names())));
    }

    String on(String network) {
        return run.connections().find(network).flatMap(Connections.Connection::address).orElseThrow(() -> addressless(network));
    }

    private NetworkProblem addressless(String network) {
        return new NetworkProblem(Stage.NETWORK, "container " + run.name() + " has no address of its own on network " + network, "use 'localhost' with networkHost()");
    }

    int port(int containerPort, Protocol protocol) {
        if (run.hostNetwork()) {
            return containerPort;
        }
        return run.connections().ports().stream().filter(p -> p.containerPort() == containerPort && p.protocol().equals(protocol.toString())).findFirst()
                .map(p -> p.hostPort()).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, "port " + containerPort + "/" + protocol + " of container " + run.name()
                        + " is not published", "publish it with port(" + containerPort + ")"));
    }
}
