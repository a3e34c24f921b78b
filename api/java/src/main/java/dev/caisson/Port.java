package dev.caisson;

/**
 * A TCP port to be published.
 *
 * @param hostAddress the IPv4 address of the host to listen on; "" for all
 * @param hostPort 0 for any free one
 */
public record Port(String hostAddress, int hostPort, int containerPort) {
}
