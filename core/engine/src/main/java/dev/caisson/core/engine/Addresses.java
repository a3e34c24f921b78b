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
        return first(false);
    }

    String on(String network) {
        return on(false, network);
    }

    /** On the first of its networks that has IPv6. */
    String first6() {
        return first(true);
    }

    String on6(String network) {
        return on(true, network);
    }

    private String first(boolean six) {
        return run.connections().list().stream().flatMap(c -> c.address(six).stream()).findFirst().orElseThrow(() -> addressless(six, String.join(", ", run.connections().names())));
    }

    private String on(boolean six, String network) {
        return run.connections().find(network).flatMap(c -> c.address(six)).orElseThrow(() -> addressless(six, network));
    }

    private NetworkProblem addressless(boolean six, String network) {
        return new NetworkProblem(Stage.NETWORK, "container " + run.name() + " has no " + (six ? "IPv6 " : "") + "address of its own" + (network.isEmpty() ? "" : " on network " + network),
                run.hostNetwork() ? "use 'localhost' with networkHost()" : six ? "make the network with ipv6()" : "give it a network that has addresses, such as network(\"bridge\")");
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
