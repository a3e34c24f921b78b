package dev.caisson.network.rtnetlink;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Attributes;
import dev.caisson.network.netlink.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/** Addresses and routes of an interface as the kernel lists them, to be given to it again after it was moved to another network namespace, which takes them away. */
public final class Carried {
    private static final int NEWADDR = 20;
    private static final int GETADDR = 22;
    private static final int NEWROUTE = 24;
    private static final int GETROUTE = 26;
    private static final int IFADDRMSG = 8;
    private static final int RTMSG = 12;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SCOPE_LINK = 253;
    private static final int TABLE_MAIN = 254;
    private static final int PROTO_KERNEL = 2;
    private static final int UNICAST = 1;
    private static final int ONLINK = 4;
    private static final int RTA_OIF = 4;
    private static final int RTA_MULTIPATH = 9;
    /** Destination, gateway, preferred source, priority, metrics, and a gateway of the other family. */
    private static final List<Integer> KEPT = List.of(1, 5, 7, 6, 8, 18);

    private Carried() {}

    /** All addresses of the namespace. */
    public static Message addresses() {
        return Message.of(GETADDR, Message.DUMP, "list the addresses").raw((byte) 0, (byte) 0, (byte) 0, (byte) 0).raw32(0);
    }

    /** All routes of the namespace. */
    public static Message routes() {
        return Message.of(GETROUTE, Message.DUMP, "list the routes").raw((byte) 0, (byte) 0, (byte) 0, (byte) 0).raw32(0).raw32(0);
    }

    /** Whether an item of {@link #addresses} is one that an interface has and that does not come by itself. */
    public static boolean isAddress(Answer answer, int link) {
        byte[] payload = answer.payload();
        if (answer.type() != NEWADDR || payload.length < IFADDRMSG || number(payload, 4) != link || payload[0] != AF_INET && payload[0] != AF_INET6) {
            return false;
        }
        return (payload[0] == AF_INET || Byte.toUnsignedInt(payload[3]) < SCOPE_LINK) && address(payload).isPresent();
    }

    /** Whether an item of {@link #routes} is one of the main table that leads over an interface and that somebody made. */
    public static boolean isRoute(Answer answer, int link) {
        byte[] payload = answer.payload();
        if (answer.type() != NEWROUTE || payload.length < RTMSG || payload[0] != AF_INET && payload[0] != AF_INET6 || Byte.toUnsignedInt(payload[4]) != TABLE_MAIN
                || payload[5] == PROTO_KERNEL || payload[7] != UNICAST) {
            return false;
        }
        Attributes attributes = Attributes.parse(payload, RTMSG);
        return attributes.bytes(RTA_MULTIPATH).isEmpty() && attributes.number(RTA_OIF).orElse(0) == link;
    }

    /** Gives an interface an address. @param payload of an item of {@link #addresses} */
    public static Message address(byte[] payload, int link) {
        byte[] own = payload.clone();
        ByteBuffer.wrap(own).order(ByteOrder.nativeOrder()).putInt(4, link);
        return Message.of(NEWADDR, Message.ACK | Message.CREATE | Message.EXCL, "give the address " + text(payload) + " to interface " + link).raw(own);
    }

    /** Makes a route over an interface. @param payload of an item of {@link #routes} */
    public static Message route(byte[] payload, int link) {
        byte[] header = java.util.Arrays.copyOf(payload, RTMSG);
        ByteBuffer in = ByteBuffer.wrap(header).order(ByteOrder.nativeOrder());
        in.putInt(8, in.getInt(8) & ONLINK);
        Message made = Message.of(NEWROUTE, Message.ACK | Message.CREATE | Message.EXCL, "make a route over interface " + link).raw(header).number(RTA_OIF, link);
        Attributes attributes = Attributes.parse(payload, RTMSG);
        KEPT.forEach(type -> attributes.bytes(type).ifPresent(value -> made.put(type, value)));
        return made;
    }

    /** An address with its prefix length. @param payload of an item of {@link #addresses} */
    public static String text(byte[] payload) {
        byte[] address = address(payload).orElse(new byte[4]);
        String text = address.length == 4 ? Prefix.text(ByteBuffer.wrap(address).getInt()) : Prefix6.of(address, 128).text();
        return text + "/" + Byte.toUnsignedInt(payload[1]);
    }

    private static Optional<byte[]> address(byte[] payload) {
        Attributes attributes = Attributes.parse(payload, IFADDRMSG);
        int length = payload[0] == AF_INET ? 4 : 16;
        return attributes.bytes(2).or(() -> attributes.bytes(1)).filter(b -> b.length == length);
    }

    private static int number(byte[] payload, int at) {
        return ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).getInt(at);
    }
}
