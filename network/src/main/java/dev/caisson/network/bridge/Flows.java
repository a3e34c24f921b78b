package dev.caisson.network.bridge;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Attributes;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.netlink.NetlinkRefusal;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel remembers of who talks to a published UDP port (conntrack). It asks the rules once for each flow, and a flow is as long as its client is not silent: so a client goes on being led
 * to a container that is gone, or to who has its address next, unless that is forgotten when the rules change.
 */
final class Flows {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int GET = 1 << 8 | 1;
    private static final int DELETE = 1 << 8 | 2;
    private static final int HEADER = 4;
    private static final int NESTED = 0x8000;
    private static final int ORIGINAL = 1;
    private static final int STATUS = 3;
    private static final int ID = 12;
    private static final int ZONE = 18;
    private static final int FILTER = 25;
    private static final int FILTER_ORIGINAL = 1;
    private static final int PROTOCOL_AND_TO = 1 << 3 | 1 << 5;
    private static final int IP = 1;
    private static final int TRANSPORT = 2;
    private static final int TO_IP4 = 2;
    private static final int TO_IP6 = 4;
    private static final int PROTOCOL = 1;
    private static final int TO_PORT = 3;
    private static final int DNAT = 1 << 5;

    private Flows() {}

    /** Those that were led elsewhere from a port of the host's. @param address of the host's; {@link HostRules#NOBODYS} for all */
    static void forget(Conversation netfilter, Family family, byte[] address, int port) {
        try {
            for (Answer each : netfilter.dump(() -> list(family, port))) {
                Attributes flow = Attributes.parse(each.payload(), HEADER);
                if (concerns(flow, family, address, port)) {
                    NetlinkRefusal.ignoringGone(() -> netfilter.one(delete(family, flow)));
                }
            }
        } catch (NetlinkRefusal e) {
            LOG.debug("clients of UDP port {} may be led to who had it for a while: {}", port, e.toString()); // a kernel without ctnetlink: the flows end when they are silent
        }
    }

    /** Since Linux 5.8 it looks for these alone; an older one tells all. */
    private static Message list(Family family, int port) {
        return message(GET, Message.DUMP, family, "list flows")
                .nest(ORIGINAL, t -> t.nest(TRANSPORT, p -> p.put(PROTOCOL, Transport.UDP.number).put(TO_PORT, (byte) (port >> 8), (byte) port)))
                .nest(FILTER, f -> f.number(FILTER_ORIGINAL, PROTOCOL_AND_TO));
    }

    private static Message delete(Family family, Attributes flow) {
        Message m = message(DELETE, Message.ACK, family, "forget a flow").put(ORIGINAL | NESTED, flow.bytes(ORIGINAL).orElseThrow());
        flow.bytes(ID).ifPresent(id -> m.put(ID, id));
        flow.bytes(ZONE).ifPresent(zone -> m.put(ZONE, zone));
        return m;
    }

    private static Message message(int type, int flags, Family family, String about) {
        return Message.of(type, flags, about).raw((byte) family.table, (byte) 0, (byte) 0, (byte) 0);
    }

    static boolean concerns(Attributes flow, Family family, byte[] address, int port) {
        Attributes transport = flow.nested(ORIGINAL).nested(TRANSPORT);
        Optional<byte[]> to = flow.nested(ORIGINAL).nested(IP).bytes(family == Family.V4 ? TO_IP4 : TO_IP6).filter(a -> a.length == family.bytes);
        return transport.bytes(PROTOCOL).filter(p -> Arrays.equals(p, new byte[] {Transport.UDP.number})).isPresent()
                && transport.bytes(TO_PORT).filter(p -> p.length == 2 && Short.toUnsignedInt(ByteBuffer.wrap(p).getShort()) == port).isPresent()
                && flow.network32(STATUS).filter(s -> (s & DNAT) != 0).isPresent() && to.isPresent() && (address.length == 0 ? ours(to.get()) : Arrays.equals(address, to.get()));
    }

    private static boolean ours(byte[] address) {
        try {
            InetAddress known = InetAddress.getByAddress(address);
            return known.isLoopbackAddress() || NetworkInterface.getByInetAddress(known) != null;
        } catch (SocketException | UnknownHostException e) {
            return false;
        }
    }
}
