package dev.caisson.network.bridge;

import dev.caisson.Bandwidth;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One container on one network, so far as it got. Its owner changes while nobody but its stack's lock knows it. */
final class Endpoint {
    private final BridgeNetwork network;
    private String container;
    private final int address;
    private final Optional<Prefix6> address6;
    private final byte[] mac;
    private final List<Integer> linkLocal;
    private final String port;
    private final String device;
    private List<String> names;
    private List<String> nameservers;
    private boolean connected;
    private boolean limited;
    private volatile boolean lasts;
    private Bandwidth bandwidth = Bandwidth.UNLIMITED;
    private final List<PublishedPorts.Published> published = new ArrayList<>();

    /**
     * @param linkLocal further addresses
     * @param port the router's end
     * @param device the container's end
     * @param names by which others find it, the main one first
     * @param nameservers whom its questions go to; empty for the host's
     */
    Endpoint(BridgeNetwork network, String container, int address, Optional<Prefix6> address6, byte[] mac, List<Integer> linkLocal, String port, String device, List<String> names, List<String> nameservers) {
        this.network = network;
        this.container = container;
        this.address = address;
        this.address6 = address6;
        this.mac = mac;
        this.linkLocal = linkLocal;
        this.port = port;
        this.device = device;
        this.names = names;
        this.nameservers = nameservers;
    }

    /** It was connected ahead, and is a container's now. */
    void becomes(String owner, List<String> itsNames, List<String> itsNameservers) {
        container = owner;
        names = itsNames;
        nameservers = itsNameservers;
    }

    BridgeNetwork network() {
        return network;
    }

    String container() {
        return container;
    }

    int address() {
        return address;
    }

    byte[] mac() {
        return mac;
    }

    /** Further addresses, of 169.254.0.0/16. */
    List<Integer> linkLocal() {
        return linkLocal;
    }

    /** All that it may send from, of IPv4. */
    List<Integer> addresses4() {
        return java.util.stream.Stream.concat(java.util.stream.Stream.of(address), linkLocal.stream()).toList();
    }

    /** Alone, without its prefix length. */
    Optional<Prefix6> address6() {
        return address6;
    }

    /** With prefix length. */
    Optional<Prefix6> prefix6() {
        return address6.map(a -> a.of(network.six().orElseThrow().subnet().length()));
    }

    /** All that it may send from: its address, and the link-local one that follows from its MAC (RFC 4291 A); none where the network is IPv4 alone. */
    List<Prefix6> addresses6() {
        byte[] m = mac;
        byte[] local = {(byte) 0xfe, (byte) 0x80, 0, 0, 0, 0, 0, 0, (byte) (m[0] ^ 2), m[1], m[2], (byte) 0xff, (byte) 0xfe, m[3], m[4], m[5]};
        return address6.map(a -> List.of(a, Prefix6.of(local, 128))).orElse(List.of());
    }

    Prefix prefix() {
        return new Prefix(address, network.subnet().length());
    }

    String port() {
        return port;
    }

    String device() {
        return device;
    }

    List<String> names() {
        return names;
    }

    List<String> nameservers() {
        return nameservers;
    }

    /** What was published over it. */
    List<PublishedPorts.Published> published() {
        return published;
    }

    /** Whether what it sends may be led through a queue, which is to be removed. */
    boolean limited() {
        return limited;
    }

    /** A limit is being tried. */
    void limiting(Bandwidth wanted) {
        limited |= wanted.egress() > 0;
    }

    Bandwidth bandwidth() {
        return bandwidth;
    }

    void bandwidth(Bandwidth now) {
        bandwidth = now;
    }

    /** Whether others hold it as well, and it is there without this JVM. */
    boolean lasts() {
        return lasts;
    }

    void last() {
        lasts = true;
    }

    boolean connected() {
        return connected;
    }

    void connecting() {
        connected = true;
    }
}
