package dev.caisson.network.macvlan;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fd;
import dev.caisson.linux.NamespaceThread;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.network.bridge.AddressPool;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Routes;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Interfaces on top of the host's, made straight into the network namespace of a container, with which they go. The kernel hands frames from the wire to them by MAC address (macvlan) or by IP address (ipvlan); the
 * host itself is not reached over its own parent interface.
 */
final class MacvlanDriver implements NetworkDriver {
    private static final int EEXIST = 17;
    private static final int ENODEV = 19;

    /** A network and the containers on it. */
    private record Lan(MacvlanPlan plan, String name, AddressPool addresses, Map<String, Member> members) {}

    /** @param namespace a descriptor of our own, so that the interface is gone when the container is, not some time after: its address and, in passthru, its parent are another's then */
    private record Member(int address, String device, Fd namespace) {}

    private final LanKind kind;
    private final String engineId;
    private final Map<String, Lan> lans = new HashMap<>();
    private @Nullable Conversation host;
    private @Nullable NamespaceThread inside;
    private int probes;

    /** Of one kind. */
    MacvlanDriver(LanKind kind, String engineId) {
        this.kind = kind;
        this.engineId = engineId;
    }

    @Override
    public String name() {
        return kind.kind;
    }

    @Override
    public NamespaceKind namespace() {
        return NamespaceKind.PRIVATE;
    }

    private Conversation host() {
        Conversation known = host;
        if (known == null) {
            known = Conversation.open(Netlink.NETLINK_ROUTE);
            host = known;
        }
        return known;
    }

    @Override
    public synchronized Network create(NetworkSpec spec) {
        MacvlanPlan plan = MacvlanPlan.of(kind, spec.name(), spec.options());
        int parent = parent(spec.name(), plan);
        String probe = "csnp" + engineId.substring(0, Math.min(6, engineId.length())) + ++probes;
        try {
            host().one(kind.make(probe, parent, plan, -1)); // what the parent or the kernel refuses is said now
            host().one(Links.delete(probe));
        } catch (NetlinkRefusal e) {
            throw new NetworkProblem(Stage.NETWORK, "network '" + spec.name() + "' cannot be made on " + plan.parent() + ": " + e.getMessage(),
                    "the kernel needs " + kind.kind + " (modprobe " + kind.kind + "), and a parent that is no bridge's port and no loopback, and that has no interfaces of the other kind (macvlan, "
                            + "ipvlan) or mode; a parent of passthru has one container alone", e);
        }
        lans.put(spec.id(), new Lan(plan, spec.name(), new AddressPool(spec.name(), plan.subnet(), plan.range(), plan.gateway()), new LinkedHashMap<>()));
        return new Network(spec.id(), spec.name(), plan.subnet().toString(), plan.gateway() == 0 ? "" : Prefix.text(plan.gateway()), false);
    }

