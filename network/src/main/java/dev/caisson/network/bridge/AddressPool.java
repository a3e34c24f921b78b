package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/** The addresses of a subnet and who has them. An address that was given back is given out again as late as possible. Thread-safe. */
public final class AddressPool {
    private static final int SHOWN = 5;
    private static final int FEW = 8;

    private final String network;
    private final Prefix subnet;
    private final Prefix range;
    private final int gateway;
    private final Map<Integer, String> holders = new TreeMap<>(Integer::compareUnsigned);
    private long last;

    /** @param range the part of the subnet that is given out unasked */
    public AddressPool(String network, Prefix subnet, Prefix range, int gateway) {
        this.network = network;
        this.subnet = subnet;
        this.range = range;
        this.gateway = gateway;
        this.last = -1;
    }

    /** Begins to give out somewhere, so that hosts that share a subnet seldom want the same, and what a host that is cut off had is not at once another's. */
    synchronized void beginAnywhere() {
        last = ThreadLocalRandom.current().nextLong(size());
    }

    private long size() {
        return 1L << 32 - range.length();
    }

    private boolean usable(int address) {
        return address != gateway && address != subnet.address() && address != subnet.last();
    }

    /** Whether so many are free that some can be taken for nobody in particular: half, and a few more. */
    synchronized boolean roomy() {
        return holders.size() + FEW < size() / 2;
    }

    /** Any one. @param holder a container's id */
    public synchronized int take(String holder) {
        for (long i = 0; i < size(); i++) {
            last = (last + 1) % size();
            int address = range.address() + (int) last;
            if (usable(address) && holders.putIfAbsent(address, holder) == null) {
                return address;
            }
        }
        String some = holders.entrySet().stream().filter(e -> range.contains(e.getKey())).limit(SHOWN)
                .map(e -> Prefix.text(e.getKey()) + " " + (e.getValue().contains(" ") ? "" : "container ") + e.getValue()).collect(Collectors.joining(", "));
        throw new NetworkProblem(Stage.NETWORK, "all addresses of " + range + " on network '" + network + "' are taken: " + (range.contains(gateway) ? Prefix.text(gateway) + " the gateway, " : "")
                + some
                + (holders.size() > SHOWN ? " and " + (holders.size() - SHOWN) + " more" : ""), "disconnect containers of this network, or make one with a larger subnet(…)");
    }

    /** This one. */
    public synchronized int take(int address, String holder) {
        String what = Prefix.text(address) + " on network '" + network + "'";
        if (!subnet.contains(address) || !usable(address)) {
            throw new NetworkProblem(Stage.NETWORK, "the address " + what + " cannot be given to container " + holder + ": " + (address == gateway ? "it is the gateway's"
                    : "the subnet is " + subnet + (subnet.contains(address) ? ", whose first and last address belong to nobody" : "")), "choose another address, or leave ip(…) out");
        }
        String other = holders.putIfAbsent(address, holder);
        if (other != null) {
            throw new NetworkProblem(Stage.NETWORK, "the address " + what + " cannot be given to container " + holder + ": container " + other + " has it",
                    "choose another address, or leave ip(…) out");
        }
        return address;
    }

    /** Says who has one that was taken. @param holder a container's id, or other words for one that is none of this host's */
    synchronized void note(int address, String holder) {
        holders.put(address, holder);
    }

    public synchronized void give(int address) {
        holders.remove(address);
    }
}
