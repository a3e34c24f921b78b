package dev.caisson.network.wireguard;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Requests about WireGuard interfaces, see the kernel's {@code include/uapi/linux/wireguard.h}. They are about interfaces of the namespace in which they are made. */
public final class WireGuard {
    private static final String FAMILY = "wireguard";
    private static final int VERSION = 1;
    private static final int SET_DEVICE = 1;
    private static final int IFNAME = 2;
    private static final int PRIVATE_KEY = 3;
    private static final int LISTEN_PORT = 6;
    private static final int PEERS = 8;
    private static final int PEER_PUBLIC_KEY = 1;
    private static final int PEER_FLAGS = 3;
    private static final int PEER_ENDPOINT = 4;
    private static final int PEER_ALLOWED = 9;
    private static final int REMOVE_ME = 1;
    private static final int REPLACE_ALLOWED = 2;
    private static final int ALLOWED_FAMILY = 1;
    private static final int ALLOWED_ADDRESS = 2;
    private static final int ALLOWED_LENGTH = 3;
    private static final int AF_INET = 2;
    private static final int SOCKADDR_IN = 16;

    private WireGuard() {}

    /** Asks for the number that its requests need. ENOENT if the kernel has no WireGuard, or has not loaded it. */
    public static Message find() {
        return Generic.find(FAMILY);
    }

    /** That number, in the answer to {@link #find}; empty for anything else. */
    public static Optional<Integer> number(Answer answer) {
        return Generic.number(answer);
    }

    private static Message set(int family, String about, String name) {
        return Generic.message(family, SET_DEVICE, VERSION, Message.ACK, about).text(IFNAME, name);
    }

    /** Gives an interface its key, and the UDP port at which it will listen, in the namespace it was made in. */
    public static Message begin(int family, String name, byte[] privateKey, int port) {
        return set(family, "give " + name + " its key and the UDP port " + port, name).put(PRIVATE_KEY, privateKey).put(LISTEN_PORT, native16(port));
    }

    /** Somebody with a key: he is at an endpoint until he says otherwise, and has one address inside, from which alone his packets are taken. */
    public static Message peer(int family, String name, byte[] publicKey, byte[] endpoint, int port, byte[] address) {
        return set(family, "tell " + name + " of a peer", name).nest(PEERS, peers -> peers.nest(0, peer -> peer.put(PEER_PUBLIC_KEY, publicKey).number(PEER_FLAGS, REPLACE_ALLOWED)
                .put(PEER_ENDPOINT, socketAddress(endpoint, port)).nest(PEER_ALLOWED, all -> all.nest(0, one -> one.put(ALLOWED_FAMILY, native16(AF_INET)).put(ALLOWED_ADDRESS, address)
                        .put(ALLOWED_LENGTH, (byte) (address.length * 8))))));
    }

    /** Forgets him; nothing is wrong if he was not known. */
    public static Message remove(int family, String name, byte[] publicKey) {
        return set(family, "have " + name + " forget a peer", name).nest(PEERS, peers -> peers.nest(0, peer -> peer.put(PEER_PUBLIC_KEY, publicKey).number(PEER_FLAGS, REMOVE_ME)));
    }

    private static byte[] socketAddress(byte[] address, int port) {
        return ByteBuffer.allocate(SOCKADDR_IN).put(native16(AF_INET)).putShort((short) port).put(address).array();
    }

    private static byte[] native16(int value) {
        return ByteBuffer.allocate(2).order(ByteOrder.nativeOrder()).putShort((short) value).array();
    }
}
