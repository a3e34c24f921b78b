package dev.caisson.network.bridge;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Netlink;
import dev.caisson.linux.SyscallException;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Neighbours;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.network.rtnetlink.Routes;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's router: a network namespace with the bridges in it, one uplink to the host, and the host's table of rules. The namespace is held by descriptors
 * alone and the table belongs to a socket, so that all of it goes with the JVM.
 */
final class Router implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    /** How the names of uplinks begin on the host. */
    static final String LINK = "csn";
    private static final int LOOPBACK_INDEX = 1;
    private static final int EEXIST = 17;
    private static final int DEFAULT_MTU = 1500;
    private static final int MIN_MTU = 1280;
    /** In the engine's /16. */
    private static final int HOST_END = 0xfffd;
    private static final int ROUTER_END = 0xfffe;
    private static final int RESOLVER = 0xfff9;

    private final RouterNamespace inside;
    private final Conversation hostRoute;
    private final Conversation hostFirewall;
    private final HostRules rules;
    private final RouterRules routerRules;
    private final Uplink uplink;
    private final Prefix own;
    private final RoutedSubnets subnets;
    private final int mtu;
    private final FaultRules faults;
    private final SlowPaths slowPaths;
    private final String table;
    private @org.jspecify.annotations.Nullable Router6 six;
    private @org.jspecify.annotations.Nullable Lasting lasting;

    /** What {@link #connect} found and made. */
    private record Connected(Prefix own, Uplink uplink, RouterRules rules) {}

    private Router(RouterNamespace inside, Conversation hostRoute, Conversation hostFirewall, HostRules rules, Connected connected, String engineId, int mtu,
            String resolvConf) {
        this.inside = inside;
        this.faults = new FaultRules(inside.firewall());
        this.slowPaths = new SlowPaths(inside.route());
        this.hostRoute = hostRoute;
        this.hostFirewall = hostFirewall;
        this.rules = rules;
        this.routerRules = connected.rules;
        this.table = table(engineId);
        this.uplink = connected.uplink;
        this.own = connected.own;
        this.subnets = new RoutedSubnets(hostRoute, resolvConf, own, uplink);
        this.mtu = mtu;
    }

    /** Makes it, with a /16 that collides with nothing the host routes or asks. */
    static Router open(String engineId, String resolvConf) {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            Conversation route = keep(opened, Conversation.open(Netlink.NETLINK_ROUTE));
            Conversation firewall = keep(opened, Conversation.open(Netlink.NETLINK_NETFILTER));
            RouterNamespace inside = keep(opened, RouterNamespace.make());
            String link = link(engineId);
            int mtu = mtu(route);
            HostRules rules = new HostRules(firewall, Family.V4, table(engineId), link);
            return new Router(inside, route, firewall, rules, connect(route, inside, rules, link, mtu, resolvConf), engineId, mtu, resolvConf);
        } catch (RuntimeException | Error e) {
            opened.forEach(c -> closeQuietly(c, e));
            throw e;
        }
    }

    private static String link(String engineId) {
        return LINK + engineId;
    }

    private static String table(String engineId) {
        return "caisson_" + engineId;
    }

    private static <T extends AutoCloseable> T keep(List<AutoCloseable> opened, T value) {
        opened.add(value);
        return value;
    }

    private static void closeQuietly(AutoCloseable closeable, Throwable why) {
        try {
            closeable.close();
        } catch (Exception e) {
            why.addSuppressed(e);
        }
    }

    private static Connected connect(Conversation route, RouterNamespace inside, HostRules rules, String link, int mtu, String resolvConf) {
        Exception last = null;
        for (Prefix own : Subnets.free(RoutedSubnets.used(route, resolvConf))) {
            try {
                return connect(inside, rules, Uplink.make(route, inside, link, own.address() + HOST_END, own.address() + ROUTER_END, mtu, own), own);
            } catch (NetlinkRefusal e) {
                if (e.errno() != EEXIST) {
                    throw e;
                }
                last = e; // another engine took it meanwhile
            }
        }
        throw RoutedSubnets.noneLeft(last);
    }

    /** Rules first: nothing passes before they hold. */
    private static Connected connect(RouterNamespace inside, HostRules rules, Uplink uplink, Prefix own) {
        try {
            boolean forwards = Sysctls.forwards();
            rules.make(!forwards);
            if (!forwards) {
                Sysctls.write("ipv4/ip_forward", "1");
            }
            BridgeRules.make(inside.firewall());
            RouterRules routerRules = RouterRules.make(inside.firewall(), Family.V4, Uplink.INSIDE);
            inside.route().one(Routes.address(LOOPBACK_INDEX, new Prefix(own.address() + RESOLVER, 32)));
            uplink.open();
            return new Connected(own, uplink, routerRules);
        } catch (RuntimeException e) {
            uplink.remove();
            throw e;
        }
    }

    /** That of the interface with the smallest among those that have a default route; else 1,500. */
    private static int mtu(Conversation route) {
        List<Integer> uplinks = route.dump(Routes::list).stream().map(Routes::parse).flatMap(Optional::stream)
                .filter(Routes.Route::outward).map(Routes.Route::link).toList();
        int smallest = route.dump(Links::list).stream().map(Links::parse).flatMap(Optional::stream).filter(l -> uplinks.contains(l.index()))
                .map(Links.Link::mtu).min(Comparator.naturalOrder()).orElse(DEFAULT_MTU);
        return Math.max(smallest, MIN_MTU);
    }

    /** Docker's: 02:42 and the address. */
    static byte[] mac(int address) {
        byte[] ip = Prefix.bytes(address);
        return new byte[] {2, 0x42, ip[0], ip[1], ip[2], ip[3]};
    }

    /** That of the default network: the lower half of what the engine has. */
    Prefix defaultSubnet() {
        return new Prefix(own.address(), own.length() + 1);
    }

    /** The host's end of the uplink. */
    int hostAddress() {
        return own.address() + HOST_END;
    }

    /** Where containers ask for names. */
    int resolver() {
        return own.address() + RESOLVER;
    }

    /** Whether an address is the resolver's own. */
    boolean owns(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 && ByteBuffer.wrap(bytes).getInt() == resolver();
    }

    /** Whether an address is of the engine's own range, of either family. */
    boolean holds(byte[] address) {
        Router6 known = six;
        return address.length == 4 ? own.contains(ByteBuffer.wrap(address).getInt()) : known != null && known.holds(Prefix6.of(address, 128));
    }

    /** Connections that the router itself makes are answered. */
    void letAnswersIn() {
        routerRules.letAnswersIn();
        Router6 known = six;
        if (known != null) {
            known.letAnswersIn();
        }
    }

    /** Where its rules and interfaces are. */
    RouterNamespace inside() {
        return inside;
    }

    int mtu() {
        return mtu;
    }

    HostRules rules() {
        return rules;
    }

    Fd namespace() {
        return inside.namespace();
    }

    /** Its IPv6 half, made at the first call. */
    synchronized Router6 six(Interfaces interfaces) {
        Router6 known = six;
        if (known == null) {
            known = Router6.open(new Router6.Place(inside, interfaces, hostRoute, hostFirewall, table, uplink));
            six = known;
        }
        return known;
    }

    /** The same, for a network that has IPv6. */
    synchronized Router6 six() {
        return java.util.Objects.requireNonNull(six, "comes with the first network that has IPv6");
    }

    /** Which subnets its networks have. */
    RoutedSubnets subnets() {
        return subnets;
    }

    /** Gives back what {@link #subnets} gave, of both families. */
    void release(BridgeNetwork network) {
        network.six().ifPresent(s -> six().release(s.subnet()));
        subnets.release(network);
    }

    /** Makes its bridge. */
    void add(BridgeNetwork network) {
        routerRules.add(network, Prefix.bytes(network.gateway()), Prefix.bytes(resolver()));
        try {
            bridge(network);
            if (network.six().isPresent()) {
                six().add(network);
            }
        } catch (RuntimeException e) {
            closeQuietly(() -> remove(network), e);
            throw e;
        }
    }

    private void bridge(BridgeNetwork network) {
        inside.route().all(List.of(Links.bridge(network.bridge(), network.index(), mac(network.gateway()), network.mtu()),
                Routes.address(network.index(), new Prefix(network.gateway(), network.subnet().length())), Links.up(network.bridge())));
    }

    /** Makes its bridge again if it is gone, with the ports that were on it. @return whether it was gone */
    boolean repair(BridgeNetwork network) {
        if (Interfaces.find(inside.route(), network.bridge()).isPresent()) {
            return false;
        }
        bridge(network);
        if (network.six().isPresent()) {
            six().address(network);
        }
        for (Endpoint each : Stream.concat(network.members().stream(), network.reserved().stream()).toList()) {
            if (each.connected()) {
                NetlinkRefusal.ignoringGone(() -> inside.route().together(plugging(each)));
            }
        }
        network.replugged();
        return true;
    }

    /** The host's end of the uplink, and what is routed over it. */
    Uplink uplink() {
        return uplink;
    }

    Trunk trunk(BridgeNetwork network) {
        return new Trunk(inside, network, network.six().map(s -> six()));
    }

    void remove(BridgeNetwork network) {
        NetlinkRefusal.ignoringGone(() -> inside.route().one(Links.delete(network.bridge())));
        routerRules.remove(network, Prefix.bytes(network.gateway()), Prefix.bytes(resolver()));
        if (network.six().isPresent()) {
            six().remove(network);
        }
    }

    /** It may use its own addresses and no others. Nothing that it sends gets anywhere before. */
    void allow(Endpoint endpoint) {
        BridgeRules.allow(inside.firewall(), endpoint);
    }

    /** Makes a port of its bridge whose other end is in a container's namespace. */
    void connect(Endpoint endpoint, int namespace) {
        if (endpoint.network().shared()) {
            uplink.lead(endpoint);
        }
        List<Message> requests = new ArrayList<>(List.of(Links.veth(endpoint.port(), endpoint.device(), namespace, endpoint.mac(), endpoint.network().mtu())));
        requests.addAll(plugging(endpoint));
        requests.add(Links.up(endpoint.port()));
        inside.route().together(requests);
    }

    /** Says to all on its network, and to the router itself, where its addresses are now: another container may have had them, or somebody have asked in vain. */
    void announce(Endpoint endpoint) {
        int bridge = endpoint.network().index();
        List<Message> known = new ArrayList<>();
        try {
            for (int each : endpoint.addresses4()) {
                known.add(Neighbours.last(bridge, each, endpoint.mac()));
                inside.frames().send(bridge, Announcement.of(endpoint.mac(), each));
            }
            for (Prefix6 each : endpoint.addresses6()) {
                known.add(Neighbours.last(bridge, each, endpoint.mac()));
                inside.frames().send(bridge, Announcement.of(endpoint.mac(), each));
            }
            inside.route().together(known);
        } catch (NetlinkRefusal | SyscallException e) {
            LOG.debug("the addresses of container {} were not announced: {}", endpoint.container(), e.toString()); // who knew others asks anew, in time
        }
    }

    private static List<Message> plugging(Endpoint endpoint) {
        Message master = Links.master(endpoint.port(), endpoint.network().index());
        return endpoint.network().plan().talk() ? List.of(master) : List.of(master, Links.isolate(endpoint.port()));
    }

    /** Packets that are lost on purpose. */
    FaultRules faults() {
        return faults;
    }

    /** Packets that are late on purpose. */
    SlowPaths slowPaths() {
        return slowPaths;
    }

    /** Undoes {@link #connect}; its interface may have gone with the container's namespace. */
    void disconnect(Endpoint endpoint) {
        slowPaths.forget(endpoint.address());
        NetlinkRefusal.ignoringGone(() -> inside.route().one(Links.delete(endpoint.port())));
        if (endpoint.limited()) {
            NetlinkRefusal.ignoringGone(() -> inside.route().one(Links.delete(Shaper.detour(endpoint.port()))));
        }
        NetlinkRefusal.ignoringGone(() -> faults.forget(endpoint.address()));
        NetlinkRefusal.ignoringGone(() -> BridgeRules.forbid(inside.firewall(), endpoint));
        if (endpoint.network().shared()) {
            uplink.leave(endpoint);
        }
    }

    /** What it sends and receives over its port. */
    void limit(Endpoint endpoint, dev.caisson.Bandwidth bandwidth) {
        endpoint.limiting(bandwidth);
        Shaper.limit(inside.route(), endpoint.port(), endpoint.network().mtu(), bandwidth);
        endpoint.bandwidth(bandwidth);
    }

    /** What of it outlives the JVM, made at the first call. */
    synchronized Lasting lasting() {
        Lasting known = lasting;
        if (known == null) {
            known = Lasting.open(inside, rules);
            lasting = known;
        }
        return known;
    }

    /** Leaves it to those who hold its sockets; the host's first table of rules ends. */
    void leave() {
        letGo();
    }

    @Override
    public void close() {
        uplink.remove();
        letGo();
    }

    private synchronized void letGo() {
        if (lasting != null) {
            lasting.close();
        }
        inside.close();
        hostFirewall.close(); // and with it the table
        hostRoute.close();
    }
}
