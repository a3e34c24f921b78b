package dev.caisson.network.overlay;

import dev.caisson.Bandwidth;
import dev.caisson.Egress;
import dev.caisson.EgressAttempt;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Netlink;
import dev.caisson.network.bridge.BridgeDriver;
import dev.caisson.network.bridge.BridgeProvider;
import dev.caisson.network.bridge.Trunk;
import dev.caisson.network.etcd.EtcdClient;
import dev.caisson.network.etcd.EtcdFailure;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Routes;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The overlay networks of one engine: networks of the bridge driver's, each with a port that leads to other hosts. */
final class OverlayDriver implements NetworkDriver {
    private static final long MIN_PATIENCE_MILLIS = 2000;
    private static final long MAX_PATIENCE_MILLIS = 4000;
    private static final int ATTEMPTS = 3;
    /** So many engines of a host can be on a network. */
    private static final int PORTS = 16;
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int EEXIST = 17;
    private static final int EOPNOTSUPP = 95;
    private static final int EADDRINUSE = 98;

    private final String engineId;
    private final BridgeDriver bridge;
    private final boolean owner;
    private final AtomicInteger tables = new AtomicInteger();
    private final Map<String, OverlayNetwork> networks = new ConcurrentHashMap<>();

    /** @param owner whether the bridge driver is closed with this one */
    OverlayDriver(String engineId, BridgeDriver bridge, boolean owner) {
        this.engineId = engineId;
        this.bridge = bridge;
        this.owner = owner;
    }

    @Override
    public String name() {
        return OverlayProvider.NAME;
    }

    @Override
    public NamespaceKind namespace() {
        return NamespaceKind.PRIVATE;
    }

    @Override
    public Network create(NetworkSpec spec) {
        OverlayPlan plan = OverlayPlan.of(spec.name(), spec.options());
        Underlay underlay = Underlay.of(spec.name(), plan);
        if (plan.encrypted()) {
            Tunnels.check(spec.name(), plan, underlay); // before anybody is told of the network
        }
        underlay.mtu(spec.name(), plan, plan.encrypted());
        try {
            return plan.etcd().isEmpty() ? ofPeers(spec, plan, underlay) : ofEtcd(spec, plan, underlay);
        } catch (EtcdFailure e) {
            throw new NetworkProblem(Stage.NETWORK, "overlay network '" + spec.name() + "' could not be made: etcd: " + e.getMessage(), e.kind() == EtcdFailure.Kind.DENIED
                    ? "give a user who may read and write below " + plan.prefix() : "see that etcd 3.4 or later answers at " + plan.etcd().orElseThrow().endpoints(), e);
        }
    }

    private Network ofPeers(NetworkSpec spec, OverlayPlan plan, Underlay underlay) throws EtcdFailure {
        Prefix subnet = plan.subnet().orElseThrow();
        Agreement agreed = new Agreement(plan.vni(), plan.port() == 0 ? OverlayPlan.DEFAULT_PORT : plan.port(), subnet, plan.gateway().orElse(subnet.address() + 1),
                false, plan.subnet6());
        return make(spec, plan, agreed, underlay, (peers, tunnel, udp) -> new StaticDirectory(spec.name(), plan, agreed, peers));
    }

