package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.network.AttachRequest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** A container's addresses and names on a network, from their being claimed to their being given back. */
final class Membership {
    private Membership() {}

    /** Claims them. @param port the router's end; @param device the container's */
    static Endpoint begin(BridgeNetwork network, AttachRequest request, String port, String device) {
        List<String> names = names(request);
        int address = Claims.take(network, request.containerId(), names, !request.address().isEmpty(), () -> address(network, request));
        Optional<Prefix6> address6 = Optional.empty();
        try {
            address6 = address6(network, request, address);
            Endpoint endpoint = new Endpoint(network, request.containerId(), address, address6, mac(request.mac(), address),
                    request.linkLocal().stream().map(Prefix::parseAddress).toList(), port, device, names, request.nameservers());
            network.join(endpoint);
            return endpoint;
        } catch (RuntimeException e) {
            give(network, address, address6);
            throw e;
        }
    }

    /** Takes addresses for whoever comes; empty if the network has none to spare. @param id whose they are said to be meanwhile */
    static Optional<Endpoint> ahead(BridgeNetwork network, String id, String port, String device) {
        if (!network.roomy()) {
            return Optional.empty();
        }
        int address = network.addresses().take(id);
        Optional<Prefix6> address6 = Optional.empty();
        try {
            address6 = network.six().map(s -> s.addresses().take(id));
            Endpoint endpoint = new Endpoint(network, id, address, address6, Router.mac(address), List.of(), port, device, List.of(), List.of());
            network.reserve(endpoint);
            return Optional.of(endpoint);
        } catch (RuntimeException e) {
            give(network, address, address6);
            throw e;
        }
    }

    /** Who comes has them. */
    static void become(Endpoint endpoint, AttachRequest request) {
        BridgeNetwork network = endpoint.network();
        endpoint.becomes(request.containerId(), names(request), request.nameservers());
        network.addresses().note(endpoint.address(), request.containerId());
        endpoint.address6().ifPresent(a -> network.six().orElseThrow().addresses().note(a, request.containerId()));
        network.join(endpoint);
    }

    private static List<String> names(AttachRequest request) {
        return request.aliases().isEmpty() ? List.of(request.hostname()) : request.aliases();
    }

    private static byte[] mac(String wanted, int address) {
        return wanted.isEmpty() ? Router.mac(address) : HexFormat.ofDelimiter(":").parseHex(wanted);
    }

    /** Gives them back. */
    static void end(Endpoint endpoint) {
        endpoint.network().part(endpoint);
        give(endpoint.network(), endpoint.address(), endpoint.address6());
    }

    private static void give(BridgeNetwork network, int address, Optional<Prefix6> address6) {
        network.give(address);
        address6.ifPresent(a -> network.six().orElseThrow().addresses().give(a));
    }

    private static int address(BridgeNetwork network, AttachRequest request) {
        if (request.address().isEmpty()) {
            return network.addresses().take(request.containerId());
        }
        if (network.id().isEmpty()) {
            throw new NetworkProblem(Stage.NETWORK, "container " + request.containerId() + " cannot have the address " + request.address()
                    + " on network 'bridge': its subnet is another in every engine", "make a network with subnet(…), and ask for the address there");
        }
        return network.addresses().take(Prefix.parseAddress(request.address()), request.containerId());
    }

    private static Optional<Prefix6> address6(BridgeNetwork network, AttachRequest request, int address) {
        String wanted = request.address6();
        if (network.six().isEmpty()) {
            if (!wanted.isEmpty()) {
                throw new NetworkProblem(Stage.NETWORK, "container " + request.containerId() + " cannot have the address " + wanted + " on network '" + network.name()
                        + "': it has no IPv6", "make the network with ipv6(), or leave ip6(…) out");
            }
            return Optional.empty();
        }
        AddressPool6 pool = network.six().get().addresses();
        Optional<Prefix6> follows = network.following(address);
        if (follows.isPresent()) {
            if (!wanted.isEmpty() && !Prefix6.parseAddress(wanted).equals(follows.get())) {
                throw new NetworkProblem(Stage.NETWORK, "container " + request.containerId() + " cannot have the address " + wanted + " on network '" + network.name()
                        + "': on a network that spans hosts it follows from the IPv4 address, and is " + follows.get().text() + " here", "choose it by ip(…), or leave ip6(…) out");
            }
            return Optional.of(pool.take(follows.get(), request.containerId()));
        }
        return Optional.of(wanted.isEmpty() ? pool.take(request.containerId()) : pool.take(Prefix6.parseAddress(wanted), request.containerId()));
    }
}
