package dev.caisson.spi.network;

import java.util.List;

/**
 * One container to be connected.
 *
 * @param containerId for names of host objects
 * @param hostname as its own /etc/hosts line wants it
 * @param network null for drivers with one implicit network (none, host)
 * @param aliases further names on this network
 * @param ports to be published
 */
public record AttachRequest(String containerId, String hostname, @org.jspecify.annotations.Nullable Network network, List<String> aliases,
        List<PortMapping> ports) {
    /**
     * A port to be published.
     *
     * @param hostAddress the address to listen on; "" for all
     * @param hostPort 0 for any free one
     * @param protocol tcp, udp or sctp
     */
    public record PortMapping(String hostAddress, int hostPort, int containerPort, String protocol) {}
}
