package dev.caisson.network.wireguard;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Attributes;
import dev.caisson.network.netlink.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Generic netlink: families have names, and numbers that the kernel gives out. */
final class Generic {
    private static final int CONTROLLER = 16;
    private static final byte NEWFAMILY = 1;
    private static final byte GETFAMILY = 3;
    private static final int FAMILY_ID = 1;
    private static final int FAMILY_NAME = 2;
    private static final int HEADER = 4;

    private Generic() {}

    /** A request to a family. */
    static Message message(int family, int command, int version, int flags, String about) {
        return Message.of(family, flags, about).raw((byte) command, (byte) version, (byte) 0, (byte) 0);
    }

    /** Asks for a family's number. */
    static Message find(String name) {
        return message(CONTROLLER, GETFAMILY, 1, 0, "find the kernel's " + name).text(FAMILY_NAME, name);
    }

    /** The number in the answer to {@link #find}; empty for anything else. */
    static Optional<Integer> number(Answer answer) {
        byte[] payload = answer.payload();
        if (answer.type() != CONTROLLER || payload.length < HEADER || payload[0] != NEWFAMILY) {
            return Optional.empty();
        }
        return Attributes.parse(payload, HEADER).bytes(FAMILY_ID).filter(b -> b.length == 2).map(b -> Short.toUnsignedInt(ByteBuffer.wrap(b).order(ByteOrder.nativeOrder()).getShort()));
    }
}
