package dev.caisson.network.bridge;

import static dev.caisson.network.nftables.Expression.ACCEPT;
import static dev.caisson.network.nftables.Expression.DROP;
import static dev.caisson.network.nftables.Expression.LINK;
import static dev.caisson.network.nftables.Expression.META_IIFNAME;
import static dev.caisson.network.nftables.Expression.NETWORK;
import static dev.caisson.network.nftables.Expression.REG;
import static dev.caisson.network.nftables.Expression.REG32;
import static dev.caisson.network.nftables.Expression.equal;
import static dev.caisson.network.nftables.Expression.in;
import static dev.caisson.network.nftables.Expression.meta;
import static dev.caisson.network.nftables.Expression.payload;
import static dev.caisson.network.nftables.Expression.verdict;

import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.nftables.Batch;
import dev.caisson.network.nftables.Expression;
import java.nio.ByteBuffer;

/** What a port of the bridge may send: IPv4 and ARP from its own MAC and IP address. Everything else is dropped, so router advertisements too. */
final class BridgeRules {
    static final String TABLE = "caisson";
    private static final String CHAIN = "from_ports";
    private static final int KEY = 28;
    private static final int ETHER_SOURCE = 6;
    private static final int ETHER_TYPE = 12;
    private static final int IP_SOURCE = 12;
    private static final int ARP_SENDER_MAC = 8;
    private static final int ARP_SENDER_IP = 14;

    private BridgeRules() {}

    static void make(Conversation firewall) {
        byte[] ipv4 = {8, 0};
        byte[] arp = {8, 6};
        Batch.of(Batch.BRIDGE, TABLE).ownedTable().set(Router.PORTS, KEY).chain(CHAIN, "filter", Batch.PREROUTING, -300, DROP)
                .rule(CHAIN, payload(LINK, ETHER_TYPE, 2, REG), equal(REG, ipv4), meta(META_IIFNAME, REG32), payload(LINK, ETHER_SOURCE, 6, REG32 + 4),
                        payload(NETWORK, IP_SOURCE, 4, REG32 + 6), in(Router.PORTS, REG32), verdict(ACCEPT))
                .rule(CHAIN, payload(LINK, ETHER_TYPE, 2, REG), equal(REG, arp), meta(META_IIFNAME, REG32), payload(NETWORK, ARP_SENDER_MAC, 6, REG32 + 4),
                        payload(NETWORK, ARP_SENDER_IP, 4, REG32 + 6), in(Router.PORTS, REG32), verdict(ACCEPT))
                .commit(firewall);
    }

    /** Interface, MAC and IPv4 address, each padded to 4 bytes as registers are. */
    static byte[] key(String port, byte[] mac, int address) {
        return ByteBuffer.allocate(KEY).put(Expression.interfaceName(port)).put(mac).putShort((short) 0).putInt(address).array();
    }
}
