package dev.caisson.network.rtnetlink;

import dev.caisson.network.netlink.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Requests about queueing disciplines and filters, tc(8). An interface is named by its number. */
public final class Queues {
    private static final int NEWQDISC = 36;
    private static final int DELQDISC = 37;
    private static final int NEWTFILTER = 44;
    private static final int DELTFILTER = 45;
    private static final int KIND = 1;
    private static final int OPTIONS = 2;
    private static final int ROOT = -1;
    private static final int INGRESS = 0xfffffff1;
    private static final int HANDLE = 1 << 16;
    private static final int NETEM_HANDLE = 2 << 16;
    private static final int INGRESS_HANDLE = 0xffff0000;
    private static final int NETEM_RATE = 6;
    private static final int NETEM_RATE64 = 8;
    private static final int NETEM_LATENCY64 = 10;
    private static final int NETEM_LIMIT = 10_000;
    private static final int ETH_P_ALL = 3;
    private static final int TBF_PARMS = 1;
    private static final int TBF_RATE64 = 4;
    private static final int TBF_BURST = 6;
    private static final byte ETHERNET = 1;
    private static final int U32_SEL = 5;
    private static final int U32_ACT = 7;
    private static final int MIRRED_PARMS = 2;
    private static final int STOLEN = 4;
    private static final int EGRESS_REDIRECT = 1;

    private Queues() {}

    private static Message message(int type, int flags, String about, int link, int handle, int parent, int info) {
        return Message.of(type, flags | Message.ACK, about).raw((byte) 0, (byte) 0, (byte) 0, (byte) 0).raw32(link).raw32(handle).raw32(parent).raw32(info);
    }

    /**
     * What leaves by an interface goes no faster (tc-tbf(8)); replaces an earlier rate.
     *
     * @param rate bits a second
     * @param burst bytes that may go at once
     * @param limit bytes that may wait
     */
    public static Message rate(int link, long rate, int burst, int limit) {
        long bytes = rate / 8;
        ByteBuffer parameters = ByteBuffer.allocate(36).order(ByteOrder.nativeOrder());
        parameters.put((byte) 0).put(ETHERNET).putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt((int) Math.min(bytes, 0xffffffffL));
        parameters.position(24).putInt(limit).putInt(0).putInt(0);
        return message(NEWQDISC, Message.CREATE | Message.REPLACE, "limit interface " + link + " to " + rate + " bit/s (tbf)", link, HANDLE, ROOT, 0)
                .text(KIND, "tbf").nestRaw(OPTIONS, o -> o.put(TBF_PARMS, parameters.array())
                        .put(TBF_RATE64, ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(bytes).array()).number(TBF_BURST, burst));
    }

    /** Takes back what {@link #rate} did. */
    public static Message unlimited(int link) {
        return message(DELQDISC, 0, "take the limit off interface " + link, link, 0, ROOT, 0);
    }

    /**
     * What leaves by an interface leaves later, and no faster (tc-netem(8)); replaces what was there.
     *
     * @param nanos how much later
     * @param rate bits a second; 0 for any
     */
    public static Message late(int link, long nanos, long rate) {
        ByteBuffer parameters = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder()).putInt(0).putInt(NETEM_LIMIT);
        return message(NEWQDISC, Message.CREATE | Message.REPLACE, "delay what interface " + link + " sends by " + nanos / 1000 + " µs (netem)", link, NETEM_HANDLE, ROOT, 0)
                .text(KIND, "netem").nestRaw(OPTIONS, o -> {
                    o.raw(parameters.array()).put(NETEM_LATENCY64, number64(nanos));
                    if (rate > 0) {
                        long bytes = rate / 8;
                        o.put(NETEM_RATE, ByteBuffer.allocate(16).order(ByteOrder.nativeOrder()).putInt((int) Math.min(bytes, 0xffffffffL)).array()).put(NETEM_RATE64, number64(bytes));
                    }
                });
    }

    private static byte[] number64(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value).array();
    }

    /** Where filters look at what arrives at an interface. EEXIST if they do already. */
    public static Message arriving(int link) {
        return message(NEWQDISC, Message.CREATE | Message.EXCL, "look at what arrives at interface " + link + " (ingress)", link, INGRESS_HANDLE, INGRESS, 0)
                .text(KIND, "ingress");
    }

    /**
     * Everything that arrives at an interface leaves by another first (u32, mirred), for one of which {@link #arriving} was done.
     *
     * @param order filters of smaller numbers are asked first; each number once
     */
    public static Message redirect(int link, int over, int order) {
        return selected(link, over, order, key(0, 0, 0));
    }

    /** The same for what is addressed to a MAC address. */
    public static Message redirect(int link, int over, int order, byte[] mac) {
        ByteBuffer own = ByteBuffer.wrap(mac);
        return selected(link, over, order, key(-1, own.getInt(0), -14), key(0xffff0000, own.getShort(4) << 16, -10)); // before the network header, where offsets begin
    }

    private static byte[] key(int mask, int value, int offset) {
        return ByteBuffer.allocate(16).putInt(mask).putInt(value).order(ByteOrder.nativeOrder()).putInt(offset).putInt(0).array();
    }

    private static Message selected(int link, int over, int order, byte[]... keys) {
        ByteBuffer selector = ByteBuffer.allocate(16 + 16 * keys.length).order(ByteOrder.nativeOrder()).put((byte) 1).put((byte) 0).put((byte) keys.length); // terminal
        selector.position(16);
        for (byte[] key : keys) {
            selector.put(key);
        }
        ByteBuffer mirred = ByteBuffer.allocate(28).order(ByteOrder.nativeOrder()).putInt(0).putInt(0).putInt(STOLEN).putInt(0).putInt(0).putInt(EGRESS_REDIRECT)
                .putInt(over);
        return message(NEWTFILTER, Message.CREATE | Message.EXCL, "send what arrives at interface " + link + " over interface " + over + " (u32, mirred)", link, 0,
                INGRESS_HANDLE, order << 16 | Short.toUnsignedInt(network16(ETH_P_ALL)))
                .text(KIND, "u32").nestRaw(OPTIONS, o -> o.put(U32_SEL, selector.array()).nestRaw(U32_ACT, list -> list.nestRaw(1, action -> action.text(KIND, "mirred")
                        .nestRaw(OPTIONS, a -> a.put(MIRRED_PARMS, mirred.array())))));
    }

    /** Takes back what {@link #redirect} did. */
    public static Message direct(int link, int order) {
        return message(DELTFILTER, 0, "send what arrives at interface " + link + " on at once", link, 0, INGRESS_HANDLE, order << 16 | Short.toUnsignedInt(network16(ETH_P_ALL)));
    }

    private static short network16(int value) {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Short.reverseBytes((short) value) : (short) value;
    }
}
