package dev.caisson.network.overlay;

import dev.caisson.network.rtnetlink.Prefix;
import java.util.Optional;

/** Where things are in etcd. @param prefix of all that is ours; @param network a name without slashes */
record Keys(String prefix, String network) {
    /** All networks. */
    String networks() {
        return prefix + "/networks/";
    }

    /** What this network's hosts agreed on. */
    String agreement() {
        return networks() + network;
    }

    /** All VXLAN numbers that are in use. */
    String vnis() {
        return prefix + "/vnis/";
    }

    String vni(int number) {
        return vnis() + number;
    }

    /** The hosts that are on this network, each engine below its lease. */
    String hosts() {
        return prefix + "/hosts/" + network + "/";
    }

    /** @param port where it takes VXLAN, if that is not the network's port, as with a host's second engine */
    String host(int address, Optional<Integer> port) {
        return hosts() + Prefix.text(address) + port.map(p -> ":" + p).orElse("");
    }

    /** The containers on this network, each below the lease of its host. */
    String members() {
        return prefix + "/members/" + network + "/";
    }

    /** The public keys of hosts on an encrypted network, each below the lease of its host: among the members, so that nobody hears of a container before its host. */
    String hostKeys() {
        return members() + "host/";
    }

    String hostKey(int address) {
        return hostKeys() + Prefix.text(address);
    }

    String member(int address) {
        return members() + Prefix.text(address);
    }
}
