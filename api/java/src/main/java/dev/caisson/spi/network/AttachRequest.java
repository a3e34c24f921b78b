package dev.caisson.spi.network;

import dev.caisson.Egress;
import dev.caisson.EgressAttempt;
import dev.caisson.HostPort;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One container to be connected.
 *
 * @param containerId for names of host objects
 * @param hostname as its own /etc/hosts line wants it
 * @param network null for the driver's implicit one (none, host, bridge)
 * @param aliases by which others of this network find it, its name first
 * @param ports to be published
 * @param address the one it wants, without prefix length; "" for any
 * @param nameservers whom its own questions go to that are not about this network; empty for the host's
 * @param hostPorts ports of the host's loopback that it sees on its own
 * @param address6 the IPv6 address it wants, without prefix length; "" for any
 * @param mac the MAC address it wants; "" for the driver's choice
 * @param linkLocal further addresses in 169.254.0.0/16; both of no driver that does not say {@link NetworkDriver#givesLinkAddresses}
 * @param egress what it may reach outside its networks; never but open for a driver that does not say {@link NetworkDriver#enforcesEgress}
 * @param attempts is told what it tries to reach, by any thread; quick, and never throws
 */
public record AttachRequest(String containerId, String hostname, @Nullable Network network, List<String> aliases, List<PortMapping> ports, String address,
        List<String> nameservers, List<HostPort> hostPorts, String address6, String mac, List<String> linkLocal, Egress egress, Consumer<EgressAttempt> attempts) {
    /** The lists are copied. */
    public AttachRequest {
        aliases = List.copyOf(aliases);
        ports = List.copyOf(ports);
        nameservers = List.copyOf(nameservers);
        hostPorts = List.copyOf(hostPorts);
        linkLocal = List.copyOf(linkLocal);
    }

    /**
     * With no egress policy.
     *
     * @param containerId for names of host objects
     * @param hostname as its own /etc/hosts line wants it
     * @param network null for the driver's implicit one
     * @param aliases by which others find it, its name first
     * @param ports to be published
     * @param address "" for any
     * @param nameservers empty for the host's
     * @param hostPorts ports of the host's loopback that it sees
     * @param address6 "" for any
     */
    public AttachRequest(String containerId, String hostname, @Nullable Network network, List<String> aliases, List<PortMapping> ports, String address,
            List<String> nameservers, List<HostPort> hostPorts, String address6) {
        this(containerId, hostname, network, aliases, ports, address, nameservers, hostPorts, address6, "", List.of(), Egress.OPEN, attempt -> { });
    }

    /**
     * With any IPv6 address.
     *
     * @param containerId for names of host objects
     * @param hostname as its own /etc/hosts line wants it
     * @param network null for the driver's implicit one
     * @param aliases by which others find it, its name first
     * @param ports to be published
     * @param address "" for any
     * @param nameservers empty for the host's
     * @param hostPorts ports of the host's loopback that it sees
     */
    public AttachRequest(String containerId, String hostname, @Nullable Network network, List<String> aliases, List<PortMapping> ports, String address,
            List<String> nameservers, List<HostPort> hostPorts) {
        this(containerId, hostname, network, aliases, ports, address, nameservers, hostPorts, "");
    }

    /**
     * With any address and the host's name servers.
     *
     * @param containerId for names of host objects
     * @param hostname as its own /etc/hosts line wants it
     * @param network null for the driver's implicit one
     * @param aliases by which others find it, its name first
     * @param ports to be published
     */
    public AttachRequest(String containerId, String hostname, @Nullable Network network, List<String> aliases, List<PortMapping> ports) {
        this(containerId, hostname, network, aliases, ports, "", List.of(), List.of());
    }

    /**
     * A port to be published.
     *
     * @param hostAddress the address to listen on; "" for all
     * @param hostPort 0 for any free one
     * @param containerPort 1 to 65535
     * @param protocol tcp, udp or sctp
     */
    public record PortMapping(String hostAddress, int hostPort, int containerPort, String protocol) {}
}