    private Network ofEtcd(NetworkSpec spec, OverlayPlan plan, Underlay underlay) throws EtcdFailure {
        String thread = "caisson-overlay-" + engineId + "-" + spec.name();
        EtcdClient etcd;
        try {
            etcd = new EtcdClient(plan.etcd().orElseThrow(), Duration.ofMillis(Math.max(MIN_PATIENCE_MILLIS, Math.min(plan.ttl().toMillis() / 2, MAX_PATIENCE_MILLIS))));
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, "overlay network '" + spec.name() + "' cannot speak TLS with etcd: " + e.getMessage(), "give PEM files", e);
        }
        try {
            Keys keys = new Keys(plan.prefix(), spec.name());
            Rendezvous rendezvous = new Rendezvous(etcd, keys, plan, used());
            Agreement agreed = patiently(rendezvous::agree);
            return make(spec, plan, agreed, underlay, (peers, tunnel, udp) -> {
                EtcdDirectory directory = new EtcdDirectory(spec.name(), thread, plan, underlay.local(), udp, etcd, keys, new Registration(etcd, keys, agreed, spec.id(),
                        tunnel.map(Tunnel::publicKey)), peers, tunnel);
                try {
                    directory.start();
                    return directory;
                } catch (EtcdFailure | RuntimeException | Error e) {
                    directory.close();
                    throw e;
                }
            });
        } catch (EtcdFailure | RuntimeException | Error e) {
            etcd.close();
            throw e;
        }
    }

    /** What may be done twice. */
    interface Step<T> {
        T run() throws EtcdFailure;
    }

    /** Once more if etcd was too slow: it may have just begun. */
    static <T> T patiently(Step<T> step) throws EtcdFailure {
        for (int i = 1;; i++) {
            try {
                return step.run();
            } catch (EtcdFailure e) {
                if (e.kind() != EtcdFailure.Kind.UNREACHABLE || i == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static List<Prefix> used() {
        try (Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
            return route.dump(Routes::list).stream().map(Routes::parse).flatMap(Optional::stream).filter(r -> !r.outward()).map(Routes.Route::destination).toList();
        }
    }

    /** How the others are heard of, once there is a place for what is heard, and a UDP port for what they send. */
    private interface Hearing {
        Directory begin(Peers peers, Optional<Tunnel> tunnel, int udp) throws EtcdFailure;
    }

    private Network make(NetworkSpec spec, OverlayPlan plan, Agreement agreed, Underlay underlay, Hearing hearing) throws EtcdFailure {
        int mtu = underlay.mtu(spec.name(), plan, agreed.encrypted());
        Optional<Tunnel> tunnel = agreed.encrypted() ? Optional.of(Tunnels.open(spec.name(), plan, underlay)) : Optional.empty();
        OverlayNetwork network = new OverlayNetwork(tunnel);
        Network made;
        try {
            made = bridge.create(new NetworkSpec(spec.id(), spec.name(), bridged(plan, agreed, mtu), spec.labels()), network);
        } catch (RuntimeException | Error e) {
            network.close();
            throw e;
        }
        try {
            String table = "caisson_" + engineId + "_vx" + tables.incrementAndGet();
            VxlanPort port;
            if (tunnel.isPresent()) {
                tunnel.get().listen(agreed.port());
                port = tunnel.get().inside(() -> VxlanPort.open(bridge.trunk(made), table, agreed, underlay.local(), 1));
            } else {
                port = VxlanPort.open(bridge.trunk(made), table, agreed, underlay.local(), plan.etcd().isPresent() ? PORTS : 1);
                if (port.udp() != agreed.port()) {
                    LOG.info("overlay network '{}': UDP port {} of {} has another engine of this host or another program; this one takes {}", spec.name(), agreed.port(),
                            Prefix.text(underlay.local()), port.udp());
                }
            }
            Peers peers = new Peers(spec.name(), underlay.local(), port.udp(), port);
            network.plugged(port, peers);
            network.directed(hearing.begin(peers, tunnel, port.udp()));
            networks.put(spec.id(), network);
            return made;
        } catch (EtcdFailure | RuntimeException | Error e) {
            try {
                network.close();
                bridge.remove(made);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            if (e instanceof NetlinkRefusal refusal) {
                throw refused(spec.name(), agreed, refusal);
            }
            throw e;
        }
    }

    private static RuntimeException refused(String name, Agreement agreed, NetlinkRefusal e) {
        boolean taken = e.errno() == EEXIST || e.errno() == EADDRINUSE;
        String remedy = taken && agreed.encrypted() ? "another engine of this host, or another program, has UDP port " + agreed.port() + ": on an encrypted network a host has one engine; "
                + "choose port(…), the same on all hosts, if it is another program" : taken ? "other engines of this host, or other programs, have VXLAN number " + agreed.vni()
                + " on UDP port " + agreed.port() + ": choose port(…); with static peers tell the others, peer(\"host:port\", range)"
                : e.errno() == EOPNOTSUPP ? "load the kernel's vxlan: modprobe vxlan" : "overlay networks need CAP_NET_ADMIN in the host's network namespace";
        return new NetworkProblem(Stage.NETWORK, "overlay network '" + name + "' could not be made: " + e.getMessage(), remedy, e);
    }

    /** The same in the words of the bridge driver. */
    private static Options bridged(OverlayPlan plan, Agreement agreed, int mtu) {
        Map<String, String> options = new HashMap<>(Map.of("subnet", agreed.subnet().toString(), "gateway", Prefix.text(agreed.gateway()), "internal", "" + plan.internal(),
                OverlayPlan.MTU, "" + (plan.mtu() == 0 ? mtu : plan.mtu())));
        plan.range().ifPresent(r -> options.put("ip-range", r.toString()));
        agreed.subnet6().ifPresent(s -> options.putAll(Map.of("subnet6", s.toString(), "gateway6", Trunk.address6(s, agreed.gateway()).text())));
        return Options.of("network driver overlay", new BridgeProvider().options(), options);
    }

    @Override
    public void remove(Network network) {
        bridge.remove(network); // refuses while somebody is connected
        OverlayNetwork known = networks.remove(network.id());
        if (known != null) {
            known.close();
        }
    }

    @Override
    public Attachment attach(AttachRequest request, NamespaceRef namespace) {
        if (request.network() == null) {
            throw new NetworkProblem(Stage.NETWORK, "container " + request.containerId() + (request.ports().isEmpty() ? "" : " with port " + request.ports().get(0).containerPort() + "/"
                    + request.ports().get(0).protocol()) + " cannot be connected to 'overlay': that is a driver, which has no network of its own",
                    "make a network with engine.networks().overlay(name, …), and give that");
        }
        return bridge.attach(request, namespace);
    }

    @Override
    public void detach(Attachment attachment) {
        bridge.detach(attachment);
    }

    @Override
    public void leave(Attachment attachment, NamespaceRef namespace) {
        bridge.leave(attachment, namespace);
    }

    /** The others know a container's MAC address by its address, and of no further one. */
    @Override
    public boolean givesLinkAddresses() {
        return false;
    }

    @Override
    public boolean enforcesEgress() {
        return bridge.enforcesEgress();
    }

    @Override
    public void restrict(Attachment attachment, Egress egress, Consumer<EgressAttempt> attempts) {
        bridge.restrict(attachment, egress, attempts);
    }

    @Override
    public void limit(Attachment attachment, Bandwidth bandwidth) {
        bridge.limit(attachment, bandwidth);
    }

    @Override
    public List<String> problems(Network network) {
        OverlayNetwork known = networks.get(network.id());
        List<String> all = new ArrayList<>(known == null ? List.of() : known.problems());
        all.addAll(bridge.problems(network));
        return all;
    }

    @Override
    public void reportTo(Consumer<String> listener) {
        bridge.reportTo(listener);
    }

    @Override
    public void close() {
        networks.values().forEach(OverlayNetwork::close);
        networks.clear();
        if (owner) {
            bridge.close();
        }
    }
}
