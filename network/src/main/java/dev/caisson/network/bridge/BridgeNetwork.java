package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** One bridge of the router's and the containers on it. Thread-safe. */
final class BridgeNetwork {
    private static final int FIRST_INDEX = 100;

    private final int number;
    private final String id;
    private final String name;
    private final Prefix subnet;
    private final int gateway;
    private final Plan plan;
    private final int mtu;
    private final AddressPool addresses;
    private final Map<String, Endpoint> members = new LinkedHashMap<>();
    private final Map<String, List<Endpoint>> names = new HashMap<>();
    private boolean removed;

    /** @param number which of the router's bridges it is */
    BridgeNetwork(int number, String id, String name, Prefix subnet, Plan plan, int mtu) {
        this.number = number;
        this.id = id;
        this.name = name;
        this.subnet = subnet;
        this.gateway = plan.gateway().orElse(subnet.address() + 1);
        this.plan = plan;
        this.mtu = plan.mtu() == 0 ? mtu : plan.mtu();
        this.addresses = new AddressPool(name, subnet, plan.range().orElse(subnet), gateway);
    }

    /** In the router. */
    String bridge() {
        return "bridge" + number;
    }

    /** The interface's number in the router. */
    int index() {
        return FIRST_INDEX + number;
    }

    String id() {
        return id;
    }

    String name() {
        return name;
    }

    Prefix subnet() {
        return subnet;
    }

    int gateway() {
        return gateway;
    }

    Plan plan() {
        return plan;
    }

    boolean internal() {
        return plan.internal();
    }

    int mtu() {
        return mtu;
    }

    AddressPool addresses() {
        return addresses;
    }

    synchronized void join(Endpoint endpoint) {
        if (removed) {
            throw gone(name);
        }
        if (members.putIfAbsent(endpoint.container(), endpoint) != null) {
            throw new NetworkProblem(Stage.NETWORK, "container " + endpoint.container() + " is on network '" + name + "' already", "disconnect it first");
        }
        endpoint.names().forEach(n -> names.computeIfAbsent(n.toLowerCase(Locale.ROOT), k -> new ArrayList<>()).add(endpoint));
    }

    synchronized void part(Endpoint endpoint) {
        if (members.remove(endpoint.container(), endpoint)) {
            endpoint.names().forEach(n -> names.computeIfPresent(n.toLowerCase(Locale.ROOT), (k, all) -> {
                all.remove(endpoint);
                return all.isEmpty() ? null : all;
            }));
        }
    }

    /** The addresses of a name in lower case, by itself or followed by the network's. */
    synchronized List<Integer> lookup(String wanted) {
        String suffix = "." + name.toLowerCase(Locale.ROOT);
        List<Endpoint> found = names.getOrDefault(wanted, List.of());
        if (found.isEmpty() && wanted.endsWith(suffix)) {
            found = names.getOrDefault(wanted.substring(0, wanted.length() - suffix.length()), List.of());
        }
        return found.stream().map(Endpoint::address).distinct().toList();
    }

    /** The main name of an address, followed by the network's. */
    synchronized Optional<String> reverse(int address) {
        return members.values().stream().filter(e -> e.address() == address).findFirst().map(e -> e.names().get(0) + "." + name);
    }

    /** No more can join. @throws NetworkProblem if somebody is connected */
    synchronized void retire() {
        if (!members.isEmpty()) {
            throw new NetworkProblem(Stage.NETWORK, "network '" + name + "' cannot be removed: it has container " + members.values().stream()
                    .map(e -> e.names().get(0)).collect(Collectors.joining(", ")), "disconnect or remove them, or close() the network");
        }
        removed = true;
    }

    static NetworkProblem gone(String name) {
        return new NetworkProblem(Stage.NETWORK, "network '" + name + "' was removed", "create it again");
    }
}
