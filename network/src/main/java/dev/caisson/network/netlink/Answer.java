package dev.caisson.network.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One message of the kernel's, out of a datagram.
 *
 * @param payload what follows its header
 */
public record Answer(int type, int flags, int sequence, byte[] payload) {
    static final int ERROR = 2;
    static final int DONE = 3;
    private static final int CAPPED = 0x100;
    private static final int HAS_TLVS = 0x200;
    private static final int MULTI = 0x2;
    private static final int DUMP_INTERRUPTED = 0x10;
    private static final int EXT_ACK_MESSAGE = 1;

    /** All whole messages of a datagram; what is cut off or inconsistent ends it. */
    public static List<Answer> parse(byte[] datagram) {
        List<Answer> answers = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        int at = 0;
        while (at <= datagram.length - Message.HEADER) {
            int length = in.getInt(at);
            if (length < Message.HEADER || length > datagram.length - at) {
                break;
            }
            byte[] payload = new byte[length - Message.HEADER];
            in.get(at + Message.HEADER, payload);
            answers.add(new Answer(Short.toUnsignedInt(in.getShort(at + 4)), Short.toUnsignedInt(in.getShort(at + 6)), in.getInt(at + Message.SEQUENCE), payload));
            at += length + 3 & ~3;
        }
        return answers;
    }

    /** Whether it says how a request ended. */
    boolean isStatus() {
        return type == ERROR;
    }

    boolean isDone() {
        return type == DONE;
    }

    boolean isMulti() {
        return (flags & MULTI) != 0;
    }

    /** The objects changed while they were listed: the list may be wrong. */
    boolean isInterrupted() {
        return (flags & DUMP_INTERRUPTED) != 0;
    }

    /** The errno of a status or an end of list, positive; 0 for success. A status too short to say is EPROTO. */
    int errno() {
        if (payload.length < 4) {
            return isStatus() ? 71 : 0;
        }
        return -Math.min(0, ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).getInt());
    }

    /** The kernel's own words about an error; "" when it has none. */
    String words() {
        if (!isStatus() || (flags & HAS_TLVS) == 0 || payload.length < 4 + Message.HEADER) {
            return "";
        }
        int request = (flags & CAPPED) != 0 ? Message.HEADER : ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).getInt(4);
        if (request < Message.HEADER || request > payload.length - 4) {
            return "";
        }
        return Attributes.parse(payload, 4 + (request + 3 & ~3)).text(EXT_ACK_MESSAGE).orElse("");
    }
}
