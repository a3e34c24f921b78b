package dev.caisson.network.egress;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Netlink;
import dev.caisson.linux.SyscallException;
import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Attributes;
import dev.caisson.network.netlink.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Packets that the firewall of this network namespace refused, as it shows them (NFLOG). For one thread. */
final class Refusals implements AutoCloseable {
    private static final int SUBSYSTEM = 4 << 8;
    private static final int PACKET = 0;
    private static final int CONFIG = 1;
    private static final int CFG_COMMAND = 1;
    private static final int CFG_MODE = 2;
    private static final int CFG_THRESHOLD = 5;
    private static final byte BIND = 1;
    private static final byte COPY = 2;
    private static final int PAYLOAD = 9;
    private static final int AT_ONCE = 64;
    private static final int IPV6 = 6;
    private static final int PORTS_OF_TCP = 6;
    private static final int PORTS_OF_UDP = 17;

    private final Netlink socket;

    /** Whom a packet was from and to. @param port 0 if there is none */
    record Packet(byte[] from, byte[] to, int protocol, int port) {}

    private Refusals(Netlink socket) {
        this.socket = socket;
    }

    /** Listens in the network namespace of the calling thread. Empty if the kernel cannot show packets. */
    static Optional<Refusals> open(int group) {
        Netlink socket = Netlink.open(Netlink.NETLINK_NETFILTER);
        try {
            List<Message> all = List.of(config(group).put(CFG_COMMAND, BIND), config(group).put(CFG_MODE, (byte) 0, (byte) 0, (byte) 0, (byte) 128, COPY, (byte) 0),
                    config(group).network32(CFG_THRESHOLD, 1));
            for (Message each : all) {
                socket.send(ByteBuffer.wrap(each.encode(1)));
                byte[] answer = socket.receive();
                if (answer.length < 20 || ByteBuffer.wrap(answer).order(java.nio.ByteOrder.nativeOrder()).getInt(16) != 0) {
                    socket.close();
                    return Optional.empty();
                }
            }
            return Optional.of(new Refusals(socket));
        } catch (SyscallException e) {
            socket.close();
            return Optional.empty();
        }
    }

    private static Message config(int group) {
        return Message.of(SUBSYSTEM | CONFIG, Message.ACK, "listen to refused packets").raw((byte) 0, (byte) 0, (byte) (group >>> 8), (byte) group);
    }

    /** Those that have come. */
    List<Packet> take() {
        List<Packet> all = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            try {
                Answer.parse(socket.receiveNow()).stream().filter(a -> a.type() == (SUBSYSTEM | PACKET)).map(Answer::payload).map(Refusals::packet).flatMap(Optional::stream).forEach(all::add);
            } catch (SyscallException e) {
                if (e.is(Errno.ENOBUFS)) {
                    continue; // some were lost
                }
                return all; // EAGAIN
            }
        }
        return all;
    }

    private static Optional<Packet> packet(byte[] message) {
        return Attributes.parse(message, 4).bytes(PAYLOAD).flatMap(Refusals::parse);
    }

    /** Reads the headers of a packet, of either family. */
    static Optional<Packet> parse(byte[] ip) {
        int version = ip.length == 0 ? 0 : (ip[0] & 0xf0) >> 4;
        if (version == 4 && ip.length >= 20) {
            int header = (ip[0] & 15) * 4;
            return Optional.of(new Packet(java.util.Arrays.copyOfRange(ip, 12, 16), java.util.Arrays.copyOfRange(ip, 16, 20), ip[9] & 255, port(ip, ip[9] & 255, header)));
        }
        if (version == IPV6 && ip.length >= 40) {
            return Optional.of(new Packet(java.util.Arrays.copyOfRange(ip, 8, 24), java.util.Arrays.copyOfRange(ip, 24, 40), ip[6] & 255, port(ip, ip[6] & 255, 40)));
        }
        return Optional.empty();
    }

    private static int port(byte[] ip, int protocol, int header) {
        boolean ports = protocol == PORTS_OF_TCP || protocol == PORTS_OF_UDP;
        return ports && ip.length >= header + 4 ? Short.toUnsignedInt(ByteBuffer.wrap(ip).getShort(header + 2)) : 0;
    }

    @Override
    public void close() {
        socket.close();
    }
}
