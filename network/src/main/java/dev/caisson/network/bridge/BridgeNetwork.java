package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One bridge of the router's and the containers on it. Thread-safe. */
final class BridgeNetwork {
    /** Beyond those that the kernel gives to the ports, one after another. */
    private static final int FIRST_INDEX = 1 << 24;

    /** How their interfaces' names begin. */
    static final String BRIDGE = "bridge";

    private final int number;
    private final String id;
    private final String name;
    private final Prefix subnet;
    private final int gateway;
    private final Plan plan;
    private final int mtu;
    private final AddressPool addresses;
    private final @Nullable Span span;
    private final Optional<Six> six;
    private final Map<String, Endpoint> members = new LinkedHashMap<>();
    private final Map<String, List<Endpoint>> names = new HashMap<>();
    /** Connected, and nobody's yet. */
    private final Set<Endpoint> ahead = new LinkedHashSet<>();
    private boolean removed;

    /** What it has of IPv6. */
    record Six(Prefix6 subnet, Prefix6 gateway, AddressPool6 addresses) {
        static Six of(String network, Prefix6 subnet, Plan plan) {
            Prefix6 gateway = plan.gateway6().orElse(subnet.address(1));
            return new Six(subnet, gateway, new AddressPool6(network, subnet, gateway));
        }
    }

    /**
     * One that nobody has joined.
     *
     * @param number which of the router's bridges it is
     * @param subnet6 empty for IPv4 alone
     * @param span what it knows of other hosts; null for a network of this one alone
     */
    BridgeNetwork(int number, String id, String name, Prefix subnet, Optional<Prefix6> subnet6, Plan plan, int mtu, @Nullable Span span) {
        this.number = number;
        this.id = id;
        this.name = name;
        this.subnet = subnet;
        this.gateway = plan.gateway().orElse(subnet.address() + 1);
        this.plan = plan;
        this.mtu = plan.mtu() == 0 ? mtu : plan.mtu();
        this.addresses = new AddressPool(name, subnet, plan.range().orElse(subnet), gateway);
        this.span = span;
        if (span != null) {
            addresses.beginAnywhere();
        }
        this.six = subnet6.map(s -> Six.of(name, s, plan));
    }

