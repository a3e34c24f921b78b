package dev.caisson;

/**
 * A port to be published.
 *
 * @param hostAddress the IPv4 address of the host to listen on; "" for all
 * @param hostPort 0 for any free one
 */
public record Port(String hostAddress, int hostPort, int containerPort, Protocol protocol) {
    /** A TCP port. */
    public Port(String hostAddress, int hostPort, int containerPort) {
        this(hostAddress, hostPort, containerPort, Protocol.TCP);
    }
}
