package dev.caisson.network.bridge;

import dev.caisson.linux.Netlink;
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
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel remembers of who talks to a published UDP port (conntrack). It asks the rules once for each flow, and a flow is as long as its client is not silent: so a client goes on being led
 * to a container that is gone, or to who has its address next, unless that is forgotten when the rules change. Thread-safe.
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
    private static final int FILTER_PROTOCOL = 1 << 3;
    private static final int IP = 1;
    private static final int TRANSPORT = 2;
    private static final int TO_IP4 = 2;
    private static final int TO_IP6 = 4;
    private static final int PROTOCOL = 1;
    private static final int TO_PORT = 3;
    private static final int DNAT = 1 << 5;
    private static final HexFormat HEX = HexFormat.of();

    /** Changed ports whose flows are not yet forgotten. */
    private final Set<Changed> pending = new HashSet<>();
    private final String name;
    private boolean running;

    /** @param address in hexadecimal; "" for all of the host's */
    private record Changed(Family family, String address, int port) {}

    /** @param name of the thread, which is there while there is something to forget: the kernel needs some 10 ms to look through all that it remembers */
    Flows(String name) {
        this.name = name;
    }

    /** Soon forgets those that were led on from a port of the host's; those of ports that change together at once. @param address of the host's; {@link HostRules#NOBODYS} for all */
    void forget(Family family, byte[] address, int port) {
        synchronized (pending) {
            pending.add(new Changed(family, HEX.formatHex(address), port));
            if (!running) {
                running = true;
                Thread thread = new Thread(this::run, name);
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private void run() {
        while (true) {
            Set<Changed> changed;
            synchronized (pending) {
                if (pending.isEmpty()) {
                    running = false;
                    return;
                }
                changed = Set.copyOf(pending);
                pending.clear();
            }
            forget(changed);
        }
    }

    private static void forget(Set<Changed> changed) {
        try (Conversation netfilter = Conversation.open(Netlink.NETLINK_NETFILTER)) {
            for (Family family : Family.values()) {
                if (changed.stream().anyMatch(c -> c.family == family)) {
                    forget(netfilter, family, changed);
                }
            }
        } catch (RuntimeException e) {
            LOG.debug("clients of UDP ports may be led to who had them for a while: {}", e.toString()); // a kernel without ctnetlink: a flow ends when it is silent
        }
    }

    private static void forget(Conversation netfilter, Family family, Set<Changed> changed) {
        for (Answer each : netfilter.dump(() -> list(family))) {
            Attributes flow = Attributes.parse(each.payload(), HEADER);
            if (concerns(flow, family, changed)) {
                NetlinkRefusal.ignoringGone(() -> netfilter.one(delete(family, flow)));
            }
        }
    }

    /** Since Linux 5.8 it looks for those of UDP alone; an older one tells all. */
    private static Message list(Family family) {
        return message(GET, Message.DUMP, family, "list flows").nest(ORIGINAL, t -> t.nest(TRANSPORT, p -> p.put(PROTOCOL, Transport.UDP.number)))
                .nest(FILTER, f -> f.number(FILTER_ORIGINAL, FILTER_PROTOCOL));
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

    private static boolean concerns(Attributes flow, Family family, Set<Changed> changed) {
        Attributes transport = flow.nested(ORIGINAL).nested(TRANSPORT);
        Optional<byte[]> to = flow.nested(ORIGINAL).nested(IP).bytes(family == Family.V4 ? TO_IP4 : TO_IP6).filter(a -> a.length == family.bytes);
        Optional<byte[]> port = transport.bytes(TO_PORT).filter(p -> p.length == 2);
        if (to.isEmpty() || port.isEmpty() || transport.bytes(PROTOCOL).filter(p -> Arrays.equals(p, new byte[] {Transport.UDP.number})).isEmpty()
                || flow.network32(STATUS).filter(s -> (s & DNAT) != 0).isEmpty()) {
            return false;
        }
        int number = Short.toUnsignedInt(ByteBuffer.wrap(port.get()).getShort());
        return changed.contains(new Changed(family, HEX.formatHex(to.get()), number)) || changed.contains(new Changed(family, "", number)) && ours(to.get());
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
