package dev.caisson.linux;

import java.nio.ByteBuffer;

/** Sends whole frames of the link layer, and receives nothing, see packet(7). Needs CAP_NET_RAW. Thread-safe. */
public final class PacketSocket implements AutoCloseable {
    private static final int MSG_DONTWAIT = 0x40;
    private static final int SOCKADDR_LL = 20;
    private static final int INTERFACE = 4;
    private static final int MAX = 1514;

    private final Fd socket;

    private PacketSocket(Fd socket) {
        this.socket = socket;
    }

    /** Opens one in the network namespace of the calling thread, where it stays. */
    public static PacketSocket open() {
        return new PacketSocket(Sockets.socket(Sockets.AF_PACKET, Sockets.SOCK_RAW, 0));
    }

    /**
     * Sends a frame, never waiting.
     *
     * @param link the number of the interface it goes out of
     * @param frame from its destination address on, at most 1,514 bytes
     */
    public void send(int link, byte[] frame) {
        if (frame.length > MAX) {
            throw new IllegalArgumentException("a frame of " + frame.length + " bytes");
        }
        Arena arena = Arena.begin();
        int address = arena.alloc(SOCKADDR_LL);
        int data = arena.alloc(frame.length);
        ByteBuffer memory = arena.memory;
        memory.putShort(address, (short) Sockets.AF_PACKET).putInt(address + INTERFACE, link);
        for (int i = 0; i < frame.length; i++) {
            memory.put(data + i, frame[i]);
        }
        Kernel.fd("sendto AF_PACKET", Nr.SENDTO, socket, arena.base + data, frame.length, MSG_DONTWAIT, arena.base + address, SOCKADDR_LL);
    }

    @Override
    public void close() {
        socket.close();
    }
}
