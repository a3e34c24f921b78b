package dev.caisson.network.bridge;

import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.network.Network;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The networks of one engine's router, by id; the default one has none and is made with its first container. Thread-safe. */
final class BridgeNetworks {
    private static final String DEFAULT = "";

    private final Plan ofDefault;
    private final AtomicInteger bridges = new AtomicInteger();
    private final Map<String, BridgeNetwork> networks = new ConcurrentHashMap<>();

    /** @param ofDefault what the default network is like */
    BridgeNetworks(Plan ofDefault) {
        this.ofDefault = ofDefault;
    }

    /** @param span what it knows of other hosts; null for a network of this one alone */
    BridgeNetwork make(Hub hub, String id, String name, Plan plan, @Nullable Span span) {
        Router via = hub.router();
        Optional<Prefix6> subnet6 = subnet6(hub, name, plan, span != null);
        BridgeNetwork network;
        try {
            Prefix subnet = plan.subnet().orElseGet(via.subnets()::any);
            plan.subnet().ifPresent(s -> via.subnets().claim(name, s, span != null));
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

    private static Optional<Prefix6> subnet6(Hub hub, String name, Plan plan, boolean shared) {
        if (!plan.ipv6()) {
            return Optional.empty();
        }
        Router6.require(name);
        Router6 six = hub.router().six(hub.interfaces());
        plan.subnet6().ifPresent(s -> six.claim(name, s, shared));
        return Optional.of(plan.subnet6().orElseGet(six::anySubnet));
    }

    /** One that was made and not removed. @param wanted null for the default network */
    BridgeNetwork get(Hub hub, @Nullable Network wanted) {
        if (wanted == null) {
            return ofDefault(hub);
        }
        BridgeNetwork known = networks.get(wanted.id());
        if (known == null) {
            throw BridgeNetwork.gone(wanted.name());
        }
        return known;
    }

    private synchronized BridgeNetwork ofDefault(Hub hub) {
        BridgeNetwork known = networks.get(DEFAULT);
        if (known == null) {
            Router via = hub.router();
            known = new BridgeNetwork(0, DEFAULT, BridgeProvider.NAME, via.defaultSubnet(), subnet6(hub, BridgeProvider.NAME, ofDefault, false), ofDefault, via.mtu(), null);
            via.add(known);
            networks.put(DEFAULT, known);
        }
        return known;
    }

    /** As they are now. */
    List<BridgeNetwork> all() {
        return List.copyOf(networks.values());
    }

    /** Idempotent. @param emptying takes off it what is nobody's @throws dev.caisson.NetworkProblem if somebody is connected */
    void remove(Router via, Network network, Consumer<BridgeNetwork> emptying) {
        BridgeNetwork known = networks.get(network.id());
        if (known == null) {
            return;
        }
        known.retire(); // first: nothing comes to it any more
        emptying.accept(known);
        if (networks.remove(network.id(), known)) {
            via.remove(known);
            via.release(known);
        }
    }
}
