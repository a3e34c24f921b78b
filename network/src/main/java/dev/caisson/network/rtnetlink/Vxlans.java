package dev.caisson.network.rtnetlink;

import dev.caisson.network.netlink.Message;
import java.nio.ByteBuffer;

/** Requests about VXLAN interfaces (RFC 7348) and their place in a bridge. */
public final class Vxlans {
    private static final int NEWLINK = 16;
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int INFO_KIND = 1;
    private static final int INFO_DATA = 2;
    private static final int INFO_SLAVE_KIND = 4;
    private static final int INFO_SLAVE_DATA = 5;
    private static final int VXLAN_ID = 1;
    private static final int VXLAN_LOCAL = 4;
    private static final int VXLAN_LEARNING = 7;
    private static final int VXLAN_PROXY = 11;
    private static final int VXLAN_PORT = 15;
    private static final int BRPORT_LEARNING = 8;
    private static final int BRPORT_UNICAST_FLOOD = 9;
    private static final int BRPORT_MCAST_FLOOD = 27;

    private Vxlans() {}

    /**
     * One that learns nothing, floods nothing, and answers ARP and neighbour solicitations from what it was told. Its UDP socket is in the namespace in which this is asked for, itself in another.
     *
     * @param namespace a descriptor of the one it is to be in
     * @param local its own address on the underlay
     * @param port of UDP, for it and for its peers
     */
    public static Message make(String name, int namespace, int vni, int local, int port, byte[] mac, int mtu) {
        return link(Message.CREATE | Message.EXCL, "make the vxlan " + name + " with number " + vni + " on UDP port " + port).text(IFLA_IFNAME, name).number(IFLA_MTU, mtu)
                .number(IFLA_NET_NS_FD, namespace).put(IFLA_ADDRESS, mac)
                .nest(IFLA_LINKINFO, info -> info.text(INFO_KIND, "vxlan").nest(INFO_DATA, data -> data.number(VXLAN_ID, vni).put(VXLAN_LOCAL, Prefix.bytes(local))
                        .put(VXLAN_LEARNING, (byte) 0).put(VXLAN_PROXY, (byte) 1).put(VXLAN_PORT, ByteBuffer.allocate(2).putShort((short) port).array())));
    }

    /** By name, a port of a bridge that gets nothing but what is known to be behind it, and broadcasts. @param groups whether it gets what is sent to groups, as IPv6 asks for neighbours */
    public static Message quiet(String name, boolean groups) {
        return link(0, "set how the port " + name + " floods").text(IFLA_IFNAME, name).nest(IFLA_LINKINFO, info -> info.text(INFO_SLAVE_KIND, "bridge")
                .nest(INFO_SLAVE_DATA, data -> data.put(BRPORT_LEARNING, (byte) 0).put(BRPORT_UNICAST_FLOOD, (byte) 0).put(BRPORT_MCAST_FLOOD, (byte) (groups ? 1 : 0))));
    }

    private static Message link(int flags, String about) {
        return Message.of(NEWLINK, flags | Message.ACK, about).raw16(0).raw16(0).raw32(0).raw32(0).raw32(0);
    }
}
