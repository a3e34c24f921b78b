package dev.caisson.network.rtnetlink;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Attributes;
import dev.caisson.network.netlink.Message;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Requests about IPv4 addresses and routes. */
public final class Routes {
    private static final int NEWADDR = 20;
    private static final int NEWROUTE = 24;
    private static final int DELROUTE = 25;
    private static final int GETROUTE = 26;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PRIORITY = 6;
    private static final int AF_INET = 2;
    private static final int TABLE_MAIN = 254;
    private static final int PROTO_STATIC = 4;
    private static final int UNICAST = 1;
    private static final int SCOPE_LINK = 253;
    private static final int RTMSG = 12;

    /** A route of a list. */
    public record Route(Prefix destination, int link) {
        private static final int HALF = 1;

        /** Whether it is the default one, or one of the two halves in its place that a VPN makes: the way to all that has no other, which uses no addresses. */
        public boolean outward() {
            return destination.length() <= HALF;
        }
    }

    private Routes() {}

    /** Gives an interface an address. */
    public static Message address(int link, Prefix prefix) {
        return Message.of(NEWADDR, Message.ACK | Message.CREATE | Message.EXCL, "give the address " + prefix + " to interface " + link)
                .raw((byte) AF_INET, (byte) prefix.length(), (byte) 0, (byte) 0).raw32(link)
                .put(IFA_LOCAL, Prefix.bytes(prefix.address())).put(IFA_ADDRESS, Prefix.bytes(prefix.address()));
    }

    /** A route over a gateway; length 0 for the default one. */
    public static Message route(Prefix destination, int gateway, int link) {
        return route(Message.of(NEWROUTE, Message.ACK | Message.CREATE | Message.EXCL, "route " + destination + " over " + Prefix.text(gateway)), destination,
                gateway, link);
    }

    /** One beside another to the same place, which has another number. @param metric the least of several counts */
    public static Message route(Prefix destination, int gateway, int link, int metric) {
        return metric == 0 ? route(destination, gateway, link) : route(destination, gateway, link).number(RTA_PRIORITY, metric);
    }

    /** The default route over an interface on which everybody is a neighbour. */
    public static Message everywhere(int link) {
        return Message.of(NEWROUTE, Message.ACK | Message.CREATE | Message.EXCL, "route everything over interface " + link)
                .raw((byte) AF_INET, (byte) 0, (byte) 0, (byte) 0, (byte) TABLE_MAIN, (byte) PROTO_STATIC, (byte) SCOPE_LINK, (byte) UNICAST).raw32(0).number(RTA_OIF, link);
    }

    /** Takes back what {@link #route} made. */
    public static Message remove(Prefix destination, int gateway, int link) {
        return route(Message.of(DELROUTE, Message.ACK, "remove the route to " + destination + " over " + Prefix.text(gateway)), destination, gateway, link);
    }

    private static Message route(Message m, Prefix destination, int gateway, int link) {
        m.raw((byte) AF_INET, (byte) destination.length(), (byte) 0, (byte) 0, (byte) TABLE_MAIN, (byte) PROTO_STATIC, (byte) 0, (byte) UNICAST).raw32(0);
        if (destination.length() > 0) {
            m.put(RTA_DST, Prefix.bytes(destination.address()));
        }
        return m.put(RTA_GATEWAY, Prefix.bytes(gateway)).number(RTA_OIF, link);
    }

    /** All of the namespace. */
    public static Message list() {
        return Message.of(GETROUTE, Message.DUMP, "list the routes").raw((byte) AF_INET, (byte) 0, (byte) 0, (byte) 0)
                .raw32(0).raw32(0);
    }

    /** An item of {@link #list}; empty for anything else. */
    public static Optional<Route> parse(Answer answer) {
        byte[] payload = answer.payload();
        if (answer.type() != NEWROUTE || payload.length < RTMSG || payload[0] != AF_INET || Byte.toUnsignedInt(payload[1]) > 32) {
            return Optional.empty();
        }
        Attributes attributes = Attributes.parse(payload, RTMSG);
        int destination = attributes.bytes(RTA_DST).filter(b -> b.length == 4).map(b -> ByteBuffer.wrap(b).getInt()).orElse(0);
        return Optional.of(new Route(new Prefix(destination, payload[1]), attributes.number(RTA_OIF).orElse(0)));
    }
}