    private int parent(String network, MacvlanPlan plan) {
        List<Links.Link> all = host().dump(Links::list).stream().map(Links::parse).flatMap(Optional::stream).toList();
        return all.stream().filter(l -> l.name().equals(plan.parent())).findFirst().map(Links.Link::index).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, "network '" + network
                + "' has no parent: this host has no interface " + plan.parent(), "there are: " + all.stream().map(Links.Link::name).collect(Collectors.joining(", "))));
    }

    @Override
    public synchronized void remove(Network network) {
        Lan lan = lans.get(network.id());
        if (lan != null && !lan.members.isEmpty()) {
            throw new NetworkProblem(Stage.NETWORK, "network '" + lan.name + "' cannot be removed: it has container " + String.join(", ", lan.members.keySet()),
                    "disconnect or remove them, or close() the network");
        }
        lans.remove(network.id());
    }

    @Override
    public synchronized Attachment attach(AttachRequest request, NamespaceRef namespace) {
        Network network = request.network();
        Lan lan = network == null ? null : lans.get(network.id());
        if (lan == null) {
            throw new NetworkProblem(Stage.NETWORK, "network '" + (network == null ? name() : network.name()) + "' was removed or never made", "make it with networks().create(…)");
        }
        refuse(request, lan, namespace);
        int address = request.address().isEmpty() ? lan.addresses.take(request.containerId()) : lan.addresses.take(Prefix.parseAddress(request.address()), request.containerId());
        String device = freeDevice(request.containerId());
        try {
            host().one(kind.make(device, parent(lan.name, lan.plan), lan.plan, namespace.descriptor()));
            inside(namespace, () -> configure(device, new Prefix(address, lan.plan.subnet().length()), lan.plan.gateway()));
        } catch (RuntimeException e) {
            lan.addresses.give(address);
            undo(namespace, device, e);
            if (e instanceof NetlinkRefusal) {
                throw new NetworkProblem(Stage.NETWORK, "container " + request.containerId() + " could not be connected to network '" + lan.name + "' on " + lan.plan.parent() + ": "
                        + e.getMessage(), "see whether the interface is there and up, and in passthru nobody else's", e);
            }
            throw e;
        }
        lan.members.put(request.containerId(), new Member(address, device, kept(namespace)));
        return new Attachment(request.containerId(), network.id(), List.of(new Prefix(address, lan.plan.subnet().length()).toString()), List.of(), "", List.of());
    }

    private void refuse(AttachRequest request, Lan lan, NamespaceRef namespace) {
        String what = "container " + request.containerId() + " cannot be on network '" + lan.name + "' ";
        if (namespace.descriptor() < 0) {
            throw new NetworkProblem(Stage.NETWORK, what + "with the host's network", "leave networkHost() out");
        }
        if (!request.ports().isEmpty()) {
            throw new NetworkProblem(Stage.NETWORK, what + "with its port " + request.ports().get(0).containerPort() + "/" + request.ports().get(0).protocol()
                    + " published: a " + kind.kind + " network has no ports of the host's", "others reach it at its own address; or name network(\"bridge\") first");
        }
        if (!request.hostPorts().isEmpty() || !request.address6().isEmpty()) {
            throw new NetworkProblem(Stage.NETWORK, what + (request.address6().isEmpty() ? "with a port of the host's exposed" : "with the address " + request.address6())
                    + ": " + kind.kind + " networks have neither in this version", "use a bridge network for that");
        }
        if (lan.members.containsKey(request.containerId())) {
            throw new NetworkProblem(Stage.NETWORK, what + "twice", "disconnect it first");
        }
    }

    /** The bridge driver's are called eth0, eth1 …; both may be in one container. */
    private String freeDevice(String container) {
        List<String> taken = lans.values().stream().flatMap(l -> Optional.ofNullable(l.members.get(container)).stream()).map(Member::device).toList();
        int number = 0;
        while (taken.contains(prefix() + number)) {
            number++;
        }
        return prefix() + number;
    }

    /** Both kinds may be in one container. */
    private String prefix() {
        return kind == LanKind.MACVLAN ? "lan" : "ipl";
    }

    private static void configure(String device, Prefix address, int gateway) {
        try (Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
            Path six = Path.of("/proc/sys/net/ipv6/conf", device, "disable_ipv6");
            if (Files.exists(six)) {
                Files.writeString(six, "1"); // before it is up: it has addresses that were asked for, and no others
            }
            Files.writeString(Path.of("/proc/sys/net/ipv4/conf", device, "arp_notify"), "1"); // once it is up, says its MAC address, which is another than of who had the address before
            int index = route.dump(() -> Links.find(device)).stream().map(Links::parse).flatMap(Optional::stream).findFirst().orElseThrow().index();
            route.all(List.of(Routes.address(index, address), Links.up(device)));
            try {
                route.one(gateway == 0 ? Routes.everywhere(index) : Routes.route(new Prefix(0, 0), gateway, index));
            } catch (NetlinkRefusal e) {
                if (e.errno() != EEXIST) { // another network of the container has the way out
                    throw e;
                }
            }
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, "could not set up " + device + ": " + e.getMessage(), "make /proc/sys writable for the JVM", e);
        }
    }

    private void inside(NamespaceRef namespace, Runnable work) {
        NamespaceThread thread = inside;
        if (thread == null) {
            thread = new NamespaceThread(Namespaces.Kind.NET);
            inside = thread;
        }
        Fd borrowed = Fd.adopt(namespace.descriptor());
        try {
            thread.call(borrowed, () -> {
                work.run();
                return null;
            });
        } finally {
            borrowed.release();
        }
    }

    private void undo(NamespaceRef namespace, String device, RuntimeException why) {
        try {
            inside(namespace, () -> delete(device));
        } catch (RuntimeException second) {
            why.addSuppressed(second);
        }
    }

    private static void delete(String device) {
        try (Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
            route.one(Links.delete(device));
        } catch (NetlinkRefusal e) {
            if (e.errno() != ENODEV) {
                throw e;
            }
        }
    }

    @Override
    public void detach(Attachment attachment) {
        leave(attachment, NamespaceRef.HOST);
    }

    @Override
    public synchronized void leave(Attachment attachment, NamespaceRef namespace) {
        Lan lan = lans.get(attachment.networkId());
        Member member = lan == null ? null : lan.members.remove(attachment.containerId());
        if (member == null) {
            return;
        }
        try (Fd own = member.namespace) {
            inside(new NamespaceRef(own.value()), () -> delete(member.device));
        } finally {
            lan.addresses.give(member.address);
        }
    }

    private static Fd kept(NamespaceRef namespace) {
        Fd borrowed = Fd.adopt(namespace.descriptor());
        try {
            return borrowed.dup();
        } finally {
            borrowed.release();
        }
    }

    @Override
    public synchronized void close() {
        lans.values().forEach(l -> l.members.values().forEach(m -> m.namespace.close()));
        lans.clear();
        if (inside != null) {
            inside.close();
            inside = null;
        }
        if (host != null) {
            host.close();
            host = null;
        }
    }
}
