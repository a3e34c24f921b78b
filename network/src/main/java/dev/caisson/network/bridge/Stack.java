package dev.caisson.network.bridge;

import dev.caisson.network.ports.PortRelay;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** All endpoints of one container, and which of them its routes lead over. Locked by itself while one is added or taken away. */
final class Stack {
    private final List<Endpoint> endpoints = new CopyOnWriteArrayList<>();
    private final List<PortRelay.Listening> exposed = new ArrayList<>();
    private @Nullable Endpoint outward;
    private @Nullable Endpoint outward6;
    private @Nullable Endpoint resolver;

    /** Can be read without the lock. */
    List<Endpoint> endpoints() {
        return endpoints;
    }

    /** Ports of the host's inside. They go with the last endpoint, as their sockets keep the namespace. */
    List<PortRelay.Listening> exposed() {
        return exposed;
    }

    /** A name for the next interface. */
    String freeDevice() {
        for (int i = 0;; i++) {
            String name = "eth" + i;
            if (endpoints.stream().noneMatch(e -> e.device().equals(name))) {
                return name;
            }
        }
    }

    void forget(Endpoint endpoint) {
        endpoints.remove(endpoint);
        outward = outward == endpoint ? null : outward;
        outward6 = outward6 == endpoint ? null : outward6;
        resolver = resolver == endpoint ? null : resolver;
    }

    /** Over whose gateway a default route has to be made now: that of the first network with a way out. */
    Optional<Endpoint> newDefault() {
        if (outward == null) {
            outward = endpoints.stream().filter(e -> !e.network().internal()).findFirst().orElse(null);
            return Optional.ofNullable(outward);
        }
        return Optional.empty();
    }

    /** The same for IPv6. */
    Optional<Endpoint> newDefault6() {
        if (outward6 == null) {
            outward6 = endpoints.stream().filter(e -> !e.network().internal() && e.address6().isPresent()).findFirst().orElse(null);
            return Optional.ofNullable(outward6);
        }
        return Optional.empty();
    }

    /** Over whose gateway a route to the resolver has to be made now, as there is no default one. */
    Optional<Endpoint> newResolver() {
        if (outward == null && resolver == null && !endpoints.isEmpty()) {
            resolver = endpoints.get(0);
            return Optional.of(resolver);
        }
        return Optional.empty();
    }
}
