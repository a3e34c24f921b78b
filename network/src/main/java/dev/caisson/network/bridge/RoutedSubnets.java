package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Errno;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Routes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The IPv4 subnets of an engine's networks: none that the host routes or asks, each routed over the engine's uplink while it is given out. */
final class RoutedSubnets {
    private final Conversation route;
    private final String resolvConf;
    private final Prefix own;
    private final Uplink uplink;
    private final SubnetPool pool;

    /** @param own the engine's first range, from which networks are served while there is room */
    RoutedSubnets(Conversation route, String resolvConf, Prefix own, Uplink uplink) {
        this.route = route;
        this.resolvConf = resolvConf;
        this.own = own;
        this.uplink = uplink;
        this.pool = new SubnetPool(own);
    }

    /** What this host routes, and where it asks for names. */
    static List<Prefix> used(Conversation route, String resolvConf) {
        List<Prefix> used = new ArrayList<>(Subnets.nameservers(resolvConf));
        routes(route).map(Routes.Route::destination).forEach(used::add);
        return used;
    }

    private static Stream<Routes.Route> routes(Conversation route) {
        return route.dump(Routes::list).stream().map(Routes::parse).flatMap(Optional::stream).filter(r -> !r.outward());
    }

    /** A subnet that nobody asked for by name; it is routed. */
    Prefix any() {
        return pool.take(this::another).orElseThrow(() -> noneLeft(null));
    }

    private Optional<Prefix> another() {
        for (Prefix free : Subnets.free(used(route, resolvConf))) {
            try {
                uplink.route(free, false);
                return Optional.of(free);
            } catch (NetlinkRefusal e) {
                if (e.errno() != Errno.EEXIST) {
                    throw e;
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Routes a subnet of the user's choice.
     *
     * @param shared whether other engines of this host may have it as well
     * @throws NetworkProblem if it overlaps anything else that is in use
     */
    void claim(String network, Prefix subnet, boolean shared) {
        List<Prefix> used = new ArrayList<>(Subnets.nameservers(resolvConf));
        routes(route).filter(r -> subnet.overlaps(r.destination()) && !(shared && subnet.contains(r.destination()) && uplink.isOthers(r.link()))).forEach(r -> used.add(r.destination()));
        used.stream().filter(subnet::overlaps).findFirst().ifPresent(other -> {
            throw new NetworkProblem(Stage.NETWORK, "network '" + network + "' cannot have the subnet " + subnet + ": it overlaps " + other + ", which this host "
                    + (other.length() == 32 ? "asks or has itself" : own.contains(other) || other.equals(own) ? "routes to the default network of this engine" : "routes already"),
                    "choose another subnet(…), or leave it out for a free one");
        });
        try {
            uplink.route(subnet, shared);
        } catch (NetlinkRefusal e) {
            throw new NetworkProblem(Stage.NETWORK, "network '" + network + "' cannot have the subnet " + subnet + ": " + e.getMessage(),
                    "choose another subnet(…), or leave it out for a free one", e);
        }
    }

    /** Gives back what {@link #any} or {@link #claim} gave. */
    void release(BridgeNetwork network) {
        if (network.plan().subnet().isEmpty()) {
            pool.give(network.subnet());
        } else {
            uplink.unroute(network.subnet());
        }
    }

    static NetworkProblem noneLeft(@Nullable Exception last) {
        return new NetworkProblem(Stage.NETWORK, "no private subnet is left for a bridge: the host routes all of 172.18.0.0 to "
                + "172.31.0.0/16 and 10.64.0.0 to 10.255.0.0/16", "narrow a route of the host, or use networkNone() or networkHost()", last);
    }
}
