package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The addresses of a subnet and who has them. An address that was given back is given out again as late as possible. Thread-safe. */
final class AddressPool {
    private static final int SHOWN = 5;

    private final Prefix subnet;
    private final int size;
    private final Map<Integer, String> holders = new TreeMap<>();
    private int last = 1;

    /** The first address is the gateway's. */
    AddressPool(Prefix subnet) {
        this.subnet = subnet;
        this.size = 1 << 32 - subnet.length();
    }

    synchronized int take(String holder) {
        for (int i = 0; i < size - 3; i++) {
            last = last + 1 >= size - 1 ? 2 : last + 1;
            if (holders.putIfAbsent(subnet.address() + last, holder) == null) {
                return subnet.address() + last;
            }
        }
        String some = holders.entrySet().stream().limit(SHOWN).map(e -> Prefix.text(e.getKey()) + " container " + e.getValue())
                .collect(Collectors.joining(", "));
        throw new NetworkProblem(Stage.NETWORK, "all " + holders.size() + " addresses of " + subnet + " are taken: " + some + (holders.size() > SHOWN ? " …" : ""),
                "remove containers of this engine, or use a second Engine");
    }

    synchronized void give(int address) {
        holders.remove(address);
    }
}
