package dev.caisson.network.bridge;

import static dev.caisson.network.nftables.Expression.ACCEPT;
import static dev.caisson.network.nftables.Expression.DROP;
import static dev.caisson.network.nftables.Expression.LINK;
import static dev.caisson.network.nftables.Expression.META_IIFNAME;
import static dev.caisson.network.nftables.Expression.NETWORK;
import static dev.caisson.network.nftables.Expression.REG;
import static dev.caisson.network.nftables.Expression.REG32;
import static dev.caisson.network.nftables.Expression.and;
import static dev.caisson.network.nftables.Expression.equal;
import static dev.caisson.network.nftables.Expression.in;
import static dev.caisson.network.nftables.Expression.meta;
import static dev.caisson.network.nftables.Expression.notEqual;
import static dev.caisson.network.nftables.Expression.payload;
import static dev.caisson.network.nftables.Expression.verdict;

import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.nftables.Batch;
import dev.caisson.network.nftables.Expression;
import dev.caisson.network.rtnetlink.Prefix6;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a port of the bridge may send: IPv4, ARP and, where it has an address for it, IPv6, from its own MAC and IP addresses. Of IPv6 what is listed here and no more: no
 * router advertisement, no redirect, no extension header they could hide behind, and of itself alone does it say where it is. Everything else is dropped.
 */
final class BridgeRules {
    static final String TABLE = "caisson";
    static final String PORTS = "ports";
    static final String PORTS6 = "ports6";
    /** Next headers that are payload, and messages of ICMPv6 that concern the two who talk alone. */
    private static final String PLAIN = "plain6";
    private static final String TALK = "talk6";
    private static final String ECHO = "echo6";
    private static final String CHAIN = "from_ports";
    private static final int NAME = 16;
    private static final int MAC = 8;
    private static final int ETHER_SOURCE = 6;
    private static final int ETHER_TYPE = 12;
    private static final int IP_SOURCE = 12;
    private static final int IP6_SOURCE = 8;
    private static final int NEXT_HEADER = 6;
    private static final int IP6_HEADER = 40;
    private static final int FRAGMENT_HEADER = 8;
    private static final int TARGET = 8;
    private static final int ARP_SENDER_MAC = 8;
    private static final int ARP_SENDER_IP = 14;
    private static final byte FRAGMENT = 44;
    private static final byte ICMPV6 = 58;
    private static final byte NEIGHBOUR_ADVERTISEMENT = (byte) 136;
    /** TCP, UDP, DCCP, SCTP, UDP-Lite, GRE, ESP, and IP in IP. */
    private static final int[] PAYLOADS = {6, 17, 33, 132, 136, 47, 50, 4, 41};
    /** Errors, echo, neighbour solicitation. */
    private static final int[] MESSAGES = {1, 2, 3, 4, 128, 129, 135};

    private BridgeRules() {}

    private static final class Rules {
        private final Batch batch = Batch.of(Batch.BRIDGE, TABLE);

        void add(byte[] etherType, Expression... conditions) {
            List<Expression> all = new ArrayList<>(List.of(payload(LINK, ETHER_TYPE, 2, REG), equal(REG, etherType)));
            all.addAll(List.of(conditions));
            all.add(verdict(ACCEPT));
            batch.rule(CHAIN, all.toArray(Expression[]::new));
        }

        void numbers(String set, int... numbers) {
            batch.set(set, 4);
            for (int number : numbers) {
                batch.element(set, new byte[] {(byte) number, 0, 0, 0}, new byte[0]);
            }
        }
    }

    static void make(Conversation firewall) {
        byte[] ipv4 = {8, 0};
        byte[] arp = {8, 6};
        Rules rules = new Rules();
        rules.batch.ownedTable().set(PORTS, NAME + MAC + 4).set(PORTS6, NAME + MAC + 16);
        rules.numbers(PLAIN, PAYLOADS);
        rules.numbers(TALK, MESSAGES);
        rules.numbers(ECHO, 128, 129);
        rules.batch.chain(CHAIN, "filter", Batch.PREROUTING, -300, DROP);
        rules.add(ipv4, port(), payload(LINK, ETHER_SOURCE, 6, REG32 + 4), payload(NETWORK, IP_SOURCE, 4, REG32 + 6), in(PORTS, REG32));
        rules.add(arp, port(), payload(LINK, ETHER_SOURCE, 6, REG32 + 4), payload(NETWORK, ARP_SENDER_IP, 4, REG32 + 6), in(PORTS, REG32), // what the bridge learns
                port(), payload(NETWORK, ARP_SENDER_MAC, 6, REG32 + 4), payload(NETWORK, ARP_SENDER_IP, 4, REG32 + 6), in(PORTS, REG32)); // what the neighbours learn
        ipv6(rules);
        rules.batch.commit(firewall);
    }

