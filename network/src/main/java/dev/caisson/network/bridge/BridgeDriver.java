package dev.caisson.network.bridge;

import dev.caisson.Bandwidth;
import dev.caisson.HostPort;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.ports.PortRelay;
import dev.caisson.network.resolver.Resolver;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The bridge networks of one engine. The router is made with the first container or network, the default network with the first container on it. */
public final class BridgeDriver implements NetworkDriver {
    private static final String DEFAULT = "";
    private static final int DNS = 53;

    private final String engineId;
    private final Plan plan;
    private final PublishedPorts published;
    private final AtomicInteger ports = new AtomicInteger();
    private final AtomicInteger bridges = new AtomicInteger();
    private final Map<String, BridgeNetwork> networks = new ConcurrentHashMap<>();
    private final Map<String, Stack> stacks = new ConcurrentHashMap<>();
    private final Policies policies;
    private @Nullable Router router;
    private @Nullable Interfaces interfaces;
    private @Nullable Names names;
    private @Nullable Resolver resolver;
    private boolean closed;

    /** For one engine, with a default network as it is without options; makes nothing yet. */
    public BridgeDriver(String engineId) {
        this(engineId, Options.of("network driver bridge", Plan.SCHEMA, Map.of()));
    }

    /** For one engine; makes nothing yet. @param options of the default network */
    public BridgeDriver(String engineId, Options options) {
        this.engineId = engineId;
        this.plan = Plan.of(BridgeProvider.NAME, options);
        this.published = new PublishedPorts(engineId);
        this.policies = new Policies(engineId, networks.values(), () -> java.util.Objects.requireNonNull(resolver, "comes with the router"));
    }

    @Override
    public String name() {
        return BridgeProvider.NAME;
    }

    @Override
    public NamespaceKind namespace() {
        return NamespaceKind.PRIVATE;
    }

    private synchronized Router router() {
        if (closed) {
            throw new NetworkProblem(Stage.NETWORK, "the network driver bridge is closed", "");
        }
        Router current = router;
        if (current == null) {
            current = Router.open(engineId, resolvConf());
            Interfaces entered = new Interfaces(current.resolver());
            try {
                names = new Names(current.hostAddress(), policies::of);
                resolver = resolver(current, entered, names);
            } catch (RuntimeException e) {
                entered.close();
                current.close();
                throw e;
            }
            interfaces = entered;
            router = current;
        }
        return current;
    }

    /** Its sockets are the router's, its thread and what it asks on are the host's. */
    private Resolver resolver(Router via, Interfaces entered, Names known) {
        List<Channel> opened = new ArrayList<>();
        try {
            InetSocketAddress where = new InetSocketAddress(InetAddress.getByAddress(Prefix.bytes(via.resolver())), DNS);
            entered.inside(via.namespace(), () -> {
                DatagramChannel udp = DatagramChannel.open(StandardProtocolFamily.INET);
                opened.add(udp);
                ServerSocketChannel tcp = ServerSocketChannel.open(StandardProtocolFamily.INET);
                opened.add(tcp);
                udp.bind(where);
                tcp.bind(where);
                return null;
            });
            return new Resolver("caisson-dns-" + engineId, (DatagramChannel) opened.get(0), (ServerSocketChannel) opened.get(1), known::asker,
                    Path.of("/etc/resolv.conf"), via::owns);
        } catch (IOException | CompletionException e) {
            opened.forEach(BridgeDriver::closeQuietly);
            throw new NetworkProblem(Stage.NETWORK, "the resolver of engine " + engineId + " could not be opened in its router: " + e.getMessage(), "", e);
        }
    }

