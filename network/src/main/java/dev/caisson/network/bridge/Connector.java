package dev.caisson.network.bridge;

import dev.caisson.HostPort;
import dev.caisson.network.ports.PortRelay;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.NetworkDriver.Undo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Containers come to networks and leave them, each with all that it has there: address, names, port of the bridge, published ports. Thread-safe. */
final class Connector implements AutoCloseable {
    private final Policies policies;
    private final PublishedPorts published;
    private final AtomicInteger ports = new AtomicInteger();
    private final Map<String, Stack> stacks = new ConcurrentHashMap<>();

    /** @param policies to which containers are held */
    Connector(String engineId, Policies policies) {
        this.policies = policies;
        this.published = new PublishedPorts(engineId);
    }

    Attachment attach(Hub hub, BridgeNetwork network, AttachRequest request, NamespaceRef namespace) {
        Stack stack = stacks.computeIfAbsent(request.containerId(), id -> new Stack());
        synchronized (stack) {
            return attach(hub, network, stack, request, namespace);
        }
    }

    private Attachment attach(Hub hub, BridgeNetwork network, Stack stack, AttachRequest request, NamespaceRef namespace) {
        Router via = hub.router();
        Endpoint endpoint = Membership.begin(network, request, "c" + ports.incrementAndGet(), stack.freeDevice());
        stack.endpoints().add(endpoint);
        hub.names().add(endpoint, stack);
        try {
            List<PortMapping> mapped = new ArrayList<>();
            for (PortMapping wanted : request.ports()) {
                mapped.add(published.publish(via, endpoint, wanted)); // first: a taken port costs nothing yet
            }
            policies.begin(via, endpoint, request); // before anything can be sent
            endpoint.connecting();
            via.connect(endpoint, namespace.descriptor());
            hub.interfaces().configure(stack, endpoint, namespace.descriptor());
            for (HostPort port : request.hostPorts()) {
                stack.exposed().add(published.expose(hub.interfaces(), request.containerId(), namespace.descriptor(), port));
            }
            List<String> addresses = new ArrayList<>(List.of(endpoint.prefix().toString()));
            endpoint.prefix6().ifPresent(p -> addresses.add(p.toString()));
            return new Attachment(request.containerId(), network.id(), addresses, List.of(Prefix.text(via.resolver())),
                    network.internal() ? "" : Prefix.text(via.hostAddress()), mapped, Undo.NOTHING);
        } catch (RuntimeException | Error e) {
            try {
                release(hub, stack, endpoint);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** Does something to how a container is on a network, if it is still there. */
    void with(Attachment attachment, Consumer<Endpoint> work) {
        Stack stack = stacks.get(attachment.containerId());
        if (stack == null) {
            return; // it is over
        }
        synchronized (stack) {
            stack.endpoints().stream().filter(e -> e.network().id().equals(attachment.networkId())).forEach(work);
        }
    }

    void end(Hub hub, Attachment attachment, NamespaceRef namespace) {
        Stack stack = stacks.get(attachment.containerId());
        if (stack == null) {
            return;
        }
        synchronized (stack) {
            for (Endpoint endpoint : List.copyOf(stack.endpoints())) {
                if (endpoint.network().id().equals(attachment.networkId())) {
                    release(hub, stack, endpoint);
                    if (namespace.descriptor() >= 0) {
                        hub.interfaces().reroute(stack, namespace.descriptor());
                    }
                }
            }
        }
    }

    private void release(Hub hub, Stack stack, Endpoint endpoint) {
        RuntimeException failure = null;
        for (PublishedPorts.Published each : endpoint.published()) {
            failure = collect(failure, each::end);
        }
        if (endpoint.connected()) {
            failure = collect(failure, () -> hub.router().disconnect(endpoint));
        }
        hub.names().remove(endpoint);
        failure = collect(failure, () -> policies.end(endpoint));
        stack.forget(endpoint);
        if (stack.endpoints().isEmpty()) {
            for (PortRelay.Listening each : stack.exposed()) {
                failure = collect(failure, each::close);
            }
            stack.exposed().clear();
            stacks.remove(endpoint.container(), stack);
        }
        Membership.end(endpoint);
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable RuntimeException collect(@Nullable RuntimeException before, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            if (before == null) {
                return e;
            }
            before.addSuppressed(e);
        }
        return before;
    }

    /** No port of the host's leads to a container any more. */
    @Override
    public void close() {
        published.close();
    }
}
