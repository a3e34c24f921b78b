package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.network.rtnetlink.Routes;
import dev.caisson.network.rtnetlink.Routes6;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The wire between the host and the router: a veth pair, its addresses, and the host's routes to the subnets behind it. What is wanted is written down here, so that
 * what others take away can be made again. Thread-safe.
 */
final class Uplink {
    /** The router's end. */
    static final String INSIDE = "uplink";
    private static final int EEXIST = 17;
    private static final int SUBNET = 30;
    private static final int SUBNET6 = 64;

    private final Conversation host;
    private final RouterNamespace router;
    private final String name;
    private final int hostEnd;
    private final int routerEnd;
    private final int mtu;
    /** Whether other engines may have a route to the same. */
    private final Map<Prefix, Boolean> routes = new LinkedHashMap<>();
    private final Map<Prefix6, Boolean> routes6 = new LinkedHashMap<>();
    private @Nullable Prefix6 hostEnd6;
    private @Nullable Prefix6 routerEnd6;
    private int index;
    private int insideIndex;

    private Uplink(Conversation host, RouterNamespace router, String name, int hostEnd, int routerEnd, int mtu) {
        this.host = host;
        this.router = router;
        this.name = name;
        this.hostEnd = hostEnd;
        this.routerEnd = routerEnd;
        this.mtu = mtu;
    }

