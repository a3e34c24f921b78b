package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.ContainerSpec.Endpoint;
import dev.caisson.linux.Fd;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import java.util.Optional;

/** Network namespaces that are connected already, for the next container on a network that was used before. They are held by descriptors alone, so they go with the JVM. */
final class ConnectedAhead implements AutoCloseable {
    private static final int MOST = 4;

    private final LocalEngine engine;
    private final boolean any;
    private final Reserve<NetworkRoom.Resolved, Ready> ready;

    /** One of them. @param attachment nobody's yet */
    record Ready(NetworkRoom.Resolved network, Fd namespace, Attachment attachment) {
        /** Gives it back. */
        void discard() {
            try {
                network.driver().detach(attachment);
            } finally {
                namespace.close();
            }
        }
    }

    /** @param wanted how many are kept; there are never more than a few */
    ConnectedAhead(LocalEngine engine, int wanted) {
        this.engine = engine;
        this.any = wanted > 0;
        this.ready = new Reserve<>(engine, Math.min(wanted, MOST), "connected network namespace", Ready::discard);
    }

    /** Whether a container can have one: its driver makes some, and it asks for no address of its own. */
    static boolean possible(NetworkRoom.Resolved network, Endpoint endpoint) {
        return network.driver().attachesAhead() && endpoint.ip().isEmpty() && endpoint.ip6().isEmpty() && endpoint.mac().isEmpty() && endpoint.linkLocal().isEmpty();
    }

    /** One that is the caller's now. */
    Optional<Ready> take(NetworkRoom.Resolved network, Endpoint endpoint) {
        return possible(network, endpoint) ? Optional.ofNullable(ready.take(network, r -> true)) : Optional.empty();
    }

    /** What is to be done when a start like this is over, or runs; empty where nothing can be connected ahead. */
    Optional<Runnable> replenishing(ContainerSpec like) {
        return any ? engine.networkRoom().attachable(like.network().chosen().get(0)).map(network -> () -> ready.replenish(network, () -> make(engine, network, Ids.random())))
                : Optional.empty();
    }

    /** Makes one. @param id 64 hex digits; those of the container it is for, if there is one. @return empty if the network has nothing to spare */
    static Optional<Ready> make(LocalEngine engine, NetworkRoom.Resolved network, String id) {
        Fd namespace = engine.namespaces().take().orElseGet(NamespacePool::make);
        Optional<Attachment> attachment = Optional.empty();
        try {
            attachment = network.driver().attachAhead(network.network(), id, new NamespaceRef(namespace.value()));
        } finally {
            if (attachment.isEmpty()) {
                namespace.close();
            }
        }
        return attachment.map(a -> new Ready(network, namespace, a));
    }

    @Override
    public void close() {
        ready.close();
    }
}
