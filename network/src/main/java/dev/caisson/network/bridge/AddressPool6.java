package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix6;
import java.util.HashMap;
import java.util.Map;

/** The addresses of an IPv6 subnet and who has them. One that was given back is not given out again as long as there are others. Thread-safe. */
final class AddressPool6 {
    private static final int FEW = 8;

    private final String network;
    private final Prefix6 subnet;
    private final Prefix6 gateway;
    private final Map<Prefix6, String> holders = new HashMap<>();
    private long last = 1;

    AddressPool6(String network, Prefix6 subnet, Prefix6 gateway) {
        this.network = network;
        this.subnet = subnet;
        this.gateway = gateway;
    }

    /** How many are tried: all of a small subnet, more than there are containers in a large one. */
    private long size() {
        return subnet.length() >= 96 ? 1L << 128 - subnet.length() : 1L << 32;
    }

    private boolean usable(Prefix6 address) {
        return !address.equals(gateway) && !address.equals(subnet.address(0)); // the first is the routers' anycast address
    }

    /** Whether so many are free that some can be taken for nobody in particular: half, and a few more. */
    synchronized boolean roomy() {
        return holders.size() + FEW < size() / 2;
    }

    /** Any one. @param holder a container's id */
    synchronized Prefix6 take(String holder) {
        for (long i = 0; i < size(); i++) {
            last = (last + 1) % size();
            Prefix6 address = subnet.address(last);
            if (usable(address) && holders.putIfAbsent(address, holder) == null) {
                return address;
            }
        }
        throw new NetworkProblem(Stage.NETWORK, "all addresses of " + subnet + " on network '" + network + "' are taken, by " + holders.size() + " containers and the gateway",
                "disconnect containers of this network, or make one with a larger subnet(…)");
    }

    /** This one. */
    synchronized Prefix6 take(Prefix6 address, String holder) {
        String what = "the address " + address.text() + " on network '" + network + "' cannot be given to container " + holder + ": ";
        if (!subnet.contains(address) || !usable(address)) {
            throw new NetworkProblem(Stage.NETWORK, what + (address.equals(gateway) ? "it is the gateway's" : "the subnet is " + subnet
                    + (subnet.contains(address) ? ", whose first address is every router's" : "")), "choose another address, or leave ip6(…) out");
        }
        String other = holders.putIfAbsent(address, holder);
        if (other != null) {
            throw new NetworkProblem(Stage.NETWORK, what + "container " + other + " has it", "choose another address, or leave ip6(…) out");
        }
        return address;
    }

    /** Says who has one that was taken. */
    synchronized void note(Prefix6 address, String holder) {
        holders.put(address, holder);
    }

    synchronized void give(Prefix6 address) {
        holders.remove(address);
    }
}