    /**
     * Makes the host's half; nothing passes before {@link #open}.
     *
     * @param host a conversation about the host's links and routes
     * @param own what is routed over it from the start
     * @throws NetlinkRefusal EEXIST if another engine has that subnet; then nothing is left
     */
    static Uplink make(Conversation host, RouterNamespace router, String name, int hostEnd, int routerEnd, int mtu, Prefix own) {
        Uplink made = new Uplink(host, router, name, hostEnd, routerEnd, mtu);
        made.pair();
        try {
            made.host.all(List.of(Routes.address(made.index, new Prefix(hostEnd, SUBNET)), Links.up(name)));
            made.route(own, false);
            return made;
        } catch (RuntimeException e) {
            try {
                made.remove();
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private void pair() {
        host.one(Links.veth(name, INSIDE, router.namespace().value(), Router.mac(routerEnd), mtu));
        index = number(host, name);
        insideIndex = number(router.route(), INSIDE);
        Sysctls.write("ipv6/conf/" + name + "/disable_ipv6", "1");
        Sysctls.write("ipv4/conf/" + name + "/forwarding", "1");
        Sysctls.write("ipv4/conf/" + name + "/route_localnet", "1"); // for answers to 127.0.0.1 (HostRules); the router takes such addresses for none of this world
    }

    private static int number(Conversation route, String name) {
        return Interfaces.indexOf(route, name).orElseThrow(() -> new IllegalStateException("the interface " + name + " that was just made is gone"));
    }

    /** Makes the router's half. */
    void open() {
        inside(router.route()::one);
    }

    private void inside(Consumer<Message> each) {
        each.accept(Routes.address(insideIndex, new Prefix(routerEnd, SUBNET)));
        router.route().one(Links.up(INSIDE));
        each.accept(Routes.route(new Prefix(0, 0), hostEnd, insideIndex));
    }

    /** Leads a subnet over it. @param shared whether other engines may do so as well; @throws NetlinkRefusal EEXIST if the host routes it elsewhere */
    synchronized void route(Prefix subnet, boolean shared) {
        host.one(Routes.route(subnet, routerEnd, index, metric(shared)));
        routes.put(subnet, shared);
    }

    /** No other interface has its number. */
    private int metric(boolean shared) {
        return shared ? index : 0;
    }

    /** Whether a route leads to another engine. */
    boolean isOthers(int link) {
        return link != index && host.dump(Links::list).stream().map(Links::parse).flatMap(Optional::stream).anyMatch(l -> l.index() == link && l.name().startsWith(Router.LINK));
    }

    synchronized void unroute(Prefix subnet) {
        routes.remove(subnet);
        NetlinkRefusal.ignoringGone(() -> host.one(Routes.remove(subnet, routerEnd, index)));
    }

    /**
     * Gives it IPv6 addresses and leads a subnet over it. IPv6 is enabled on both ends.
     *
     * @throws NetlinkRefusal EEXIST if another engine has that subnet
     */
    synchronized void ipv6(Prefix6 hostAddress, Prefix6 routerAddress, Prefix6 own) {
        host.all(List.of(Routes6.address(index, hostAddress.of(SUBNET6)), Routes6.route(own, routerAddress, index)));
        router.route().all(inside6(hostAddress, routerAddress));
        hostEnd6 = hostAddress;
        routerEnd6 = routerAddress;
        routes6.put(own, false);
    }

    private List<Message> inside6(Prefix6 hostAddress, Prefix6 routerAddress) {
        return List.of(Routes6.address(insideIndex, routerAddress.of(SUBNET6)), Routes6.route(new Prefix6(0, 0, 0), hostAddress, insideIndex));
    }

    synchronized void route6(Prefix6 subnet, boolean shared) {
        host.one(Routes6.route(subnet, java.util.Objects.requireNonNull(routerEnd6), index, metric(shared)));
        routes6.put(subnet, shared);
    }

    synchronized void unroute6(Prefix6 subnet) {
        routes6.remove(subnet);
        NetlinkRefusal.ignoringGone(() -> host.one(Routes6.remove(subnet, java.util.Objects.requireNonNull(routerEnd6), index)));
    }

    /** Leads a container's own addresses over it, since the subnet is other engines' as well. */
    void lead(Endpoint endpoint) {
        try {
            route(new Prefix(endpoint.address(), 32), false);
            endpoint.address6().ifPresent(a -> route6(a.of(128), false));
        } catch (NetlinkRefusal e) {
            throw new NetworkProblem(Stage.NETWORK, "the address " + Prefix.text(endpoint.address()) + " on network '" + endpoint.network().name() + "' cannot be given to container "
                    + endpoint.container() + ": " + e.getMessage(), "another engine of this host has a container there, on a network with the same addresses that is not the same: give one of the two"
                    + " another subnet(…)", e);
        }
    }

    void leave(Endpoint endpoint) {
        unroute(new Prefix(endpoint.address(), 32));
        endpoint.address6().ifPresent(a -> unroute6(a.of(128)));
    }

    /** The host's end. */
    String name() {
        return name;
    }

    /**
     * Makes again what is missing.
     *
     * @return what was missing, in words; empty if nothing was
     * @throws NetworkProblem for what cannot be made again, as something else is in its place
     */
    synchronized List<String> repair(Interfaces interfaces) {
        List<String> missing = new ArrayList<>();
        Optional<Links.Link> found = Interfaces.find(host, name);
        if (found.isEmpty()) {
            missing.add("the interface " + name);
            pair();
        } else if (found.get().index() != index) {
            throw new NetworkProblem(Stage.NETWORK, "the interface " + name + " to the containers was removed, and another has its name", "ip link delete " + name);
        } else if (!found.get().up()) {
            missing.add("the state up of " + name);
        }
        added(host, Routes.address(index, new Prefix(hostEnd, SUBNET)), missing, "the address of " + name);
        host.one(Links.up(name));
        inside(m -> added(router.route(), m, missing, "the router's end of " + name));
        Set<Prefix> there = new LinkedHashSet<>();
        host.dump(Routes::list).stream().map(Routes::parse).flatMap(Optional::stream).filter(r -> r.link() == index).forEach(r -> there.add(r.destination()));
        routes.forEach((subnet, shared) -> {
            if (!there.contains(subnet)) {
                again(subnet.toString(), () -> host.one(Routes.route(subnet, routerEnd, index, metric(shared))));
                missing.add("the route to " + subnet);
            }
        });
        if (hostEnd6 != null) {
            repair6(interfaces, missing, java.util.Objects.requireNonNull(hostEnd6), java.util.Objects.requireNonNull(routerEnd6));
        }
        return missing.stream().distinct().toList();
    }

    private void repair6(Interfaces interfaces, List<String> missing, Prefix6 hostAddress, Prefix6 routerAddress) {
        if (missing.contains("the interface " + name)) {
            Router6.enable(name);
            interfaces.inside(router.namespace(), () -> {
                Router6.enable(INSIDE);
                return null;
            });
        }
        added(host, Routes6.address(index, hostAddress.of(SUBNET6)), missing, "the IPv6 address of " + name);
        inside6(hostAddress, routerAddress).forEach(m -> added(router.route(), m, missing, "the router's end of " + name));
        routes6.forEach((subnet, shared) -> added(host, Routes6.route(subnet, routerAddress, index, metric(shared)), missing, "the route to " + subnet));
    }

    /** Asks for something that may be there; if it was not, it is missing no more, and said. */
    private static void added(Conversation to, Message wanted, List<String> missing, String what) {
        try {
            to.one(wanted);
            missing.add(what);
        } catch (NetlinkRefusal e) {
            if (e.errno() != EEXIST) {
                throw e;
            }
        }
    }

    private static void again(String subnet, Runnable make) {
        try {
            make.run();
        } catch (NetlinkRefusal e) {
            if (e.errno() != EEXIST) {
                throw e;
            }
            throw new NetworkProblem(Stage.NETWORK, "the route to " + subnet + ", where containers are, was removed, and the host routes it elsewhere now", "ip route delete " + subnet, e);
        }
    }

    /** Both ends go, and with them all routes. */
    void remove() {
        NetlinkRefusal.ignoringGone(() -> host.one(Links.delete(name)));
    }
}
