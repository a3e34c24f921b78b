package dev.caisson;

import java.util.ArrayList;
import java.util.List;

/**
 * What a container is connected to: the part of {@link ContainerBuilder} that becomes {@link ContainerSpec.Network}.
 *
 * @param <B> the builder
 */
abstract sealed class NetworkOptions<B extends NetworkOptions<B>> extends SecurityOptions<B> permits ProcessOptions {
    private String network = "";
    private final List<Port> ports = new ArrayList<>();
    private boolean publishAll;

    /** The network by name ({@code --network}); default {@code bridge} when a port is published, else {@code none}. */
    public B network(String value) {
        network = value;
        return self();
    }

    /** A network namespace with nothing but its own loopback. */
    public B networkNone() {
        return network("none");
    }

    /** The host's network. */
    public B networkHost() {
        return network("host");
    }

    /** Publishes a TCP port on a free port of all addresses of the host ({@code --publish 80}); {@link Container#port} says which. */
    public B port(int containerPort) {
        return port("", 0, containerPort);
    }

    /** Publishes a TCP port on all addresses of the host ({@code --publish 8080:80}). */
    public B port(int hostPort, int containerPort) {
        return port("", hostPort, containerPort);
    }

    /** Publishes a TCP port on one address of the host ({@code --publish 127.0.0.1:8080:80}); host port 0 for a free one, address "" for all. */
    public B port(String hostAddress, int hostPort, int containerPort) {
        ports.add(new Port(hostAddress, hostPort, containerPort));
        return self();
    }

    /** Publishes a TCP port under the same number ({@code --publish 80:80}). */
    public B samePort(int port) {
        return port("", port, port);
    }

    /** Publishes every TCP port that the image declares (EXPOSE) on a free port of the host ({@code --publish-all}). */
    public B publishAll() {
        publishAll = true;
        return self();
    }

    ContainerSpec.Network network() {
        return new ContainerSpec.Network(network, ports, publishAll);
    }
}