    private static void closeQuietly(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // nobody has used it
        }
    }

    private Interfaces interfaces() {
        return java.util.Objects.requireNonNull(interfaces, "comes with the router");
    }

    private static String resolvConf() {
        try {
            return Files.readString(Path.of("/etc/resolv.conf"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    // ---- networks ----

    @Override
    public Network create(NetworkSpec spec) {
        return create(spec, null);
    }

    /** As the other, for a network that spans several hosts. @param spec with this driver's own options */
    public Network create(NetworkSpec spec, @Nullable Span span) {
        Plan plan = Plan.of(spec.name(), spec.options());
        try {
            BridgeNetwork made = make(router(), spec.id(), spec.name(), plan, span);
            return new Network(spec.id(), spec.name(), made.subnet().toString(), Prefix.text(made.gateway()), made.internal(),
                    made.six().map(x -> x.subnet().toString()).orElse(""), made.six().map(x -> x.gateway().text()).orElse(""));
        } catch (NetlinkRefusal e) {
            throw refused("network '" + spec.name() + "' could not be made", e);
        }
    }

    /** Where the other hosts of a network are plugged in. */
    public Trunk trunk(Network network) {
        BridgeNetwork known = networks.get(network.id());
        if (known == null) {
            throw BridgeNetwork.gone(network.name());
        }
        return router().trunk(known);
    }

    private BridgeNetwork make(Router via, String id, String name, Plan plan, @Nullable Span span) {
        Optional<Prefix6> subnet6 = subnet6(via, name, plan);
        BridgeNetwork network;
        try {
            Prefix subnet = plan.subnet().orElseGet(via::anySubnet);
            plan.subnet().ifPresent(s -> via.claim(name, s));
            network = new BridgeNetwork(bridges.incrementAndGet(), id, name, subnet, subnet6, plan, via.mtu(), span);
        } catch (RuntimeException e) {
            subnet6.ifPresent(s -> via.six().release(s));
            throw e;
        }
        try {
            via.add(network);
            networks.put(id, network);
            return network;
        } catch (RuntimeException e) {
            via.release(network);
            throw e;
        }
    }

    private Optional<Prefix6> subnet6(Router via, String name, Plan plan) {
        if (!plan.ipv6()) {
            return Optional.empty();
        }
        Router6.require(name);
        Router6 six = via.six(interfaces());
        plan.subnet6().ifPresent(s -> six.claim(name, s));
        return Optional.of(plan.subnet6().orElseGet(six::anySubnet));
    }

    private synchronized BridgeNetwork defaultNetwork(Router via) {
        BridgeNetwork known = networks.get(DEFAULT);
        if (known == null) {
            known = new BridgeNetwork(0, DEFAULT, BridgeProvider.NAME, via.defaultSubnet(), subnet6(via, BridgeProvider.NAME, plan), plan, via.mtu(), null);
            via.add(known);
            networks.put(DEFAULT, known);
        }
        return known;
    }

    @Override
    public void remove(Network network) {
        BridgeNetwork known = networks.get(network.id());
        Router via = router;
        if (known == null || via == null) {
            return;
        }
        known.retire();
        if (networks.remove(network.id(), known)) {
            via.remove(known);
            via.release(known);
        }
    }

    // ---- containers ----

    @Override
    public Attachment attach(AttachRequest request, NamespaceRef namespace) {
        if (namespace.descriptor() < 0) {
            throw new NetworkProblem(Stage.NETWORK, "container " + request.containerId() + " cannot be connected to the bridge: it has the host's network"
                    + (request.ports().isEmpty() ? "" : ", port " + request.ports().get(0).containerPort() + "/" + request.ports().get(0).protocol()
                    + " is there already"), "leave networkHost() out");
        }
        try {
            Router via = router();
            BridgeNetwork network = request.network() == null ? defaultNetwork(via) : networks.get(request.network().id());
            if (network == null) {
                throw BridgeNetwork.gone(request.network().name());
            }
            Stack stack = stacks.computeIfAbsent(request.containerId(), id -> new Stack());
            synchronized (stack) {
                return attach(via, network, stack, request, namespace);
            }
        } catch (NetlinkRefusal e) {
            throw refused("container " + request.containerId() + " could not be connected to the bridge", e);
        }
    }

    private static NetworkProblem refused(String what, NetlinkRefusal e) {
        return new NetworkProblem(Stage.NETWORK, what + ": " + e.getMessage(),
                "bridge networks need CAP_NET_ADMIN and the kernel's veth, bridge and nf_tables; networkNone() and networkHost() need none of them", e);
    }

    private Attachment attach(Router via, BridgeNetwork network, Stack stack, AttachRequest request, NamespaceRef namespace) {
        Endpoint endpoint = Membership.begin(network, request, "c" + ports.incrementAndGet(), stack.freeDevice());
        stack.endpoints().add(endpoint);
        java.util.Objects.requireNonNull(this.names).add(endpoint, stack);
        try {
            List<PortMapping> mapped = new ArrayList<>();
            for (PortMapping wanted : request.ports()) {
                mapped.add(published.publish(via, endpoint, wanted)); // first: a taken port costs nothing yet
            }
            policies.begin(via, endpoint, request); // before anything can be sent
            endpoint.connecting();
            via.connect(endpoint, namespace.descriptor());
            interfaces().configure(stack, endpoint, namespace.descriptor());
            for (HostPort port : request.hostPorts()) {
                stack.exposed().add(published.expose(interfaces(), request.containerId(), namespace.descriptor(), port));
            }
            List<String> addresses = new ArrayList<>(List.of(endpoint.prefix().toString()));
            endpoint.prefix6().ifPresent(p -> addresses.add(p.toString()));
            return new Attachment(request.containerId(), network.id(), addresses, List.of(Prefix.text(via.resolver())),
                    network.internal() ? "" : Prefix.text(via.hostAddress()), mapped, Undo.NOTHING);
        } catch (RuntimeException | Error e) {
            try {
                release(via, stack, endpoint);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    @Override
    public boolean enforcesEgress() {
        return true;
    }

    @Override
    public void limit(Attachment attachment, Bandwidth bandwidth) {
        Stack stack = stacks.get(attachment.containerId());
        Router via = router;
        if (stack == null || via == null) {
            return; // it is over
        }
        synchronized (stack) {
            for (Endpoint endpoint : stack.endpoints()) {
                if (endpoint.network().id().equals(attachment.networkId())) {
                    limit(via, endpoint, bandwidth);
                }
            }
        }
    }

    @Override
    public void lose(Network network, String container, String other, double share) {
        BridgeNetwork known = networks.get(network.id());
        Router via = router;
        if (known == null || via == null) {
            throw BridgeNetwork.gone(network.name());
        }
        int a = known.member(container).address();
        int b = known.member(other).address();
        int exact = (int) Math.ceil(share * FaultRules.CERTAIN);
        try {
            via.faults().lose(a, b, exact);
        } catch (NetlinkRefusal e) {
            throw new NetworkProblem(Stage.NETWORK, "packets between two containers of network '" + network.name() + "' cannot be lost: " + e.getMessage(),
                    "the kernel needs nf_tables for bridges, and numgen for loss(…); partition() does without", e);
        }
    }

    private static void limit(Router via, Endpoint endpoint, Bandwidth bandwidth) {
        Bandwidth before = endpoint.bandwidth();
        try {
            via.limit(endpoint, bandwidth);
        } catch (NetlinkRefusal e) {
            NetworkProblem problem = new NetworkProblem(Stage.NETWORK, "the bandwidth of container " + endpoint.container() + " on network '" + endpoint.network().name()
                    + "' could not be limited to " + bandwidth + ": " + e.getMessage(),
                    "the kernel needs tbf, and for egress ifb, u32 and mirred: modprobe -a sch_tbf ifb cls_u32 act_mirred sch_ingress; or leave bandwidth(…) out", e);
            try {
                via.limit(endpoint, before);
            } catch (RuntimeException second) {
                problem.addSuppressed(second);
            }
            throw problem;
        }
    }

    @Override
    public void detach(Attachment attachment) {
        end(attachment, NamespaceRef.HOST);
    }

    @Override
    public void leave(Attachment attachment, NamespaceRef namespace) {
        end(attachment, namespace);
    }

    private void end(Attachment attachment, NamespaceRef namespace) {
        Stack stack = stacks.get(attachment.containerId());
        Router via = router;
        if (stack == null || via == null || closed) {
            return;
        }
        synchronized (stack) {
            for (Endpoint endpoint : List.copyOf(stack.endpoints())) {
                if (endpoint.network().id().equals(attachment.networkId())) {
                    release(via, stack, endpoint);
                    if (namespace.descriptor() >= 0) {
                        interfaces().reroute(stack, namespace.descriptor());
                    }
                }
            }
        }
    }

    private void release(Router via, Stack stack, Endpoint endpoint) {
        RuntimeException failure = null;
        for (PublishedPorts.Published each : endpoint.published()) {
            failure = collect(failure, each::end);
        }
        if (endpoint.connected()) {
            failure = collect(failure, () -> via.disconnect(endpoint));
        }
        java.util.Objects.requireNonNull(this.names).remove(endpoint);
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

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            published.close();
            policies.close();
            if (resolver != null) {
                resolver.close();
            }
            if (interfaces != null) {
                interfaces.close();
            }
            if (router != null) {
                router.close();
            }
        }
    }
}
