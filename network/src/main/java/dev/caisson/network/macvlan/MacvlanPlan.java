package dev.caisson.network.macvlan;

import dev.caisson.InvalidSpec;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the options of a network say, checked against each other. Pure.
 *
 * @param mode the kernel's number (MACVLAN_MODE_…)
 * @param mtu 0 for the parent's
 */
record MacvlanPlan(String parent, int mode, Prefix subnet, Prefix range, int gateway, int mtu) {
    static final List<OptionSpec> SCHEMA = List.of(
            new OptionSpec("parent", OptionSpec.Type.STRING, "", "the host's interface, such as eth1"),
            new OptionSpec("macvlan_mode", OptionSpec.Type.STRING, "bridge", "bridge, private, vepa or passthru"),
            new OptionSpec("subnet", OptionSpec.Type.STRING, "", "the addresses of the parent's network, such as 192.168.7.0/24"),
            new OptionSpec("ip-range", OptionSpec.Type.STRING, "", "the part of the subnet from which containers get addresses"),
            new OptionSpec("gateway", OptionSpec.Type.STRING, "", "that network's router; the first address of the subnet by default"),
            new OptionSpec("com.docker.network.driver.mtu", OptionSpec.Type.INTEGER, "0", "bytes a packet, 68 to 65535; 0 for the parent's"));
    private static final Map<String, Integer> MODES = Map.of("private", 1, "vepa", 2, "bridge", 4, "passthru", 8);
    private static final int LARGEST = 8;
    private static final int SMALLEST = 30;

    /** @throws InvalidSpec listing everything that is wrong */
    static MacvlanPlan of(String network, Options options) {
        List<InvalidSpec.Problem> problems = new ArrayList<>();
        String parent = options.text("parent");
        if (!parent.matches("[^\\s/]{1,15}")) {
            problems.add(problem(network, options, "parent", "is not the name of an interface", "name the host's interface that the containers are to be on"));
        }
        Integer mode = MODES.get(options.text("macvlan_mode"));
        if (mode == null) {
            problems.add(problem(network, options, "macvlan_mode", "is not bridge, private, vepa or passthru", ""));
        }
        Prefix subnet = new Prefix(10 << 24, LARGEST);
        Prefix range = subnet;
        int gateway = subnet.address() + 1;
        String asked = "subnet";
        try {
            subnet = Prefix.parse(options.text(asked));
            if ((subnet.address() & ~subnet.mask()) != 0 || subnet.length() < LARGEST || subnet.length() > SMALLEST) {
                problems.add(problem(network, options, asked, "has bits beyond its length, or is not between a /" + LARGEST + " and a /" + SMALLEST, ""));
            }
            asked = "ip-range";
            range = options.has(asked) ? Prefix.parse(options.text(asked)) : subnet;
            if (!subnet.contains(range) || (range.address() & ~range.mask()) != 0) {
                problems.add(problem(network, options, asked, "is not a part of the subnet " + subnet, ""));
            }
            asked = "gateway";
            gateway = options.has(asked) ? Prefix.parseAddress(options.text(asked)) : subnet.address() + 1;
            if (!subnet.contains(gateway) || gateway == subnet.address() || gateway == subnet.last()) {
                problems.add(problem(network, options, asked, "is not an address for a host in the subnet " + subnet, ""));
            }
        } catch (IllegalArgumentException e) {
            problems.add(problem(network, options, asked, String.valueOf(e.getMessage()), asked.equals("subnet") ? "give the addresses of the parent's network: subnet(…)" : ""));
        }
        long mtu = options.number("com.docker.network.driver.mtu");
        if (mtu != 0 && (mtu < 68 || mtu > 65535)) {
            problems.add(problem(network, options, "com.docker.network.driver.mtu", "is not between 68 and 65535", ""));
        }
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
        return new MacvlanPlan(parent, java.util.Objects.requireNonNull(mode), subnet, range, gateway, (int) mtu);
    }

    private static InvalidSpec.Problem problem(String network, Options options, String name, String why, String remedy) {
        return new InvalidSpec.Problem("network '" + network + "' option " + name + " \"" + options.text(name) + "\"", why, remedy);
    }
}