    /** In the router. */
    String bridge() {
        return BRIDGE + number;
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

    /** Whether others have containers in its subnet, other engines of this host among them. */
    boolean shared() {
        return span != null;
    }

    /** Whether no other host has an address that is free here. */
    boolean claim(int address, String container, List<String> containerNames) {
        return span == null || span.claim(address, container, containerNames);
    }

    /** Its bridge is another one now. */
    void replugged() {
        if (span != null) {
            span.replugged();
        }
    }

    /** Who has it on another host. */
    String holder(int address) {
        return span == null ? "" : span.holder(address);
    }

    /** The IPv6 address that goes with an IPv4 address, where other hosts have to know it; empty where any may be had. */
    Optional<Prefix6> following(int address) {
        return span == null ? Optional.empty() : six.map(s -> Trunk.address6(s.subnet(), address));
    }

    /** Gives back an address that was taken and claimed. */
    void give(int address) {
        if (span != null) {
            span.release(address); // first: who gets it here next says so anew
        }
        addresses.give(address);
    }

    Optional<Six> six() {
        return six;
    }

    /** Whether addresses can be spared for what is nobody's yet; never where other hosts have to be asked for them. */
    boolean roomy() {
        return span == null && addresses.roomy() && six.map(s -> s.addresses().roomy()).orElse(true);
    }

    /** It will be somebody's. */
    synchronized void reserve(Endpoint endpoint) {
        if (removed) {
            throw gone(name);
        }
        ahead.add(endpoint);
    }

    /** It is to be somebody's now, or given up. @return false if somebody else was faster */
    synchronized boolean unreserve(Endpoint endpoint) {
        return ahead.remove(endpoint);
    }

    /** As they are now. */
    synchronized List<Endpoint> reserved() {
        return List.copyOf(ahead);
    }

    synchronized void join(Endpoint endpoint) {
        if (removed) {
            throw gone(name);
        }
        String taken = taken(endpoint);
        if (!taken.isEmpty()) {
            throw new NetworkProblem(Stage.NETWORK, "container " + endpoint.container() + " cannot have " + taken, "choose another, or leave it out");
        }
        if (members.putIfAbsent(endpoint.container(), endpoint) != null) {
            throw new NetworkProblem(Stage.NETWORK, "container " + endpoint.container() + " is on network '" + name + "' already", "disconnect it first");
        }
        endpoint.names().forEach(n -> names.computeIfAbsent(n.toLowerCase(Locale.ROOT), k -> new ArrayList<>()).add(endpoint));
    }

    /** What of its link addresses somebody has or may get, and who; "" for nothing. The bridge knows containers by their MAC addresses. */
    private String taken(Endpoint endpoint) {
        byte[] mac = endpoint.mac();
        String text = "the MAC address " + HexFormat.ofDelimiter(":").formatHex(mac) + " on network '" + name + "': ";
        int inside = ByteBuffer.wrap(mac).getInt(2);
        if (Arrays.equals(mac, Router.mac(inside)) && subnet.contains(inside) && inside != endpoint.address()) {
            return text + (inside == gateway ? "it is the gateway's" : "it is that of whoever has the address " + Prefix.text(inside));
        }
        for (Endpoint each : members.values()) {
            if (Arrays.equals(mac, each.mac()) && !each.container().equals(endpoint.container())) {
                return text + "container " + each.names().get(0) + " has it";
            }
            for (int address : endpoint.linkLocal()) {
                if (each.linkLocal().contains(address)) {
                    return "the address " + Prefix.text(address) + " on network '" + name + "': container " + each.names().get(0) + " has it";
                }
            }
        }
        return "";
    }

    /** How a container is on it. */
    synchronized Endpoint member(String container) {
        Endpoint found = members.get(container);
        if (found == null) {
            throw new NetworkProblem(Stage.NETWORK, "container " + container + " is not on network '" + name + "'", "connect it first");
        }
        return found;
    }

    /** As they are now. */
    synchronized List<Endpoint> members() {
        return List.copyOf(members.values());
    }

    /** Does something to it that must not happen to one that is removed. @return false if it is */
    synchronized boolean whileThere(Runnable work) {
        if (!removed) {
            work.run();
        }
        return !removed;
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
    List<Integer> lookup(String wanted) {
        String suffix = "." + name.toLowerCase(Locale.ROOT);
        List<Integer> found = named(wanted);
        if (found.isEmpty() && wanted.endsWith(suffix)) {
            found = named(wanted.substring(0, wanted.length() - suffix.length()));
        }
        return found;
    }

    private List<Integer> named(String wanted) {
        List<Integer> found = new ArrayList<>();
        holders(wanted).forEach(e -> found.add(e.address()));
        if (span != null) {
            found.addAll(span.lookup(wanted));
        }
        return found.stream().distinct().toList();
    }

    private synchronized List<Endpoint> holders(String wanted) {
        return List.copyOf(names.getOrDefault(wanted, List.of()));
    }

    /** The same for IPv6. */
    List<byte[]> lookup6(String wanted) {
        String suffix = "." + name.toLowerCase(Locale.ROOT);
        List<Prefix6> found = named6(wanted);
        if (found.isEmpty() && wanted.endsWith(suffix)) {
            found = named6(wanted.substring(0, wanted.length() - suffix.length()));
        }
        return found.stream().distinct().map(Prefix6::bytes).toList();
    }

    private List<Prefix6> named6(String wanted) {
        List<Prefix6> found = new ArrayList<>(holders(wanted).stream().flatMap(e -> e.address6().stream()).toList());
        if (span != null && six.isPresent()) {
            span.lookup(wanted).forEach(a -> following(a).ifPresent(found::add));
        }
        return found;
    }

    /** The main name of an IPv6 address, followed by the network's. */
    Optional<String> reverse6(Prefix6 address) {
        if (span != null) {
            int follows = (int) address.low();
            return following(follows).filter(address::equals).flatMap(a -> reverse(follows));
        }
        synchronized (this) {
            return members.values().stream().filter(e -> e.address6().filter(address::equals).isPresent()).findFirst().map(e -> e.names().get(0) + "." + name);
        }
    }

    /** The main name of an address, followed by the network's. */
    Optional<String> reverse(int address) {
        Optional<String> here;
        synchronized (this) {
            here = members.values().stream().filter(e -> e.address() == address).findFirst().map(e -> e.names().get(0));
        }
        return here.or(() -> span == null ? Optional.empty() : span.reverse(address)).map(n -> n + "." + name);
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
