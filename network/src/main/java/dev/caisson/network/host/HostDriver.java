package dev.caisson.network.host;

import dev.caisson.network.implicit.ImplicitNetwork;
import dev.caisson.spi.network.AttachRequest.PortMapping;

/** The container listens on the host's addresses itself: a port is published as it is, or not at all. */
public final class HostDriver extends ImplicitNetwork {
    HostDriver() {
        super(HostProvider.NAME, NamespaceKind.HOST);
    }

    @Override
    protected PortMapping publish(String containerId, PortMapping port) {
        if (port.hostPort() != 0 && port.hostPort() != port.containerPort()) {
            throw unpublishable(containerId, port, "it would have to be " + port.hostPort() + " outside, but there is no outside",
                    "use port " + port.containerPort() + " of the host, or let the program listen on " + port.hostPort());
        }
        if (!port.hostAddress().isEmpty()) {
            throw unpublishable(containerId, port, "the program chooses the addresses it listens on, not the network",
                    "let the program listen on " + port.hostAddress() + " and leave the address out of port(…)");
        }
        return new PortMapping("", port.containerPort(), port.containerPort(), port.protocol());
    }
}
