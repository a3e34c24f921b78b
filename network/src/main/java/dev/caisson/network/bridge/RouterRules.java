package dev.caisson.network.bridge;

import static dev.caisson.network.nftables.Expression.ACCEPT;
import static dev.caisson.network.nftables.Expression.CT_STATE;
import static dev.caisson.network.nftables.Expression.DROP;
import static dev.caisson.network.nftables.Expression.META_IIFNAME;
import static dev.caisson.network.nftables.Expression.META_L4PROTO;
import static dev.caisson.network.nftables.Expression.META_OIFNAME;
import static dev.caisson.network.nftables.Expression.NETWORK;
import static dev.caisson.network.nftables.Expression.REG;
import static dev.caisson.network.nftables.Expression.REG32;
import static dev.caisson.network.nftables.Expression.TRANSPORT;
import static dev.caisson.network.nftables.Expression.and;
import static dev.caisson.network.nftables.Expression.ct;
import static dev.caisson.network.nftables.Expression.equal;
import static dev.caisson.network.nftables.Expression.in;
import static dev.caisson.network.nftables.Expression.interfaceName;
import static dev.caisson.network.nftables.Expression.meta;
import static dev.caisson.network.nftables.Expression.notEqual;
import static dev.caisson.network.nftables.Expression.payload;
import static dev.caisson.network.nftables.Expression.verdict;

import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.nftables.Batch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the router forwards: between a network with a way out and the uplink, never from one network to another. What it takes in: packets to the gateway of the
 * network they come from, and to the resolver. Everything else is dropped.
 */
final class RouterRules {
    private static final String TABLE = "caisson_router";
    private static final String OPEN = "open";
    private static final String HERE = "here";
    private static final int NAME = 16;
    private static final int ESTABLISHED = 2;
    private static final byte ICMPV6 = 58;
    private static final byte SOLICITATION = (byte) 135;
    private static final byte ADVERTISEMENT = (byte) 136;

    private final Conversation firewall;
    private final Family family;
    private final String uplink;
    private boolean answered;

    private RouterRules(Conversation firewall, Family family, String uplink) {
        this.firewall = firewall;
        this.family = family;
        this.uplink = uplink;
    }

    static RouterRules make(Conversation firewall, Family family, String uplink) {
        byte[] out = interfaceName(uplink);
        Batch batch = Batch.of(family.table, TABLE).ownedTable().set(OPEN, NAME).set(HERE, NAME + family.bytes)
                .chain("forward", "filter", Batch.FORWARD, 0, DROP).chain("input", "filter", Batch.INPUT, 0, DROP)
                .rule("forward", meta(META_OIFNAME, REG), equal(REG, out), meta(META_IIFNAME, REG), in(OPEN, REG), verdict(ACCEPT))
                .rule("forward", meta(META_IIFNAME, REG), equal(REG, out), meta(META_OIFNAME, REG), in(OPEN, REG), verdict(ACCEPT))
                .rule("input", meta(META_IIFNAME, REG), equal(REG, interfaceName("lo")), verdict(ACCEPT))
                .rule("input", meta(META_IIFNAME, REG32), payload(NETWORK, family.destination, family.bytes, REG32 + 4), in(HERE, REG32), verdict(ACCEPT));
        if (family == Family.V6) { // where neighbours are; from containers the bridge's rules let through what is true
            for (byte type : new byte[] {SOLICITATION, ADVERTISEMENT}) {
                batch.rule("input", meta(META_L4PROTO, REG), equal(REG, ICMPV6), payload(TRANSPORT, 0, 1, REG), equal(REG, type), verdict(ACCEPT));
            }
        }
        batch.commit(firewall);
        return new RouterRules(firewall, family, uplink);
    }

    /** @param here addresses of the router's that its containers reach */
    void add(BridgeNetwork network, byte[]... here) {
        Batch batch = Batch.of(family.table, TABLE);
        for (byte[] each : here) {
            batch.element(HERE, here(network, each), new byte[0]);
        }
        if (!network.internal()) {
            batch.element(OPEN, interfaceName(network.bridge()), new byte[0]);
        }
        batch.commit(firewall);
    }

    void remove(BridgeNetwork network, byte[]... here) {
        Batch batch = Batch.of(family.table, TABLE);
        for (byte[] each : here) {
            batch.removeElement(HERE, here(network, each));
        }
        if (!network.internal()) {
            batch.removeElement(OPEN, interfaceName(network.bridge()));
        }
        batch.commit(firewall);
    }

    /** What the router itself asks for outside may be answered; asked for by the first who does, as it costs every packet a look at its connection. */
    synchronized void letAnswersIn() {
        if (!answered) {
            Batch.of(family.table, TABLE).rule("input", meta(META_IIFNAME, REG), equal(REG, interfaceName(uplink)), ct(CT_STATE, REG),
                    and(REG, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(ESTABLISHED).array()), notEqual(REG, new byte[4]), verdict(ACCEPT)).commit(firewall);
            answered = true;
        }
    }

    /** The table is removed. */
    void end() {
        Batch.of(family.table, TABLE).removeTable().commit(firewall);
    }

    private byte[] here(BridgeNetwork network, byte[] address) {
        return ByteBuffer.allocate(NAME + family.bytes).put(interfaceName(network.bridge())).put(address).array();
    }
}
