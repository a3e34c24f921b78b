package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/** An address on a network that may span several hosts: what is free here may be taken elsewhere. */
final class Claims {
    private Claims() {}

    /**
     * Takes one.
     *
     * @param wanted whether it is a certain one
     * @param here takes one of those that are free here
     */
    static int take(BridgeNetwork network, String container, List<String> names, boolean wanted, IntSupplier here) {
        List<Integer> elsewhere = new ArrayList<>();
        try {
            while (true) {
                int address = here.getAsInt();
                if (claim(network, address, container, names)) {
                    return address;
                }
                elsewhere.add(address);
                String holder = network.holder(address);
                if (wanted) {
                    throw new NetworkProblem(Stage.NETWORK, "the address " + Prefix.text(address) + " on network '" + network.name() + "' cannot be given to container "
                            + container + ": " + holder + " has it", "choose another address, or leave ip(…) out");
                }
                network.addresses().note(address, holder); // so that the message of an exhausted subnet names it
            }
        } finally {
            elsewhere.forEach(network.addresses()::give);
        }
    }

    private static boolean claim(BridgeNetwork network, int address, String container, List<String> names) {
        try {
            return network.claim(address, container, names);
        } catch (RuntimeException | Error e) {
            network.addresses().give(address);
            throw e;
        }
    }
}
