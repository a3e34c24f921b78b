package dev.caisson.network.bridge;

import dev.caisson.HostPort;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.Held;
import dev.caisson.spi.network.NamespaceRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

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
        return coming(request.containerId(), stack -> attach(hub, network, stack, request, namespace));
    }

    /** A container has a stack while it is on a network: who was last takes it away, and who came just then makes another. */
    private <T> T coming(String container, Function<Stack, T> work) {
        while (true) {
            Stack stack = stacks.computeIfAbsent(container, id -> new Stack());
            synchronized (stack) {
                if (stacks.get(container) != stack) {
                    continue;
                }
                try {
                    return work.apply(stack);
                } finally {
                    if (stack.endpoints().isEmpty()) {
                        stacks.remove(container, stack);
                    }
                }
            }
        }
    }

    private Attachment attach(Hub hub, BridgeNetwork network, Stack stack, AttachRequest request, NamespaceRef namespace) {
        Endpoint endpoint = begin(hub, network, stack, request);
        stack.endpoints().add(endpoint);
        return releasingFailures(hub, stack, endpoint, () -> open(hub, stack, endpoint, request, namespace, () -> {
            hub.router().allow(endpoint);
            plug(hub, stack, endpoint, namespace);
        }));
    }

    /** What is nobody's yet is nobody's reason for a refusal. */
    private Endpoint begin(Hub hub, BridgeNetwork network, Stack stack, AttachRequest request) {
        String port = "c" + ports.incrementAndGet();
        try {
            return Membership.begin(network, request, port, stack.freeDevice());
        } catch (NetworkProblem e) {
            if (!takeBack(hub, network)) {
                throw e;
            }
            return Membership.begin(network, request, port, stack.freeDevice());
        }
    }

    private static void plug(Hub hub, Stack stack, Endpoint endpoint, NamespaceRef namespace) {
        endpoint.connecting();
        hub.router().connect(endpoint, namespace.descriptor());
        hub.interfaces().configure(stack, endpoint, namespace.descriptor());
    }

    /** All that is a container's alone. @param connect lets it send */
    private Attachment open(Hub hub, Stack stack, Endpoint endpoint, AttachRequest request, NamespaceRef namespace, Runnable connect) {
        Router via = hub.router();
        hub.names().add(endpoint, stack);
        List<PortMapping> mapped = new ArrayList<>();
        for (PortMapping wanted : request.ports()) {
            mapped.add(published.publish(via, endpoint, wanted)); // first: a taken port costs nothing yet
        }
        policies.begin(via, endpoint, request); // before anything can be sent
        connect.run();
        via.announce(endpoint);
        for (HostPort port : request.hostPorts()) {
            stack.exposed().add(published.expose(hub.interfaces(), request.containerId(), namespace.descriptor(), port));
        }
        return attachment(via, endpoint, mapped);
    }

    private static Attachment attachment(Router via, Endpoint endpoint, List<PortMapping> mapped) {
        BridgeNetwork network = endpoint.network();
        List<String> addresses = new ArrayList<>(List.of(endpoint.prefix().toString()));
        endpoint.prefix6().ifPresent(p -> addresses.add(p.toString()));
        return new Attachment(endpoint.container(), network.id(), addresses, List.of(Prefix.text(via.resolver())),
                network.internal() ? "" : Prefix.text(via.hostAddress()), mapped);
    }

    private <T> T releasingFailures(Hub hub, Stack stack, Endpoint endpoint, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            try {
                release(hub, stack, endpoint);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    // ---- what is connected ahead ----

    /** A port whose rules let nothing through; empty if the network has no addresses to spare. */
    Optional<Attachment> attachAhead(Hub hub, BridgeNetwork network, String id, NamespaceRef namespace) {
        return coming(id, stack -> Membership.ahead(network, id, "c" + ports.incrementAndGet(), stack.freeDevice()).map(endpoint -> {
            stack.endpoints().add(endpoint);
            return releasingFailures(hub, stack, endpoint, () -> {
                plug(hub, stack, endpoint, namespace);
                return attachment(hub.router(), endpoint, List.of());
            });
        }));
    }

    /** A container's from now on; empty if it was taken back. */
    Optional<Attachment> assign(Hub hub, Attachment ahead, AttachRequest request, NamespaceRef namespace) {
        Stack stack = stacks.get(ahead.containerId());
        if (stack == null) {
            return Optional.empty();
        }
        synchronized (stack) {
            List<Endpoint> known = stack.endpoints();
            if (known.isEmpty() || !known.get(0).network().unreserve(known.get(0))) {
                return Optional.empty();
            }
            Endpoint endpoint = known.get(0);
            return releasingFailures(hub, stack, endpoint, () -> {
                stacks.remove(ahead.containerId(), stack);
                Membership.become(endpoint, request);
                stacks.put(request.containerId(), stack);
                return Optional.of(open(hub, stack, endpoint, request, namespace, () -> hub.router().allow(endpoint)));
            });
        }
    }

    /** Takes off a network what is nobody's yet. @return whether there was anything */
    boolean takeBack(Hub hub, BridgeNetwork network) {
        boolean any = false;
        for (Endpoint each : network.reserved()) {
            Stack stack = stacks.get(each.container());
            if (stack != null) {
                synchronized (stack) { // only what is nobody's is waited for, and who holds that waits for nobody
                    if (network.unreserve(each)) {
                        release(hub, stack, each);
                        any = true;
                    }
                }
            }
        }
        return any;
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

    /** What somebody has to hold for a container's place on a network. */
    Held hold(Hub hub, Attachment attachment) {
        Stack stack = stacks.get(attachment.containerId());
        if (stack == null) {
            throw new NetworkProblem(Stage.NETWORK, "container " + attachment.containerId() + " is on no network any more", "run its spec again");
        }
        synchronized (stack) {
            if (!stack.exposed().isEmpty()) {
                throw new NetworkProblem(Stage.NETWORK, "container " + attachment.containerId() + " has ports of the host's loopback, which the JVM carries", "leave exposeHostPort(…) out");
            }
            Endpoint endpoint = stack.endpoints().stream().filter(e -> e.network().id().equals(attachment.networkId())).findFirst().orElseThrow();
            Held held = hub.router().lasting().hold(hub.router(), endpoint);
            endpoint.last();
            return held;
        }
    }

    /** Whether anything outlives the JVM. */
    boolean lasts() {
        return stacks.values().stream().flatMap(s -> s.endpoints().stream()).anyMatch(Endpoint::lasts);
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
        if (!stack.endpoints().contains(endpoint)) {
            return; // it was taken back before it was quite there
        }
        AllSteps steps = new AllSteps();
        endpoint.published().forEach(each -> steps.run(each::end));
        if (endpoint.connected()) {
            steps.run(() -> hub.router().disconnect(endpoint));
        }
        hub.names().remove(endpoint);
        steps.run(() -> policies.end(endpoint));
        stack.forget(endpoint);
        if (stack.endpoints().isEmpty()) {
            stack.exposed().forEach(each -> steps.run(each::close));
            stack.exposed().clear();
            stacks.remove(endpoint.container(), stack);
        }
        endpoint.network().unreserve(endpoint);
        Membership.end(endpoint);
        steps.over();
    }

    /** No port of the host's leads to a container any more. */
    @Override
    public void close() {
        published.close();
        stacks.values().stream().flatMap(s -> s.endpoints().stream()).flatMap(e -> e.published().stream()).forEach(PublishedPorts.Published::leave);
    }
}
