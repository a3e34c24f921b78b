package dev.caisson;

/**
 * A port to be published.
 *
 * @param hostAddress the address of the host to listen on, IPv4 or IPv6; "" for all
 * @param hostPort 0 for any free one
 * @param containerPort 1 to 65535
 * @param protocol what is carried
 */
public record Port(String hostAddress, int hostPort, int containerPort, Protocol protocol) {
    /**
     * A TCP port.
     *
     * @param hostAddress the address of the host to listen on, IPv4 or IPv6; "" for all
     * @param hostPort 0 for any free one
     * @param containerPort 1 to 65535
     */
    public Port(String hostAddress, int hostPort, int containerPort) {
        this(hostAddress, hostPort, containerPort, Protocol.TCP);
    }
}
