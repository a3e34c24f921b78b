package dev.caisson.spi.network;

import java.util.List;

/**
 * What a container got.
 *
 * @param containerId whose it is
 * @param networkId which network it is on; "" for the driver's implicit one
 * @param addresses with prefix length, as {@code 172.18.0.2/16}
 * @param nameservers for /etc/resolv.conf; empty to derive them from the host's file
 * @param hostGateway the address at which the host is reached from there; "" for none
 * @param ports as published, with the host ports that were chosen
 */
public record Attachment(String containerId, String networkId, List<String> addresses, List<String> nameservers, String hostGateway,
        List<AttachRequest.PortMapping> ports) {
    /** The lists are copied. */
    public Attachment {
        addresses = List.copyOf(addresses);
        nameservers = List.copyOf(nameservers);
        ports = List.copyOf(ports);
    }
}
