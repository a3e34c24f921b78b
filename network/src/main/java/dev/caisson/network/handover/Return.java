package dev.caisson.network.handover;

import dev.caisson.ContainerException;
import dev.caisson.linux.Netlink;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.spi.network.Survivor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An interface's way home without this JVM: messages that somebody else sends when it is dead. They go by the interface's number there and here, whatever its name is by then; what the
 * container holds by then is dead too, but its namespace is not, as the socket keeps it.
 */
final class Return {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int FLAGS = 6;
    /** Process 1 of whoever sends it is in the host's namespace, see {@link Survivor}. */
    private static final int SENDER = 1;
    private static final Survivor.Left NOTHING = () -> { };

    private Return() {}

    /**
     * Leaves it with the survivor.
     *
     * @param there a socket of the container's namespace; @param index its number there
     * @param here one of the host's; @param number what it had there, and will have
     */
    static Survivor.Left leave(Survivor survivor, Netlink there, int index, Netlink here, int number, String name, Belongings belongings) {
        List<Survivor.Sending> all = new ArrayList<>();
        for (Message each : List.of(Links.down(index), Links.moveTo(index, SENDER, "", number), Links.moveTo(index, SENDER, InterfaceDriver.OTHERWISE, number))) {
            all.add(sending(there, each));
        }
        all.add(sending(here, Links.rename(number, name)));
        belongings.given(number).forEach(m -> all.add(sending(here, m)));
        try {
            return survivor.leave(all);
        } catch (ContainerException e) {
            LOG.warn("should this JVM be killed, the interface {} does not come back with its addresses: {}", name, e.toString());
            return NOTHING;
        }
    }

    private static Survivor.Sending sending(Netlink socket, Message message) {
        byte[] bytes = message.encode(1);
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        header.putShort(FLAGS, (short) (header.getShort(FLAGS) & ~Message.ACK));
        return new Survivor.Sending(socket.fd().value(), bytes);
    }
}
