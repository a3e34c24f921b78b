package dev.caisson;

/**
 * A host device made available inside ({@code --device}).
 *
 * @param hostPath the node on the host
 * @param containerPath where it appears
 * @param access of r, w and m
 */
public record Device(String hostPath, String containerPath, String access) {
}
