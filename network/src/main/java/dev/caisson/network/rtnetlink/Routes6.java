package dev.caisson.network.rtnetlink;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Attributes;
import dev.caisson.network.netlink.Message;
import java.util.Optional;

/** Requests about IPv6 addresses and routes. */
public final class Routes6 {
    private static final int NEWADDR = 20;
    private static final int NEWROUTE = 24;
    private static final int DELROUTE = 25;
    private static final int GETROUTE = 26;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int NODAD = 2;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PRIORITY = 6;
    private static final int AF_INET6 = 10;
    private static final int TABLE_MAIN = 254;
    private static final int PROTO_STATIC = 4;
    private static final int UNICAST = 1;
    private static final int RTMSG = 12;
    /** That of a route whose number nobody said. */
    private static final int USUAL_METRIC = 1024;

    /** A route of a list. */
    public record Route(Prefix6 destination, int link) {
        private static final int PIECE = 7;

        /** Whether it is the default one, or a piece of that which a VPN makes (OpenVPN: ::/3, 2000::/4, 3000::/4, fc00::/7): the way to all that has no other, which uses no addresses. */
        public boolean outward() {
            return destination.length() <= PIECE;
        }
    }

    private Routes6() {}

    /** Gives an interface an address that is known to be nobody else's: it can be used at once (no duplicate address detection). */
    public static Message address(int link, Prefix6 prefix) {
        return Message.of(NEWADDR, Message.ACK | Message.CREATE | Message.EXCL, "give the address " + prefix + " to interface " + link)
                .raw((byte) AF_INET6, (byte) prefix.length(), (byte) NODAD, (byte) 0).raw32(link).put(IFA_LOCAL, prefix.bytes()).put(IFA_ADDRESS, prefix.bytes());
    }

    /** A route over a gateway; length 0 for the default one. */
    public static Message route(Prefix6 destination, Prefix6 gateway, int link) {
        return route(Message.of(NEWROUTE, Message.ACK | Message.CREATE | Message.EXCL, "route " + destination + " over " + gateway.text()), destination, gateway, link);
    }

    /** One beside another to the same place, which has another number. @param metric the least of several counts; 0 for the usual one */
    public static Message route(Prefix6 destination, Prefix6 gateway, int link, int metric) {
        return metric == 0 ? route(destination, gateway, link) : route(destination, gateway, link).number(RTA_PRIORITY, USUAL_METRIC + metric);
    }

    /** Takes back what {@link #route} made. */
    public static Message remove(Prefix6 destination, Prefix6 gateway, int link) {
        return route(Message.of(DELROUTE, Message.ACK, "remove the route to " + destination + " over " + gateway.text()), destination, gateway, link);
    }

    private static Message route(Message m, Prefix6 destination, Prefix6 gateway, int link) {
        m.raw((byte) AF_INET6, (byte) destination.length(), (byte) 0, (byte) 0, (byte) TABLE_MAIN, (byte) PROTO_STATIC, (byte) 0, (byte) UNICAST).raw32(0);
        if (destination.length() > 0) {
            m.put(RTA_DST, destination.bytes());
        }
        return m.put(RTA_GATEWAY, gateway.bytes()).number(RTA_OIF, link);
    }

    /** All of the namespace. */
    public static Message list() {
        return Message.of(GETROUTE, Message.DUMP, "list the IPv6 routes").raw((byte) AF_INET6, (byte) 0, (byte) 0, (byte) 0).raw32(0).raw32(0);
    }

    /** An item of {@link #list}; empty for anything else. */
    public static Optional<Route> parse(Answer answer) {
        byte[] payload = answer.payload();
        if (answer.type() != NEWROUTE || payload.length < RTMSG || payload[0] != AF_INET6 || Byte.toUnsignedInt(payload[1]) > 128) {
            return Optional.empty();
        }
        Attributes attributes = Attributes.parse(payload, RTMSG);
        byte[] destination = attributes.bytes(RTA_DST).filter(b -> b.length == 16).orElse(new byte[16]);
        return Optional.of(new Route(Prefix6.of(destination, Byte.toUnsignedInt(payload[1])), attributes.number(RTA_OIF).orElse(0)));
    }
}
