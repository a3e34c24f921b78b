package dev.caisson.network.rtnetlink;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Attributes;
import dev.caisson.network.netlink.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Consumer;

/** Requests about interfaces. */
public final class Links {
    private static final int NEWLINK = 16;
    private static final int DELLINK = 17;
    private static final int GETLINK = 18;
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_MASTER = 10;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_NET_NS_PID = 19;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_NEW_IFINDEX = 49;
    private static final int INFO_KIND = 1;
    private static final int INFO_DATA = 2;
    private static final int INFO_SLAVE_KIND = 4;
    private static final int INFO_SLAVE_DATA = 5;
    private static final int BRPORT_ISOLATED = 33;
    private static final int VETH_INFO_PEER = 1;
    private static final int VLAN_ID = 1;
    private static final int MACVLAN_MODE = 1;
    private static final int IPVLAN_MODE = 1;
    private static final int IPVLAN_FLAGS = 2;
    private static final int IFLA_LINK = 5;
    private static final int IFF_UP = 1;
    private static final int IFINFO = 16;

    /**
     * An interface of a list.
     *
     * @param master the number of what it is a port of; 0 for none
     */
    public record Link(int index, String name, int mtu, boolean up, int master) {}

    private Links() {}

    private static Message message(int type, int flags, String about, int index, int up) {
        return header(Message.of(type, flags | Message.ACK, about), index, up, up == 0 ? 0 : IFF_UP);
    }

    private static Message header(Message m, int index, int flags, int change) {
        return m.raw16(0).raw16(0).raw32(index).raw32(flags).raw32(change);
    }

    /**
     * A pair: one end here, the other in the namespace of a descriptor.
     *
     * @param mac of the other end
     */
    public static Message veth(String name, String peer, int peerNamespace, byte[] mac, int mtu) {
        return message(NEWLINK, Message.CREATE | Message.EXCL, "make the veth pair " + name + " and " + peer, 0, 0)
                .text(IFLA_IFNAME, name).number(IFLA_MTU, mtu)
                .nest(IFLA_LINKINFO, info -> info.text(INFO_KIND, "veth")
                        .nest(INFO_DATA, data -> data.nest(VETH_INFO_PEER, p -> header(p, 0, 0, 0).text(IFLA_IFNAME, peer).number(IFLA_MTU, mtu)
                                .number(IFLA_NET_NS_FD, peerNamespace).put(IFLA_ADDRESS, mac))));
    }

    /** A bridge without spanning tree. */
    public static Message bridge(String name, int index, byte[] mac, int mtu) {
        return create(name, index, "bridge", data -> { }).number(IFLA_MTU, mtu).put(IFLA_ADDRESS, mac);
    }

    /** An interface that hands back what is redirected to it, after its own queue. */
    public static Message ifb(String name) {
        return create(name, 0, "ifb", data -> { });
    }

    /** An interface that swallows everything. */
    public static Message dummy(String name) {
        return create(name, 0, "dummy", data -> { });
    }

    /** An 802.1Q VLAN on another interface. */
    public static Message vlan(String name, int parent, int id) {
        return create(name, 0, "vlan", data -> data.put(VLAN_ID, native16(id)))
                .number(IFLA_LINK, parent);
    }

    /** A WireGuard interface in another namespace; its UDP socket will be in the one in which this is asked for. EOPNOTSUPP if the kernel has none. */
    public static Message wireguard(String name, int namespace, int mtu) {
        return create(name, 0, "wireguard", data -> { }).number(IFLA_MTU, mtu).number(IFLA_NET_NS_FD, namespace);
    }

    /** An interface on another, with a MAC address of its own. @param mode MACVLAN_MODE_…; @param namespace a descriptor of where it goes; -1 for here; @param mtu 0 for the parent's */
    public static Message macvlan(String name, int parent, int mode, int namespace, int mtu) {
        Message made = create(name, 0, "macvlan", data -> data.number(MACVLAN_MODE, mode)).number(IFLA_LINK, parent);
        if (mtu > 0) {
            made.number(IFLA_MTU, mtu);
        }
        return namespace < 0 ? made : made.number(IFLA_NET_NS_FD, namespace);
    }

    /**
     * An interface on another, with the MAC address of that.
     *
     * @param mode IPVLAN_MODE_…; @param flags IPVLAN_F_…; @param namespace a descriptor of where it goes; -1 for here; @param mtu 0 for the parent's
     */
    public static Message ipvlan(String name, int parent, int mode, int flags, int namespace, int mtu) {
        Message made = create(name, 0, "ipvlan", data -> data.put(IPVLAN_MODE, native16(mode)).put(IPVLAN_FLAGS, native16(flags))).number(IFLA_LINK, parent);
        if (mtu > 0) {
            made.number(IFLA_MTU, mtu);
        }
        return namespace < 0 ? made : made.number(IFLA_NET_NS_FD, namespace);
    }

