package dev.caisson.network.bridge;

import dev.caisson.InvalidSpec;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the options of a network say about its addresses, checked against each other. Pure.
 *
 * @param subnet empty for any
 * @param range the part that is given out unasked; empty for all of it
 * @param gateway empty for the first address
 * @param mtu 0 for the router's
 * @param talk whether its containers reach each other
 * @param ipv6 whether it has IPv6 beside IPv4
 * @param subnet6 empty for any
 * @param gateway6 empty for the first address
 */
record Plan(Optional<Prefix> subnet, Optional<Prefix> range, Optional<Integer> gateway, boolean internal, int mtu, boolean talk, boolean ipv6,
        Optional<Prefix6> subnet6, Optional<Prefix6> gateway6) {
    static final List<OptionSpec> SCHEMA = List.of(
            new OptionSpec("subnet", OptionSpec.Type.STRING, "", "its addresses, such as 10.5.0.0/16"),
            new OptionSpec("ip-range", OptionSpec.Type.STRING, "", "the part of the subnet from which containers get addresses"),
            new OptionSpec("gateway", OptionSpec.Type.STRING, "", "the router's address; the first of the subnet by default"),
            new OptionSpec("internal", OptionSpec.Type.BOOLEAN, "false", "whether there is no way out or in"),
            new OptionSpec("ipv6", OptionSpec.Type.BOOLEAN, "false", "whether it has IPv6 beside IPv4"),
            new OptionSpec("subnet6", OptionSpec.Type.STRING, "", "its IPv6 addresses, such as fd12:3456:789a:1::/64"),
            new OptionSpec("gateway6", OptionSpec.Type.STRING, "", "the router's IPv6 address; the first of the subnet by default"),
            new OptionSpec("com.docker.network.driver.mtu", OptionSpec.Type.INTEGER, "0", "bytes a packet, 68 to 65535; 0 for that of the way out"),
            new OptionSpec("com.docker.network.bridge.enable_icc", OptionSpec.Type.BOOLEAN, "true", "whether its containers reach each other"));
    private static final int LARGEST = 8;
    private static final int SMALLEST = 30;
    private static final int LARGEST6 = 16;
    private static final int SMALLEST6 = 124;
    private static final List<Prefix6> RESERVED6 = List.of(Prefix6.parse("::/8"), Prefix6.parse("fe80::/10"), Prefix6.parse("ff00::/8"));
    private static final int MIN_MTU6 = 1280;
    private static final int MIN_MTU = 68;
    private static final int MAX_MTU = 65535;

    /** @throws InvalidSpec listing everything that is wrong */
    static Plan of(String network, Options options) {
        List<InvalidSpec.Problem> problems = new ArrayList<>();
        Optional<Prefix> subnet = prefix(network, options, "subnet", problems);
        Optional<Prefix> range = prefix(network, options, "ip-range", problems);
        Optional<Integer> gateway = Optional.empty();
        try {
            gateway = options.has("gateway") ? Optional.of(Prefix.parseAddress(options.text("gateway"))) : gateway;
        } catch (IllegalArgumentException e) {
            problems.add(problem(network, options, "gateway", String.valueOf(e.getMessage()), ""));
        }
        subnet.filter(s -> s.length() < LARGEST || s.length() > SMALLEST).ifPresent(s -> problems.add(problem(network, options, "subnet",
                "is not between a /" + LARGEST + " and a /" + SMALLEST, "")));
        if (subnet.isEmpty() && !options.has("subnet") && (range.isPresent() || gateway.isPresent())) {
            problems.add(problem(network, options, range.isPresent() ? "ip-range" : "gateway", "is of no subnet", "give subnet(…) as well"));
        }
        if (subnet.isPresent()) {
            Prefix all = subnet.get();
            range.filter(r -> !all.contains(r)).ifPresent(r -> problems.add(problem(network, options, "ip-range", "is not in the subnet " + all, "")));
            gateway.filter(g -> !all.contains(g) || g == all.address() || g == all.last()).ifPresent(g -> problems.add(problem(network, options, "gateway",
                    "is not an address for a host in the subnet " + all, "")));
        }
        long mtu = options.number("com.docker.network.driver.mtu");
        if (mtu != 0 && (mtu < MIN_MTU || mtu > MAX_MTU)) {
            problems.add(problem(network, options, "com.docker.network.driver.mtu", "is not between " + MIN_MTU + " and " + MAX_MTU, ""));
        }
        Six six = Six.of(network, options, problems);
        if (six.wanted && mtu != 0 && mtu < MIN_MTU6) {
            problems.add(problem(network, options, "com.docker.network.driver.mtu", "is too small for IPv6, which needs " + MIN_MTU6, ""));
        }
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
        return new Plan(subnet, range, gateway, options.flag("internal"), (int) mtu, options.flag("com.docker.network.bridge.enable_icc"), six.wanted, six.subnet, six.gateway);
    }

    private record Six(boolean wanted, Optional<Prefix6> subnet, Optional<Prefix6> gateway) {
        static Six of(String network, Options options, List<InvalidSpec.Problem> problems) {
            Optional<Prefix6> subnet = Optional.empty();
            Optional<Prefix6> gateway = Optional.empty();
            String asked = "subnet6";
            try {
                subnet = options.has(asked) ? Optional.of(Prefix6.parse(options.text(asked))) : subnet;
                asked = "gateway6";
                gateway = options.has(asked) ? Optional.of(Prefix6.parseAddress(options.text(asked))) : gateway;
            } catch (IllegalArgumentException e) {
                problems.add(problem(network, options, asked, String.valueOf(e.getMessage()), ""));
            }
            if (subnet.isPresent()) {
                Prefix6 all = subnet.get();
                if (!all.equals(all.network())) {
                    problems.add(problem(network, options, "subnet6", "has bits beyond its length", "that would be " + all.network()));
                }
                if (all.length() < LARGEST6 || all.length() > SMALLEST6 || RESERVED6.stream().anyMatch(all::overlaps)) {
                    problems.add(problem(network, options, "subnet6", "is not a unicast subnet between a /" + LARGEST6 + " and a /" + SMALLEST6, "fd and 40 digits of your own are "
                            + "nobody else's (RFC 4193)"));
                }
                gateway.filter(g -> !all.contains(g) || g.equals(all.address(0))).ifPresent(g -> problems.add(problem(network, options, "gateway6",
                        "is not an address for a host in the subnet " + all, "")));
            } else if (gateway.isPresent() && !options.has("subnet6")) {
                problems.add(problem(network, options, "gateway6", "is of no subnet", "give the IPv6 subnet(…) as well"));
            }
            return new Six(options.flag("ipv6") || subnet.isPresent(), subnet, gateway);
        }
    }

    private static Optional<Prefix> prefix(String network, Options options, String name, List<InvalidSpec.Problem> problems) {
        if (!options.has(name)) {
            return Optional.empty();
        }
        try {
            Prefix prefix = Prefix.parse(options.text(name));
            if ((prefix.address() & ~prefix.mask()) == 0) {
                return Optional.of(prefix);
            }
            problems.add(problem(network, options, name, "has bits beyond its length", "that would be " + new Prefix(prefix.address() & prefix.mask(), prefix.length())));
        } catch (IllegalArgumentException e) {
            problems.add(problem(network, options, name, String.valueOf(e.getMessage()), ""));
        }
        return Optional.empty();
    }

    private static InvalidSpec.Problem problem(String network, Options options, String name, String why, String remedy) {
        return new InvalidSpec.Problem("network '" + network + "' option " + name + " \"" + options.text(name) + "\"", why, remedy);
    }
}
