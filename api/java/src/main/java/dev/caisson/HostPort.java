package dev.caisson;

/**
 * A TCP port of the host's loopback that a container sees on its own.
 *
 * @param hostPort on 127.0.0.1 of the host
 * @param containerPort on 127.0.0.1 inside
 */
public record HostPort(int hostPort, int containerPort) {
}
