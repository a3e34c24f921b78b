package dev.caisson.spi.network;

import java.util.List;

/**
 * What keeps a container's place on a network there when its JVM is gone.
 *
 * @param descriptors numbers of descriptors, the caller's to pass on and to close: as long as somebody has one of each open, the place is there with all that it needs. Several
 *         containers may have copies of the same
 * @param undo for each of the first descriptors: what is sent on it when the container is over, while others may hold the same
 * @param hosts lines for its /etc/hosts: who is called what at the moment
 */
public record Held(List<Integer> descriptors, List<Undo> undo, List<String> hosts) {
    /** The lists are copied. */
    public Held {
        descriptors = List.copyOf(descriptors);
        undo = List.copyOf(undo);
        hosts = List.copyOf(hosts);
    }

    /**
     * Undo as data.
     *
     * @param netlink complete netlink messages that are sent on the descriptor, in order
     */
    public record Undo(List<byte[]> netlink) {}
}
