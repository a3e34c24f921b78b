package dev.caisson.network.bridge;

import dev.caisson.Bandwidth;
import dev.caisson.Egress;
import dev.caisson.EgressAttempt;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Held;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The bridge networks of one engine. The router is made with the first container or network, the default network with the first container on it. */
public final class BridgeDriver implements NetworkDriver {
    private final String engineId;
    private final BridgeNetworks networks;
    private final Policies policies;
    private final Connector connector;
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private @Nullable Guardian guardian;
    private volatile @Nullable Hub hub;
    private volatile boolean closed;

    /** For one engine, with a default network as it is without options; makes nothing yet. */
    public BridgeDriver(String engineId) {
        this(engineId, Options.of("network driver bridge", Plan.SCHEMA, Map.of()));
    }

    /** For one engine; makes nothing yet. @param options of the default network */
    public BridgeDriver(String engineId, Options options) {
        this.engineId = engineId;
        this.networks = new BridgeNetworks(Plan.of(BridgeProvider.NAME, options));
        this.policies = new Policies(engineId, networks, () -> java.util.Objects.requireNonNull(hub, "comes with the first network").resolver());
        this.connector = new Connector(engineId, policies);
    }

    @Override
    public String name() {
        return BridgeProvider.NAME;
    }

    @Override
    public NamespaceKind namespace() {
        return NamespaceKind.PRIVATE;
    }

    private synchronized Hub hub() {
        if (closed) {
            throw new NetworkProblem(Stage.NETWORK, "the network driver bridge is closed", "open another engine with Engine.builder()");
        }
        Hub current = hub;
        if (current == null) {
            current = Hub.open(engineId, policies);
            try {
                guardian = Guardian.begin(engineId, current, networks, text -> listeners.forEach(l -> l.accept(text)));
            } catch (RuntimeException e) {
                current.close();
                throw e;
            }
            hub = current;
        }
        return current;
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
            return said(networks.make(hub(), spec.id(), spec.name(), plan, span));
        } catch (NetlinkRefusal e) {
            throw refused("network '" + spec.name() + "' could not be made", e);
        }
    }

    private static Network said(BridgeNetwork made) {
        return new Network(made.id(), made.name(), made.subnet().toString(), Prefix.text(made.gateway()), made.internal(), made.six().map(x -> x.subnet().toString()).orElse(""),
                made.six().map(x -> x.gateway().text()).orElse(""));
    }

    @Override
    public Optional<Network> implicit() {
        try {
            return Optional.of(said(networks.get(hub(), null)));
        } catch (NetlinkRefusal e) {
            throw refused("the default network could not be made", e);
        }
    }

    /** Where the other hosts of a network are plugged in. */
    public Trunk trunk(Network network) {
        Hub via = hub();
        return via.router().trunk(networks.get(via, network));
    }

    @Override
    public void remove(Network network) {
        Hub via = hub;
        if (via != null) {
            networks.remove(via.router(), network, emptied -> connector.takeBack(via, emptied));
        }
    }

    @Override
    public List<String> problems(Network network) {
        Guardian known = guardian;
        return known == null ? List.of() : known.problems();
    }

    @Override
    public void reportTo(Consumer<String> listener) {
        listeners.add(listener);
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
            Hub via = hub();
            return connector.attach(via, networks.get(via, request.network()), request, namespace);
        } catch (NetlinkRefusal e) {
            throw refused("container " + request.containerId() + " could not be connected to the bridge", e);
        }
    }

    @Override
    public boolean attachesAhead() {
        return true;
    }

    @Override
    public Optional<Attachment> attachAhead(@Nullable Network network, String id, NamespaceRef namespace) {
        if (namespace.descriptor() < 0) {
            return Optional.empty();
        }
        try {
            Hub via = hub();
            return connector.attachAhead(via, networks.get(via, network), id, namespace);
        } catch (NetlinkRefusal e) {
            throw refused("a network namespace could not be connected to the bridge", e);
        }
    }

    @Override
    public Optional<Attachment> assign(Attachment ahead, AttachRequest request, NamespaceRef namespace) {
        try {
            return connector.assign(hub(), ahead, request, namespace);
        } catch (NetlinkRefusal e) {
            throw refused("container " + request.containerId() + " could not be connected to the bridge", e);
        }
    }

    private static NetworkProblem refused(String what, NetlinkRefusal e) {
        return new NetworkProblem(Stage.NETWORK, what + ": " + e.getMessage(),
                "bridge networks need CAP_NET_ADMIN and the kernel's veth, bridge and nf_tables; networkNone() and networkHost() need none of them", e);
    }

    @Override
    public boolean givesLinkAddresses() {
        return true;
    }

    @Override
    public boolean enforcesEgress() {
        return true;
    }

    @Override
    public boolean outlives() {
        return true;
    }

    @Override
    public Held hold(Attachment attachment) {
        try {
            return connector.hold(hub(), attachment);
        } catch (NetlinkRefusal e) {
            throw refused("the place of container " + attachment.containerId() + " on the bridge cannot be kept", e);
        }
    }

    @Override
    public void restrict(Attachment attachment, Egress egress, Consumer<EgressAttempt> attempts) {
        Hub via = hub;
        if (via != null) {
            connector.with(attachment, endpoint -> policies.hold(via.router(), endpoint, egress, attempts));
        }
    }

    @Override
    public void limit(Attachment attachment, Bandwidth bandwidth) {
        Hub via = hub;
        if (via != null) {
            connector.with(attachment, endpoint -> limit(via.router(), endpoint, bandwidth));
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
    public void lose(Network network, String container, String other, double share) {
        Hub via = hub;
        if (via == null) {
            throw BridgeNetwork.gone(network.name());
        }
        BridgeNetwork known = networks.get(via, network);
        Endpoint a = known.member(container);
        Endpoint b = known.member(other);
        int exact = (int) Math.ceil(share * FaultRules.CERTAIN);
        try {
            via.router().faults().lose(a, b, exact);
        } catch (NetlinkRefusal e) {
            throw new NetworkProblem(Stage.NETWORK, "packets between two containers of network '" + network.name() + "' cannot be lost: " + e.getMessage(),
                    "the kernel needs nf_tables for bridges, and numgen for loss(…); partition() does without", e);
        }
    }

    @Override
    public void slow(Network network, String container, String other, Duration latency, long rate) {
        Hub via = hub;
        if (via == null) {
            throw BridgeNetwork.gone(network.name());
        }
        BridgeNetwork known = networks.get(via, network);
        try {
            via.router().slowPaths().slow(known.member(container), known.member(other), latency, rate);
        } catch (NetlinkRefusal e) {
            throw new NetworkProblem(Stage.NETWORK, "the way between two containers of network '" + network.name() + "' cannot be slow: " + e.getMessage(),
                    latency.isZero() ? "rate(…) needs the kernel's tbf, ifb, u32 and mirred: modprobe -a sch_tbf ifb cls_u32 act_mirred sch_ingress"
                            : "latency(…) needs the kernel's netem, ifb, u32 and mirred: modprobe -a sch_netem ifb cls_u32 act_mirred sch_ingress; rate(…), loss(…) and partition() do without netem", e);
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
        Hub via = hub;
        if (via != null && !closed) {
            connector.end(via, attachment, namespace);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            AllSteps steps = new AllSteps().run(connector::close).run(policies::close);
            if (guardian != null) {
                steps.run(guardian::close); // first: what we take away is not to be made again
            }
            if (hub != null) {
                steps.run(connector.lasts() ? hub::leave : hub::close);
            }
            steps.over();
        }
    }
}
