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
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.nftables.Expression;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which VXLAN packets with the network's number the host takes: IPv4, and IPv6 where the network has that, from a container that is known, from the host that is known to have it, and to a container, not to the
 * router. All others with that number are dropped before they are unpacked; other numbers are none of our business. The table goes with its socket.
 */
final class VxlanRules implements AutoCloseable {
    private static final byte UDP = 17;
    private static final String MEMBERS = "members";
    private static final String MEMBERS6 = "members6";
    private static final String CHAIN = "input";
    private static final int KEY = 16;
    private static final int KEY6 = 28;
    private static final int IP_SOURCE = 12;
    /* In the UDP packet: its own header, then VXLAN's, then an Ethernet frame. */
    private static final int UDP_PORT = 2;
    private static final int NUMBER = 8 + 4;
    private static final int TO_MAC = 16;
    private static final int FROM_MAC = 22;
    private static final int ETHER_TYPE = 28;
    private static final int FROM_IP = 30 + 12;
    private static final int FROM_IP6 = 30 + 8;

    private final Conversation firewall;
    private final String table;

    private VxlanRules(Conversation firewall, String table) {
        this.firewall = firewall;
        this.table = table;
    }

    /** In the namespace of the calling thread, which is the underlay's. @param udp the port where they come */
    static VxlanRules make(String table, Agreement network, int udp) {
        Conversation firewall = Conversation.open(Netlink.NETLINK_NETFILTER);
        try {
            byte[] port = ByteBuffer.allocate(2).putShort((short) udp).array();
            byte[] number = {(byte) (network.vni() >>> 16), (byte) (network.vni() >>> 8), (byte) network.vni()};
            List<Expression> ours = List.of(meta(META_L4PROTO, REG), equal(REG, UDP), payload(TRANSPORT, UDP_PORT, 2, REG), equal(REG, port), payload(TRANSPORT, NUMBER, 3, REG),
                    equal(REG, number));
            List<Expression> sender = List.of(payload(TRANSPORT, TO_MAC, 6, REG), notEqual(REG, Trunk.mac(network.gateway())), payload(NETWORK, IP_SOURCE, 4, REG32),
                    payload(TRANSPORT, FROM_MAC, 6, REG32 + 1));
            Batch batch = Batch.of(Batch.IP, table).ownedTable().set(MEMBERS, KEY).set(MEMBERS6, KEY6).chain(CHAIN, "filter", Batch.INPUT, 0, ACCEPT)
                    .rule(CHAIN, rule(ours, type((byte) 8, (byte) 0), sender, List.of(payload(TRANSPORT, FROM_IP, 4, REG32 + 3), in(MEMBERS, REG32), verdict(ACCEPT))));
            if (network.subnet6().isPresent()) {
                batch.rule(CHAIN, rule(ours, type((byte) 0x86, (byte) 0xdd), sender, List.of(payload(TRANSPORT, FROM_IP6, 16, REG32 + 3), in(MEMBERS6, REG32), verdict(ACCEPT))));
            }
            batch.rule(CHAIN, rule(ours, List.of(verdict(DROP)))).commit(firewall);
            return new VxlanRules(firewall, table);
        } catch (RuntimeException | Error e) {
            firewall.close();
            throw e;
        }
    }

    private static List<Expression> type(byte... etherType) {
        return List.of(payload(TRANSPORT, ETHER_TYPE, 2, REG), equal(REG, etherType));
    }

    @SafeVarargs
    private static Expression[] rule(List<Expression>... parts) {
        return Stream.of(parts).flatMap(List::stream).toArray(Expression[]::new);
    }

    /** @param address6 the member's */
    void admit(Member member, Optional<Prefix6> address6) {
        Batch batch = Batch.of(Batch.IP, table).element(MEMBERS, key(member), new byte[0]);
        address6.ifPresent(six -> batch.element(MEMBERS6, key(member, six), new byte[0]));
        batch.commit(firewall);
    }

    void dismiss(Member member, Optional<Prefix6> address6) {
        NetlinkRefusal.ignoringGone(() -> Batch.of(Batch.IP, table).removeElement(MEMBERS, key(member)).commit(firewall));
        address6.ifPresent(six -> NetlinkRefusal.ignoringGone(() -> Batch.of(Batch.IP, table).removeElement(MEMBERS6, key(member, six)).commit(firewall)));
    }

    private static byte[] key(Member member) {
        return ByteBuffer.allocate(KEY).put(Prefix.bytes(member.host())).put(member.mac()).putShort((short) 0).put(Prefix.bytes(member.address())).array();
    }

    private static byte[] key(Member member, Prefix6 address) {
        return ByteBuffer.allocate(KEY6).put(Prefix.bytes(member.host())).put(member.mac()).putShort((short) 0).put(address.bytes()).array();
    }

    @Override
    public void close() {
        firewall.close();
    }
}
