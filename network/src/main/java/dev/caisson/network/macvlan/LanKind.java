package dev.caisson.network.macvlan;

import dev.caisson.network.netlink.Message;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.spi.OptionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The two kinds of interfaces on an interface. */
enum LanKind {
    /** Each has a MAC address of its own. Modes are MACVLAN_MODE_…. */
    MACVLAN("macvlan", "bridge", Map.of("private", 1, "vepa", 2, "bridge", 4, "passthru", 8), "bridge, private, vepa or passthru"),
    /** All have that of the parent, and the kernel knows them by their IP addresses. Modes are IPVLAN_MODE_…. */
    IPVLAN("ipvlan", "l2", Map.of("l2", 0, "l3", 1, "l3s", 2), "l2, l3 or l3s");

    /** IPVLAN_F_…. */
    static final Map<String, Integer> FLAGS = Map.of("bridge", 0, "private", 1, "vepa", 2);
    static final String FLAG = "ipvlan_flag";
    static final String FLAG_WORDS = "bridge, private or vepa";

    /** The driver's and the kernel's name. */
    final String kind;
    final Map<String, Integer> modes;
    final String modeWords;
    private final String usual;

    LanKind(String kind, String usual, Map<String, Integer> modes, String modeWords) {
        this.kind = kind;
        this.usual = usual;
        this.modes = modes;
        this.modeWords = modeWords;
    }

    /** The name of the option that says the mode. */
    String modeOption() {
        return kind + "_mode";
    }

    List<OptionSpec> schema() {
        List<OptionSpec> all = new ArrayList<>(List.of(
                new OptionSpec("parent", OptionSpec.Type.STRING, "", "the host's interface, such as eth1"),
                new OptionSpec(modeOption(), OptionSpec.Type.STRING, usual, modeWords),
                new OptionSpec("subnet", OptionSpec.Type.STRING, "", "the addresses of the parent's network, such as 192.168.7.0/24"),
                new OptionSpec("ip-range", OptionSpec.Type.STRING, "", "the part of the subnet from which containers get addresses"),
                new OptionSpec("gateway", OptionSpec.Type.STRING, "", "that network's router; the first address of the subnet by default"),
                new OptionSpec("com.docker.network.driver.mtu", OptionSpec.Type.INTEGER, "0", "bytes a packet, 68 to 65535; 0 for the parent's")));
        if (this == IPVLAN) {
            all.add(new OptionSpec(FLAG, OptionSpec.Type.STRING, "bridge", FLAG_WORDS));
        }
        return all;
    }

    /** Whether everybody is a neighbour, so that there is no gateway. */
    boolean flat(int mode) {
        return this == IPVLAN && mode != 0;
    }

    /** @param namespace -1 for here */
    Message make(String name, int parent, MacvlanPlan plan, int namespace) {
        return this == MACVLAN ? Links.macvlan(name, parent, plan.mode(), namespace, plan.mtu()) : Links.ipvlan(name, parent, plan.mode(), plan.flags(), namespace, plan.mtu());
    }
}
