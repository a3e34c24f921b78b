package dev.caisson.network.none;

import dev.caisson.network.implicit.ImplicitNetwork;
import dev.caisson.spi.network.AttachRequest.PortMapping;

/** Nothing is connected: the namespace has its loopback interface alone. */
public final class NoneDriver extends ImplicitNetwork {
    NoneDriver() {
        super(NoneProvider.NAME, NamespaceKind.PRIVATE);
    }

    @Override
    protected PortMapping publish(String containerId, PortMapping port) {
        throw unpublishable(containerId, port, "nothing outside reaches it",
                "leave port(" + port.containerPort() + ") out, or choose a network that is connected");
    }
}
