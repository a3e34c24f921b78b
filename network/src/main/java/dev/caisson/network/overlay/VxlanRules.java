package dev.caisson.network.overlay;

import static dev.caisson.network.nftables.Expression.ACCEPT;
import static dev.caisson.network.nftables.Expression.DROP;
import static dev.caisson.network.nftables.Expression.META_L4PROTO;
import static dev.caisson.network.nftables.Expression.NETWORK;
import static dev.caisson.network.nftables.Expression.REG;
import static dev.caisson.network.nftables.Expression.REG32;
import static dev.caisson.network.nftables.Expression.TRANSPORT;
import static dev.caisson.network.nftables.Expression.equal;
import static dev.caisson.network.nftables.Expression.in;
import static dev.caisson.network.nftables.Expression.meta;
import static dev.caisson.network.nftables.Expression.notEqual;
import static dev.caisson.network.nftables.Expression.payload;
import static dev.caisson.network.nftables.Expression.verdict;

import dev.caisson.linux.Netlink;
import dev.caisson.network.bridge.Trunk;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.nftables.Batch;
import dev.caisson.network.rtnetlink.Prefix;
import java.nio.ByteBuffer;

/**
 * Which VXLAN packets with the network's number the host takes: IPv4 from a container that is known, from the host that is known to have it, and to a container, not to the
 * router. All others with that number are dropped before they are unpacked; other numbers are none of our business. The table goes with its socket.
 */
final class VxlanRules implements AutoCloseable {
    private static final byte UDP = 17;
    private static final String MEMBERS = "members";
    private static final String CHAIN = "input";
    private static final int KEY = 16;
    private static final int IP_SOURCE = 12;
    /* In the UDP packet: its own header, then VXLAN's, then an Ethernet frame. */
    private static final int UDP_PORT = 2;
    private static final int NUMBER = 8 + 4;
    private static final int TO_MAC = 16;
    private static final int FROM_MAC = 22;
    private static final int ETHER_TYPE = 28;
    private static final int FROM_IP = 30 + 12;

    private final Conversation firewall;
    private final String table;

    private VxlanRules(Conversation firewall, String table) {
        this.firewall = firewall;
        this.table = table;
    }

    /** In the namespace of the calling thread, which is the underlay's. */
    static VxlanRules make(String table, Agreement network) {
        Conversation firewall = Conversation.open(Netlink.NETLINK_NETFILTER);
        try {
            byte[] port = ByteBuffer.allocate(2).putShort((short) network.vxlanPort()).array();
            byte[] number = {(byte) (network.vni() >>> 16), (byte) (network.vni() >>> 8), (byte) network.vni()};
            Batch.of(Batch.IP, table).ownedTable().set(MEMBERS, KEY).chain(CHAIN, "filter", Batch.INPUT, 0, ACCEPT)
                    .rule(CHAIN, meta(META_L4PROTO, REG), equal(REG, UDP), payload(TRANSPORT, UDP_PORT, 2, REG), equal(REG, port), payload(TRANSPORT, NUMBER, 3, REG),
                            equal(REG, number), payload(TRANSPORT, ETHER_TYPE, 2, REG), equal(REG, (byte) 8, (byte) 0), payload(TRANSPORT, TO_MAC, 6, REG),
                            notEqual(REG, Trunk.mac(network.gateway())), payload(NETWORK, IP_SOURCE, 4, REG32), payload(TRANSPORT, FROM_MAC, 6, REG32 + 1),
                            payload(TRANSPORT, FROM_IP, 4, REG32 + 3), in(MEMBERS, REG32), verdict(ACCEPT))
                    .rule(CHAIN, meta(META_L4PROTO, REG), equal(REG, UDP), payload(TRANSPORT, UDP_PORT, 2, REG), equal(REG, port), payload(TRANSPORT, NUMBER, 3, REG),
                            equal(REG, number), verdict(DROP))
                    .commit(firewall);
            return new VxlanRules(firewall, table);
        } catch (RuntimeException | Error e) {
            firewall.close();
            throw e;
        }
    }

    void admit(Member member) {
        Batch.of(Batch.IP, table).element(MEMBERS, key(member), new byte[0]).commit(firewall);
    }

    void dismiss(Member member) {
        Batch.of(Batch.IP, table).removeElement(MEMBERS, key(member)).commit(firewall);
    }

    private static byte[] key(Member member) {
        return ByteBuffer.allocate(KEY).put(Prefix.bytes(member.host())).put(member.mac()).putShort((short) 0).put(Prefix.bytes(member.address())).array();
    }

    @Override
    public void close() {
        firewall.close();
    }
}
