package dev.caisson;

import java.util.ArrayList;
import java.util.List;

/** How a container is to be on one network: given to {@link ContainerBuilder#network(String, java.util.function.Consumer)} and {@link Network#connect}. Mutable. */
public final class NetworkEndpoint {
    private final String network;
    private String ip = "";
    private String ip6 = "";
    private final List<String> aliases = new ArrayList<>();

    NetworkEndpoint(String network) {
        this.network = network;
    }

    /** Its address there ({@code --ip}), from the network's subnet; default a free one. */
    public NetworkEndpoint ip(String address) {
        ip = address;
        return this;
    }

    /** Its IPv6 address there ({@code --ip6}), from the network's subnet; default a free one where the network has IPv6. */
    public NetworkEndpoint ip6(String address) {
        ip6 = address;
        return this;
    }

    /** A further name by which the others of that network find it ({@code --network-alias}); several containers may share one. */
    public NetworkEndpoint alias(String name) {
        aliases.add(name);
        return this;
    }

    ContainerSpec.Endpoint value() {
        return new ContainerSpec.Endpoint(network, ip, aliases, ip6);
    }

    /**
     * What a consumer says about an endpoint.
     *
     * @throws InvalidSpec if an address or name is none
     */
    public static ContainerSpec.Endpoint of(String network, java.util.function.Consumer<NetworkEndpoint> settings) {
        NetworkEndpoint endpoint = new NetworkEndpoint(network);
        settings.accept(endpoint);
        return SpecValidator.check(endpoint.value());
    }
}
