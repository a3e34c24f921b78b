package dev.caisson.network.bridge;

import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import java.nio.ByteBuffer;

/**
 * Frames that say to all on a bridge which MAC address has an address now: who knew another, of a container that had the address before, or has just asked in vain, need not find out by
 * asking anew. A kernel says nothing of the kind by itself. Pure.
 */
final class Announcement {
    private static final byte[] EVERYBODY = {-1, -1, -1, -1, -1, -1};
    /** That of ff02::1. */
    private static final byte[] ALL_NODES_MAC = {0x33, 0x33, 0, 0, 0, 1};
    private static final Prefix6 ALL_NODES = Prefix6.parseAddress("ff02::1");
    private static final int ARP = 42;
    private static final int HEADERS = 14 + 40;
    private static final int ADVERTISEMENT = 32;
    private static final int ICMPV6 = 58;
    private static final int NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int OVERRIDE = 0x2000_0000;
    private static final int CHECKSUM = HEADERS + 2;

    private Announcement() {}

    /** An ARP announcement (RFC 5227, 2.3): a request for one's own address. */
    static byte[] of(byte[] mac, int address) {
        byte[] own = Prefix.bytes(address);
        return ByteBuffer.allocate(ARP).put(EVERYBODY).put(mac).putShort((short) 0x0806).putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4).putShort((short) 1)
                .put(mac).put(own).put(new byte[6]).put(own).array();
    }

    /** An unsolicited neighbour advertisement (RFC 4861, 7.2.6). */
    static byte[] of(byte[] mac, Prefix6 address) {
        ByteBuffer out = ByteBuffer.allocate(HEADERS + ADVERTISEMENT).put(ALL_NODES_MAC).put(mac).putShort((short) 0x86dd).putInt(0x6000_0000).putShort((short) ADVERTISEMENT).put((byte) ICMPV6)
                .put((byte) 255).put(address.bytes()).put(ALL_NODES.bytes()).put((byte) NEIGHBOUR_ADVERTISEMENT).put((byte) 0).putShort((short) 0).putInt(OVERRIDE).put(address.bytes())
                .put((byte) 2).put((byte) 1).put(mac);
        int sum = ICMPV6 + ADVERTISEMENT;
        for (int i = 14 + 8; i < out.capacity(); i += 2) { // both addresses, and the message
            sum += Short.toUnsignedInt(out.getShort(i));
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return out.putShort(CHECKSUM, (short) ~((sum & 0xffff) + (sum >>> 16))).array();
    }
}
