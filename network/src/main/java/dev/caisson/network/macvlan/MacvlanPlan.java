package dev.caisson.network.macvlan;

import dev.caisson.InvalidSpec;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.Options;
import java.util.ArrayList;
import java.util.List;

/**
 * What the options of a network say, checked against each other. Pure.
 *
 * @param mode the kernel's number (MACVLAN_MODE_… or IPVLAN_MODE_…)
 * @param flags IPVLAN_F_…
 * @param gateway 0 for none
 * @param mtu 0 for the parent's
 */
record MacvlanPlan(LanKind kind, String parent, int mode, int flags, Prefix subnet, Prefix range, int gateway, int mtu) {
    private static final int LARGEST = 8;
    private static final int SMALLEST = 30;

    /** @throws InvalidSpec listing everything that is wrong */
    static MacvlanPlan of(LanKind kind, String network, Options options) {
        List<InvalidSpec.Problem> problems = new ArrayList<>();
        String parent = options.text("parent");
        if (!parent.matches("[^\\s/]{1,15}")) {
            problems.add(problem(network, options, "parent", "is not the name of an interface", "name the host's interface that the containers are to be on"));
        }
        Integer mode = kind.modes.get(options.text(kind.modeOption()));
        if (mode == null) {
            problems.add(problem(network, options, kind.modeOption(), "is not " + kind.modeWords, ""));
        }
        Integer flags = kind == LanKind.IPVLAN ? LanKind.FLAGS.get(options.text(LanKind.FLAG)) : Integer.valueOf(0);
        if (flags == null) {
            problems.add(problem(network, options, LanKind.FLAG, "is not " + LanKind.FLAG_WORDS, ""));
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
        if (mode != null && kind.flat(mode)) {
            if (options.has("gateway")) {
                problems.add(problem(network, options, "gateway", "is of no use: in the modes l3 and l3s everybody is a neighbour", "leave gateway(…) out, or use ipvlan_mode l2"));
            }
            gateway = 0;
        }
        long mtu = options.number("com.docker.network.driver.mtu");
        if (mtu != 0 && (mtu < 68 || mtu > 65535)) {
            problems.add(problem(network, options, "com.docker.network.driver.mtu", "is not between 68 and 65535", ""));
        }
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
        return new MacvlanPlan(kind, parent, java.util.Objects.requireNonNull(mode), java.util.Objects.requireNonNull(flags), subnet, range, gateway, (int) mtu);
    }

    private static InvalidSpec.Problem problem(String network, Options options, String name, String why, String remedy) {
        return new InvalidSpec.Problem("network '" + network + "' option " + name + " \"" + options.text(name) + "\"", why, remedy);
    }
}
