package dev.caisson.network.bridge;

import static dev.caisson.network.nftables.Expression.ACCEPT;
import static dev.caisson.network.nftables.Expression.DROP;
import static dev.caisson.network.nftables.Expression.META_IIFNAME;
import static dev.caisson.network.nftables.Expression.META_OIFNAME;
import static dev.caisson.network.nftables.Expression.NETWORK;
import static dev.caisson.network.nftables.Expression.REG;
import static dev.caisson.network.nftables.Expression.REG32;
import static dev.caisson.network.nftables.Expression.equal;
import static dev.caisson.network.nftables.Expression.in;
import static dev.caisson.network.nftables.Expression.interfaceName;
import static dev.caisson.network.nftables.Expression.meta;
import static dev.caisson.network.nftables.Expression.payload;
import static dev.caisson.network.nftables.Expression.verdict;

import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.nftables.Batch;
import java.nio.ByteBuffer;

/**
 * What the router forwards: between a network with a way out and the uplink, never from one network to another. What it takes in: packets to the gateway of the
 * network they come from, and to the resolver. Everything else is dropped.
 */
final class RouterRules {
    private static final String TABLE = "caisson_router";
    private static final String OPEN = "open";
    private static final String HERE = "here";
    private static final int NAME = 16;
    private static final int IP_DESTINATION = 16;

    private final Conversation firewall;
    private final int resolver;

    private RouterRules(Conversation firewall, int resolver) {
        this.firewall = firewall;
        this.resolver = resolver;
    }

    static RouterRules make(Conversation firewall, String uplink, int resolver) {
        byte[] out = interfaceName(uplink);
        Batch.of(Batch.IP, TABLE).ownedTable().set(OPEN, NAME).set(HERE, NAME + 4)
                .chain("forward", "filter", Batch.FORWARD, 0, DROP).chain("input", "filter", Batch.INPUT, 0, DROP)
                .rule("forward", meta(META_OIFNAME, REG), equal(REG, out), meta(META_IIFNAME, REG), in(OPEN, REG), verdict(ACCEPT))
                .rule("forward", meta(META_IIFNAME, REG), equal(REG, out), meta(META_OIFNAME, REG), in(OPEN, REG), verdict(ACCEPT))
                .rule("input", meta(META_IIFNAME, REG), equal(REG, interfaceName("lo")), verdict(ACCEPT))
                .rule("input", meta(META_IIFNAME, REG32), payload(NETWORK, IP_DESTINATION, 4, REG32 + 4), in(HERE, REG32), verdict(ACCEPT))
                .commit(firewall);
        return new RouterRules(firewall, resolver);
    }

    void add(BridgeNetwork network) {
        Batch batch = Batch.of(Batch.IP, TABLE).element(HERE, here(network, network.gateway()), new byte[0]).element(HERE, here(network, resolver), new byte[0]);
        if (!network.internal()) {
            batch.element(OPEN, interfaceName(network.bridge()), new byte[0]);
        }
        batch.commit(firewall);
    }

    void remove(BridgeNetwork network) {
        Batch batch = Batch.of(Batch.IP, TABLE).removeElement(HERE, here(network, network.gateway())).removeElement(HERE, here(network, resolver));
        if (!network.internal()) {
            batch.removeElement(OPEN, interfaceName(network.bridge()));
        }
        batch.commit(firewall);
    }

    private static byte[] here(BridgeNetwork network, int address) {
        return ByteBuffer.allocate(NAME + 4).put(interfaceName(network.bridge())).putInt(address).array();
    }
}