    private static byte[] native16(int value) {
        return ByteBuffer.allocate(2).order(ByteOrder.nativeOrder()).putShort((short) value).array();
    }

    private static Message create(String name, int index, String kind, Consumer<Message> data) {
        return message(NEWLINK, Message.CREATE | Message.EXCL, "make the " + kind + " " + name, index, 0)
                .text(IFLA_IFNAME, name).nest(IFLA_LINKINFO, info -> info.text(INFO_KIND, kind).nest(INFO_DATA, data));
    }

    /** By name, sets it up. */
    public static Message up(String name) {
        return message(NEWLINK, 0, "set " + name + " up", 0, IFF_UP).text(IFLA_IFNAME, name);
    }

    /** By number, sets it up. */
    public static Message up(int index) {
        return message(NEWLINK, 0, "set interface " + index + " up", index, IFF_UP);
    }

    /** By number, sets it down. */
    public static Message down(int index) {
        return header(Message.of(NEWLINK, Message.ACK, "set interface " + index + " down"), index, 0, IFF_UP);
    }

    /** By number, gives it another name; it must be down where the kernel is older than 6.2. */
    public static Message rename(int index, String name) {
        return message(NEWLINK, 0, "give interface " + index + " the name " + name, index, 0).text(IFLA_IFNAME, name);
    }

    /**
     * By number, moves it to another network namespace, where it is down and has no addresses. EEXIST if its name is taken there.
     *
     * @param pattern the name it gets there if its own is taken, such as {@code dev%d}; "" for none
     * @param number what it gets there, which must be free; 0 for its own if that is. A kernel before 5.13 gives it its own in any case
     */
    public static Message move(int index, String name, int namespace, String pattern, int number) {
        return moved(message(NEWLINK, 0, "move the interface " + name + " to another network namespace", index, 0).number(IFLA_NET_NS_FD, namespace), pattern, number);
    }

    /** As {@link #move}, to the network namespace of a process. @param pid its number in the PID namespace of who sends this */
    public static Message moveTo(int index, int pid, String pattern, int number) {
        return moved(message(NEWLINK, 0, "move interface " + index + " to the network namespace of process " + pid, index, 0).number(IFLA_NET_NS_PID, pid), pattern, number);
    }

    private static Message moved(Message made, String pattern, int number) {
        if (number != 0) {
            made.number(IFLA_NEW_IFINDEX, number);
        }
        return pattern.isEmpty() ? made : made.text(IFLA_IFNAME, pattern);
    }

    /** By name, makes it a port of a bridge. */
    public static Message master(String name, int bridge) {
        return message(NEWLINK, 0, "make " + name + " a port of the bridge", 0, 0).text(IFLA_IFNAME, name).number(IFLA_MASTER, bridge);
    }

    /** By name, keeps a port of a bridge from reaching other such ports. */
    public static Message isolate(String name) {
        return message(NEWLINK, 0, "isolate the port " + name, 0, 0).text(IFLA_IFNAME, name)
                .nest(IFLA_LINKINFO, info -> info.text(INFO_SLAVE_KIND, "bridge").nest(INFO_SLAVE_DATA, data -> data.put(BRPORT_ISOLATED, (byte) 1)));
    }

    /** By name, with its peer. */
    public static Message delete(String name) {
        return message(DELLINK, 0, "remove the interface " + name, 0, 0).text(IFLA_IFNAME, name);
    }

    /** All of the namespace. */
    public static Message list() {
        return header(Message.of(GETLINK, Message.DUMP, "list the interfaces"), 0, 0, 0);
    }

    /** One by name, answered as an item of {@link #list}. */
    public static Message find(String name) {
        return header(Message.of(GETLINK, 0, "find the interface " + name), 0, 0, 0).text(IFLA_IFNAME, name);
    }

    /** An item of {@link #list}; empty for anything else. */
    public static Optional<Link> parse(Answer answer) {
        byte[] payload = answer.payload();
        if (answer.type() != NEWLINK || payload.length < IFINFO) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder());
        Attributes attributes = Attributes.parse(payload, IFINFO);
        return Optional.of(new Link(in.getInt(4), attributes.text(IFLA_IFNAME).orElse(""), attributes.number(IFLA_MTU).orElse(0),
                (in.getInt(8) & IFF_UP) != 0, attributes.number(IFLA_MASTER).orElse(0)));
    }
}
