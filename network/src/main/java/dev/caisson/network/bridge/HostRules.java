package dev.caisson.network.bridge;

import static dev.caisson.network.nftables.Expression.ACCEPT;
import static dev.caisson.network.nftables.Expression.CT_STATE;
import static dev.caisson.network.nftables.Expression.CT_STATUS;
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
import static dev.caisson.network.nftables.Expression.destinationType;
import static dev.caisson.network.nftables.Expression.dnat;
import static dev.caisson.network.nftables.Expression.equal;
import static dev.caisson.network.nftables.Expression.interfaceName;
import static dev.caisson.network.nftables.Expression.map;
import static dev.caisson.network.nftables.Expression.masquerade;
import static dev.caisson.network.nftables.Expression.meta;
import static dev.caisson.network.nftables.Expression.notEqual;
import static dev.caisson.network.nftables.Expression.payload;
import static dev.caisson.network.nftables.Expression.verdict;

import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.nftables.Batch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The engine's table on the host: masquerading, published ports, and who may be forwarded to a container. It belongs to a socket and goes with it. */
final class HostRules {
    /** Instead of an address: whichever the host has. */
    static final byte[] NOBODYS = {};
    private static final byte TCP = 6;
    private static final byte UDP = 17;
    private static final int LOCAL = 2;
    private static final int TO_PORT = 2;
    private static final int ESTABLISHED_RELATED = 2 | 4;
    private static final int DNAT_STATUS = 1 << 5;
    private static final int DSTNAT = -100;
    private static final int SRCNAT = 100;
    /** Where a map puts its value: behind the longest key. */
    private static final int TARGET = REG32 + 8;

    private final Conversation firewall;
    private final Family family;
    private final String table;
    private final String link;

    HostRules(Conversation firewall, Family family, String table, String link) {
        this.firewall = firewall;
        this.family = family;
        this.table = table;
        this.link = link;
    }

    private static byte[] host(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
    }

    /**
     * Makes the table.
     *
     * @param onlyOurs the host forwarded nothing until now, so it forwards for nobody else
     */
    void make(boolean onlyOurs) {
        byte[] zero = host(0);
        Batch batch = Batch.of(family.table, table).ownedTable().chain("prerouting", "nat", Batch.PREROUTING, DSTNAT, ACCEPT)
                .chain("postrouting", "nat", Batch.POSTROUTING, SRCNAT, ACCEPT).chain("forward", "filter", Batch.FORWARD, 0, ACCEPT);
        published(batch, family, false);
        published(batch, family, true);
        batch.rule("postrouting", meta(META_IIFNAME, REG), equal(REG, interfaceName(link)), masquerade()) // the interface is known here since Linux 5.7
                .rule("forward", meta(META_OIFNAME, REG), equal(REG, interfaceName(link)), ct(CT_STATE, REG), and(REG, host(ESTABLISHED_RELATED)),
                        notEqual(REG, zero), verdict(ACCEPT))
                .rule("forward", meta(META_OIFNAME, REG), equal(REG, interfaceName(link)), ct(CT_STATUS, REG), and(REG, host(DNAT_STATUS)),
                        notEqual(REG, zero), verdict(ACCEPT))
                .rule("forward", meta(META_OIFNAME, REG), equal(REG, interfaceName(link)), verdict(DROP));
        if (onlyOurs) {
            batch.rule("forward", meta(META_IIFNAME, REG), notEqual(REG, interfaceName(link)), verdict(DROP));
        }
        batch.commit(firewall);
    }

    /** The maps of one protocol's ports, and the rules that look there. */
    static void published(Batch batch, Family family, boolean udp) {
        byte protocol = udp ? UDP : TCP;
        int both = family.bytes + 4;
        String all = mapName(udp, NOBODYS);
        String one = mapName(udp, new byte[1]);
        int port = TARGET + family.registers();
        batch.map(all, 4, both).map(one, both, both)
                .rule("prerouting", destinationType(REG), equal(REG, host(LOCAL)), meta(META_L4PROTO, REG), equal(REG, protocol),
                        payload(NETWORK, family.destination, family.bytes, REG32), payload(TRANSPORT, TO_PORT, 2, REG32 + family.registers()), map(one, REG32, TARGET),
                        dnat(family.table, TARGET, port))
                .rule("prerouting", destinationType(REG), equal(REG, host(LOCAL)), meta(META_L4PROTO, REG), equal(REG, protocol),
                        payload(TRANSPORT, TO_PORT, 2, REG32), map(all, REG32, TARGET), dnat(family.table, TARGET, port));
    }

    private static String mapName(boolean udp, byte[] hostAddress) {
        return (udp ? "udp" : "tcp") + (hostAddress.length == 0 ? "_published" : "_published_at");
    }

    /** Carries what comes to a port of the host on. @param hostAddress {@link #NOBODYS} for all but loopback */
    void publish(boolean udp, byte[] hostAddress, int hostPort, byte[] address, int port) {
        byte[] target = ByteBuffer.allocate(family.bytes + 4).put(address).putShort((short) port).array();
        Batch.of(family.table, table).element(mapName(udp, hostAddress), key(hostAddress, hostPort), target).commit(firewall);
    }

    /** The table is removed. */
    void end() {
        Batch.of(family.table, table).removeTable().commit(firewall);
    }

    void unpublish(boolean udp, byte[] hostAddress, int hostPort) {
        Batch.of(family.table, table).removeElement(mapName(udp, hostAddress), key(hostAddress, hostPort)).commit(firewall);
    }

    private static byte[] key(byte[] hostAddress, int hostPort) {
        return ByteBuffer.allocate(hostAddress.length + 4).put(hostAddress).putShort((short) hostPort).array();
    }
}