    private static void ipv6(Rules rules) {
        byte[] type = {(byte) 0x86, (byte) 0xdd};
        Expression next = payload(NETWORK, NEXT_HEADER, 1, REG);
        Expression first = payload(NETWORK, IP6_HEADER, 1, REG); // the type of a message, or what a fragment is of
        Expression port = port();
        Expression mac = payload(LINK, ETHER_SOURCE, 6, REG32 + 4);
        Expression source = payload(NETWORK, IP6_SOURCE, 16, REG32 + 6);
        Expression own = in(PORTS6, REG32);
        Expression offset = payload(NETWORK, IP6_HEADER + 2, 2, REG);
        Expression bits = and(REG, (byte) 0xff, (byte) 0xf8);
        byte[] beginning = {0, 0};
        rules.add(type, next, in(PLAIN, REG), port, mac, source, own);
        rules.add(type, next, equal(REG, ICMPV6), first, in(TALK, REG), port, mac, source, own);
        rules.add(type, next, equal(REG, ICMPV6), first, equal(REG, NEIGHBOUR_ADVERTISEMENT), port, mac, source, own, port, mac,
                payload(NETWORK, IP6_HEADER + TARGET, 16, REG32 + 6), own);
        rules.add(type, next, equal(REG, FRAGMENT), first, in(PLAIN, REG), port, mac, source, own);
        rules.add(type, next, equal(REG, FRAGMENT), first, equal(REG, ICMPV6), offset, bits, notEqual(REG, beginning), port, mac, source, own);
        rules.add(type, next, equal(REG, FRAGMENT), first, equal(REG, ICMPV6), offset, bits, equal(REG, beginning), payload(NETWORK, IP6_HEADER + FRAGMENT_HEADER, 1, REG),
                in(ECHO, REG), port, mac, source, own);
    }

    private static Expression port() {
        return meta(META_IIFNAME, REG32);
    }

    /** What a port is to send from. */
    static void allow(Conversation firewall, Endpoint endpoint) {
        Batch batch = Batch.of(Batch.BRIDGE, TABLE);
        keys4(endpoint).forEach(key -> batch.element(PORTS, key, new byte[0]));
        keys6(endpoint).forEach(key -> batch.element(PORTS6, key, new byte[0]));
        batch.commit(firewall);
    }

    /** Takes it back. */
    static void forbid(Conversation firewall, Endpoint endpoint) {
        forbidding(endpoint).commit(firewall);
    }

    static Batch forbidding(Endpoint endpoint) {
        Batch batch = Batch.of(Batch.BRIDGE, TABLE);
        keys4(endpoint).forEach(key -> batch.removeElement(PORTS, key));
        keys6(endpoint).forEach(key -> batch.removeElement(PORTS6, key));
        return batch;
    }

    private static List<byte[]> keys4(Endpoint endpoint) {
        return endpoint.addresses4().stream().map(a -> key(endpoint.port(), endpoint.mac(), a)).toList();
    }

    private static List<byte[]> keys6(Endpoint endpoint) {
        return endpoint.addresses6().stream().map(a -> key(endpoint.port(), endpoint.mac(), a)).toList();
    }

    /** Interface, MAC and IPv4 address, each padded to 4 bytes as registers are. */
    static byte[] key(String port, byte[] mac, int address) {
        return ByteBuffer.allocate(NAME + MAC + 4).put(Expression.interfaceName(port)).put(mac).putShort((short) 0).putInt(address).array();
    }

    /** The same for IPv6. */
    static byte[] key(String port, byte[] mac, Prefix6 address) {
        return ByteBuffer.allocate(NAME + MAC + 16).put(Expression.interfaceName(port)).put(mac).putShort((short) 0).put(address.bytes()).array();
    }
}
