package dev.caisson;

import dev.caisson.spi.Given;
import java.util.ArrayList;
import java.util.List;

/** How a container is to be on one network: given to {@link ContainerBuilder#network(String, java.util.function.Consumer)} and {@link Network#connect}. Mutable. */
public final class NetworkEndpoint {
    private final String network;
    private String ip = "";
    private String ip6 = "";
    private String mac = "";
    private final List<String> aliases = new ArrayList<>();
    private final List<String> linkLocal = new ArrayList<>();

    NetworkEndpoint(String network) {
        this.network = network;
    }

    /**
     * Its address there ({@code --ip}), from the network's subnet; default a free one.
     *
     * @param address without prefix length; not that of the network, its broadcast or its gateway
     * @return this endpoint
     */
    public NetworkEndpoint ip(String address) {
        Given.one(address);
        ip = address;
        return this;
    }

    /**
     * Its IPv6 address there ({@code --ip6}), from the network's subnet; default a free one where the network has IPv6.
     *
     * @param address without prefix length
     * @return this endpoint
     */
    public NetworkEndpoint ip6(String address) {
        Given.one(address);
        ip6 = address;
        return this;
    }

    /**
     * A further name by which the others of that network find it ({@code --network-alias}); several containers may share one.
     *
     * @param name letters, digits, {@code _}, {@code .} and {@code -}, beginning with a letter or digit, at most 63
     * @return this endpoint
     */
    public NetworkEndpoint alias(String name) {
        Given.one(name);
        aliases.add(name);
        return this;
    }

    /**
     * Its MAC address there ({@code --mac-address}): of one station, and nobody else's on that network; default {@code 02:42} and its IPv4 address. For networks of the driver
     * {@code bridge}.
     *
     * @param address such as {@code 92:d0:c6:0a:29:33}
     * @return this endpoint
     */
    public NetworkEndpoint macAddress(String address) {
        Given.one(address);
        mac = address;
        return this;
    }

    /**
     * A further address there, from 169.254.1.0 to 169.254.254.255 (RFC 3927; {@code --link-local-ip}) but for 169.254.169.254, and
     * nobody else's on that network. For networks of the driver {@code bridge}.
     *
     * @param address IPv4, without prefix length; further ones accumulate
     * @return this endpoint
     */
    public NetworkEndpoint linkLocalIp(String address) {
        Given.one(address);
        linkLocal.add(address);
        return this;
    }

    ContainerSpec.Endpoint value() {
        return new ContainerSpec.Endpoint(network, ip, aliases, ip6, mac, linkLocal);
    }

    /**
     * What a consumer says about an endpoint.
     *
     * @param network its name
     * @param settings is given an endpoint without any
     * @return checked, as far as that needs no network
     * @throws InvalidSpec if an address or name is none
     */
    public static ContainerSpec.Endpoint of(String network, java.util.function.Consumer<NetworkEndpoint> settings) {
        Given.all(network, settings);
        NetworkEndpoint endpoint = new NetworkEndpoint(network);
        settings.accept(endpoint);
        return NetworkRules.check(endpoint.value());
    }
}
