package dev.caisson.network.bridge;

import dev.caisson.Bandwidth;
import dev.caisson.network.rtnetlink.Prefix;
import java.util.ArrayList;
import java.util.List;

/** One container on one network, so far as it got. */
final class Endpoint {
    private final BridgeNetwork network;
    private final String container;
    private final int address;
    private final String port;
    private final String device;
    private final List<String> names;
    private final List<String> nameservers;
    private boolean connected;
    private boolean limited;
    private Bandwidth bandwidth = Bandwidth.UNLIMITED;
    private final List<PublishedPorts.Published> published = new ArrayList<>();

    /**
     * @param port the router's end
     * @param device the container's end
     * @param names by which others find it, the main one first
     * @param nameservers whom its questions go to; empty for the host's
     */
    Endpoint(BridgeNetwork network, String container, int address, String port, String device, List<String> names, List<String> nameservers) {
        this.network = network;
        this.container = container;
        this.address = address;
        this.port = port;
        this.device = device;
        this.names = names;
        this.nameservers = nameservers;
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

    boolean connected() {
        return connected;
    }

    void connecting() {
        connected = true;
    }
}
