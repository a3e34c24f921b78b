package dev.caisson.network.rtnetlink;

import dev.caisson.network.netlink.Message;
import java.nio.ByteBuffer;

/** Requests about who is behind an interface: neighbours (ARP) and forwarding entries (FDB). All but the last heard of are static. */
public final class Neighbours {
    private static final int NEWNEIGH = 28;
    private static final int DELNEIGH = 29;
    private static final int AF_INET = 2;
    private static final int AF_BRIDGE = 7;
    private static final int AF_INET6 = 10;
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int NDA_PORT = 6;
    private static final int NUD_STALE = 0x04;
    private static final int NUD_NOARP = 0x40;
    private static final int NUD_PERMANENT = 0x80;
    private static final int NTF_SELF = 0x02;
    private static final int NTF_MASTER = 0x04;

    private Neighbours() {}

    private static Message message(boolean add, int family, int link, int state, int flags, String what) {
        return Message.of(add ? NEWNEIGH : DELNEIGH, Message.ACK | (add ? Message.CREATE | Message.REPLACE : 0), (add ? "add " : "remove ") + what)
                .raw((byte) family, (byte) 0, (byte) 0, (byte) 0).raw32(link).raw16(state).raw((byte) flags, (byte) 0);
    }

    /** The MAC of an IPv4 address. */
    public static Message neighbour(boolean add, int link, int address, byte[] mac) {
        Message m = message(add, AF_INET, link, NUD_PERMANENT, 0, "the neighbour " + Prefix.text(address)).put(NDA_DST, Prefix.bytes(address));
        return add ? m.put(NDA_LLADDR, mac) : m;
    }

    /** The MAC of an IPv6 address. */
    public static Message neighbour(boolean add, int link, Prefix6 address, byte[] mac) {
        Message m = message(add, AF_INET6, link, NUD_PERMANENT, 0, "the neighbour " + address.text()).put(NDA_DST, address.bytes());
        return add ? m.put(NDA_LLADDR, mac) : m;
    }

    /** The MAC that an IPv4 address had when it was last heard of: used at once, asked about in time. */
    public static Message last(int link, int address, byte[] mac) {
        return message(true, AF_INET, link, NUD_STALE, 0, "know the neighbour " + Prefix.text(address)).put(NDA_DST, Prefix.bytes(address)).put(NDA_LLADDR, mac);
    }

    /** The same for IPv6. */
    public static Message last(int link, Prefix6 address, byte[] mac) {
        return message(true, AF_INET6, link, NUD_STALE, 0, "know the neighbour " + address.text()).put(NDA_DST, address.bytes()).put(NDA_LLADDR, mac);
    }

    /** The host behind which a vxlan interface reaches a MAC, and its UDP port. */
    public static Message remote(boolean add, int link, byte[] mac, int host, int port) {
        return message(add, AF_BRIDGE, link, NUD_PERMANENT, NTF_SELF, "the forwarding entry to host " + Prefix.text(host)).put(NDA_LLADDR, mac).put(NDA_DST, Prefix.bytes(host))
                .put(NDA_PORT, ByteBuffer.allocate(2).putShort((short) port).array());
    }

    /** The bridge's port behind which a MAC is. NUD_PERMANENT would mean one of the bridge's own. */
    public static Message port(boolean add, int link, byte[] mac) {
        return message(add, AF_BRIDGE, link, NUD_NOARP, NTF_MASTER, "the bridge's forwarding entry").put(NDA_LLADDR, mac);
    }
}
