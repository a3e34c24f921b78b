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
import dev.caisson.network.nftables.Expression;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The engine's table on the host: masquerading, published ports, and who may be forwarded to a container. It belongs to a socket and goes with it. */
final class HostRules {
    /** Instead of an address: whichever the host has. */
    static final byte[] NOBODYS = {};
    private static final int LOCAL = 2;
    private static final int TO_PORT = 2;
    private static final int ESTABLISHED_RELATED = 2 | 4;
    private static final int DNAT_STATUS = 1 << 5;
    private static final int DSTNAT = -100;
    private static final int SRCNAT = 100;
    private static final int RAW = -300;
    private static final int IP_SOURCE = 12;
    private static final byte LOOPBACK_NET = 127;
    /** How the names of all engines' uplinks begin: another's table says what it forwards. */
    private static final byte[] ENGINES = Router.LINK.getBytes(StandardCharsets.US_ASCII);
    /** Where a map puts its value: behind the longest key. */
    private static final int TARGET = REG32 + 8;

    private final Conversation firewall;
    private final Family family;
    private final String table;
    private final String link;
    private boolean onlyOurs;

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
        this.onlyOurs = onlyOurs;
        rules().commit(firewall);
    }

    /** The same once more, with a life of its own: in another table, that belongs to another socket. */
    HostRules lasting(Conversation owner) {
        HostRules made = new HostRules(owner, family, table + "_kept", link);
        made.make(onlyOurs);
        return made;
    }

    private Batch rules() {
        byte[] zero = host(0);
        Batch batch = Batch.of(family.table, table).ownedTable().chain("prerouting", "nat", Batch.PREROUTING, DSTNAT, ACCEPT)
                .chain("postrouting", "nat", Batch.POSTROUTING, SRCNAT, ACCEPT).chain("forward", "filter", Batch.FORWARD, 0, ACCEPT);
        for (Transport each : Transport.values()) {
            published(batch, family, each);
        }
        fromHere(batch);
        batch.rule("postrouting", meta(META_IIFNAME, REG), equal(REG, interfaceName(link)), masquerade()) // the interface is known here since Linux 5.7
                .rule("forward", meta(META_OIFNAME, REG), equal(REG, interfaceName(link)), ct(CT_STATE, REG), and(REG, host(ESTABLISHED_RELATED)),
                        notEqual(REG, zero), verdict(ACCEPT))
                .rule("forward", meta(META_OIFNAME, REG), equal(REG, interfaceName(link)), ct(CT_STATUS, REG), and(REG, host(DNAT_STATUS)),
                        notEqual(REG, zero), verdict(ACCEPT))
                .rule("forward", meta(META_OIFNAME, REG), equal(REG, interfaceName(link)), verdict(DROP));
        if (onlyOurs) {
            batch.rule("forward", meta(META_IIFNAME, REG), notEqual(REG, ENGINES), meta(META_OIFNAME, REG), notEqual(REG, ENGINES), verdict(DROP));
        }
        return batch;
    }

    /**
     * What the host's own programs send to published ports. Those of its loopback have maps of their own, into which nothing looks that comes from outside. What they send from 127.0.0.1 has
     * the uplink's address out there, and the answer is 127.0.0.1's again, for which the uplink has route_localnet: so nothing else may come from there with such an address.
     */
    private void fromHere(Batch batch) {
        batch.chain("output", "nat", Batch.OUTPUT, DSTNAT, ACCEPT);
        if (family == Family.V6) { // no packet leaves from there: the relay carries it
            byte[] loopback = new byte[16];
            loopback[15] = 1;
            batch.rule("output", payload(NETWORK, family.destination, family.bytes, REG32), equal(REG32, loopback), verdict(ACCEPT));
        }
        for (Transport each : Transport.values()) {
            batch.map(mapName(each, true, NOBODYS), family.bytes + 4, family.bytes + 4);
            look(batch, "output", family, each, mapName(each, true, NOBODYS), family.bytes);
            look(batch, "output", family, each, mapName(each, false, new byte[1]), family.bytes);
            look(batch, "output", family, each, mapName(each, false, NOBODYS), 0);
        }
        if (family == Family.V4) {
            batch.chain("arriving", "filter", Batch.PREROUTING, RAW, ACCEPT)
                    .rule("arriving", meta(META_IIFNAME, REG), equal(REG, interfaceName(link)), payload(NETWORK, family.destination, 1, REG), equal(REG, LOOPBACK_NET), verdict(DROP))
                    .rule("postrouting", meta(META_OIFNAME, REG), equal(REG, interfaceName(link)), payload(NETWORK, IP_SOURCE, 1, REG), equal(REG, LOOPBACK_NET), masquerade());
        }
    }

    /** The maps of one protocol's ports, and the rules that look there. */
    static void published(Batch batch, Family family, Transport transport) {
        int both = family.bytes + 4;
        String all = mapName(transport, false, NOBODYS);
        String one = mapName(transport, false, new byte[1]);
        batch.map(all, 4, both).map(one, both, both);
        look(batch, "prerouting", family, transport, one, family.bytes);
        look(batch, "prerouting", family, transport, all, 0);
    }

    /** @param address how many bytes of the destination's are part of the key */
    private static void look(Batch batch, String chain, Family family, Transport transport, String map, int address) {
        List<Expression> rule = new ArrayList<>(List.of(destinationType(REG), equal(REG, host(LOCAL)), meta(META_L4PROTO, REG), equal(REG, transport.number)));
        if (address > 0) {
            rule.add(payload(NETWORK, family.destination, address, REG32));
        }
        rule.addAll(List.of(payload(TRANSPORT, TO_PORT, 2, REG32 + address / 4), map(map, REG32, TARGET), dnat(family.table, TARGET, TARGET + family.registers())));
        batch.rule(chain, rule.toArray(Expression[]::new));
    }

    private static String mapName(Transport transport, boolean here, byte[] hostAddress) {
        return transport.label + (here ? "_published_here" : hostAddress.length == 0 ? "_published" : "_published_at");
    }

    /** Carries what comes to a port of the host on. @param here of the loopback alone; @param hostAddress {@link #NOBODYS} for all */
    void publish(Transport transport, boolean here, byte[] hostAddress, int hostPort, byte[] address, int port) {
        byte[] target = ByteBuffer.allocate(family.bytes + 4).put(address).putShort((short) port).array();
        Batch.of(family.table, table).element(mapName(transport, here, hostAddress), key(hostAddress, hostPort), target).commit(firewall);
    }

    /** What takes it out again. */
    Batch unpublishing(Transport transport, boolean here, byte[] hostAddress, int hostPort) {
        return Batch.of(family.table, table).removeElement(mapName(transport, here, hostAddress), key(hostAddress, hostPort));
    }

    /** The table is removed. */
    void end() {
        Batch.of(family.table, table).removeTable().commit(firewall);
    }

    void unpublish(Transport transport, boolean here, byte[] hostAddress, int hostPort) {
        unpublishing(transport, here, hostAddress, hostPort).commit(firewall);
    }

    Family family() {
        return family;
    }

    private static byte[] key(byte[] hostAddress, int hostPort) {
        return ByteBuffer.allocate(hostAddress.length + 4).put(hostAddress).putShort((short) hostPort).array();
    }
}
