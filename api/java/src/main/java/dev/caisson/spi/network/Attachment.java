package dev.caisson.spi.network;

import java.util.List;

/**
 * What a container got.
 *
 * @param containerId whose it is
 * @param addresses with prefix length, as {@code 172.18.0.2/16}
 * @param nameservers for /etc/resolv.conf; empty to derive them from the host's file
 * @param ports as published, with the host ports that were chosen
 * @param undo for the guard, should this JVM die
 */
public record Attachment(String containerId, List<String> addresses, List<String> nameservers, List<AttachRequest.PortMapping> ports,
        NetworkDriver.Undo undo) {
    /** Nothing was attached. */
    public static Attachment nothing(String containerId) {
        return new Attachment(containerId, List.of(), List.of(), List.of(), NetworkDriver.Undo.NOTHING);
    }
}
