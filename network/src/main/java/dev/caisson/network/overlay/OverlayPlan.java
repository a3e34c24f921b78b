package dev.caisson.network.overlay;

import dev.caisson.InvalidSpec;
import dev.caisson.network.etcd.EtcdSettings;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.OptionSpec.Type;
import dev.caisson.spi.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the options of an overlay network say, checked against each other. Pure.
 *
 * @param range the part of the subnet that this host gives out
 * @param mtu 0 for what fits into the underlay's packets
 * @param vni 0 for any free one
 * @param port 0 for that of the others, or the usual one
 * @param local this host's address on the underlay; empty to find it out
 * @param ipv6 whether it has IPv6 beside IPv4
 * @param subnet6 empty for any that is private
 * @param etcd empty with static peers
 */
record OverlayPlan(Optional<Prefix> subnet, Optional<Prefix> range, Optional<Integer> gateway, boolean internal, int mtu, int vni, int port, Optional<Integer> local,
        boolean encrypted, boolean ipv6, Optional<Prefix6> subnet6, Optional<EtcdSettings> etcd, String prefix, Duration ttl, List<Peer> peers) {
    static final String VNI = "com.docker.network.driver.overlay.vxlanid_list";
    static final String MTU = "com.docker.network.driver.mtu";
    static final int DEFAULT_PORT = 4789;
    private static final int MIN_MTU6 = 1280;
    static final List<OptionSpec> SCHEMA = List.of(
            new OptionSpec("subnet", Type.STRING, "", "its addresses, the same on all hosts, such as 10.50.0.0/24"),
            new OptionSpec("ip-range", Type.STRING, "", "the part of the subnet from which containers of this host get addresses"),
            new OptionSpec("gateway", Type.STRING, "", "the address of the router on each host; the first of the subnet by default"),
            new OptionSpec("internal", Type.BOOLEAN, "false", "whether there is no way out or in"),
            new OptionSpec("ipv6", Type.BOOLEAN, "false", "whether it has IPv6 beside IPv4"),
            new OptionSpec("subnet6", Type.STRING, "", "its IPv6 addresses, the same on all hosts, such as fd12:3456:789a:1::/64; the last 32 bits of one are its IPv4 address"),
            new OptionSpec(MTU, Type.INTEGER, "0", "bytes a packet; 0 for those of the underlay less 50, or 110 if encrypted"),
            new OptionSpec(VNI, Type.INTEGER, "0", "the VXLAN's number, 1 to 16777215; 0 for any free one"),
            new OptionSpec("data-path-addr", Type.STRING, "", "this host's address on the underlay"),
            new OptionSpec("data-path-port", Type.INTEGER, "4789", "the UDP port, the same on all hosts (a host's next engine takes one of the next); WireGuard's if encrypted, by default one from 51820 on"),
            new OptionSpec("encrypted", Type.BOOLEAN, "false", "whether what goes from host to host is encrypted"),
            new OptionSpec("etcd", Type.LIST, "", "URLs of etcd, such as http://10.0.0.5:2379"),
            new OptionSpec("etcd-user", Type.STRING, "", "who logs in to etcd"),
            new OptionSpec("etcd-password-file", Type.STRING, "", "a file with that user's password"),
            new OptionSpec("etcd-ca", Type.STRING, "", "a PEM file of the certificates that are trusted to sign etcd's"),
            new OptionSpec("etcd-cert", Type.STRING, "", "a PEM file of this host's own certificate"),
            new OptionSpec("etcd-key", Type.STRING, "", "a PEM file of that certificate's key, PKCS #8"),
            new OptionSpec("etcd-prefix", Type.STRING, "/caisson", "below which key everything is"),
            new OptionSpec("etcd-ttl", Type.DURATION, "10s", "after how much silence a host counts as dead, 2s to 10m"),
            new OptionSpec("peers", Type.LIST, "", "other hosts and the part of the subnet each gives out, such as 192.168.7.3=10.50.0.64/26, or 192.168.7.3:4790=… for its second engine"));

    OverlayPlan {
        peers = List.copyOf(peers);
    }

    /** An engine of another host, or another one of this host. @param port where it takes VXLAN; 0 for the network's; @param range what its containers' addresses are */
    record Peer(int host, int port, Prefix range) {}

    /** @throws InvalidSpec listing everything that is wrong */
    static OverlayPlan of(String network, Options options) {
        Reading reading = new Reading(network, options);
        Optional<Prefix> subnet = reading.prefix("subnet", options.text("subnet"), Agreement.LARGEST, Agreement.SMALLEST);
        Optional<Prefix> range = reading.prefix("ip-range", options.text("ip-range"), Agreement.LARGEST, 32);
        Optional<Integer> gateway = reading.address("gateway");
        Optional<Integer> local = reading.address("data-path-addr");
        local.filter(a -> a >>> 24 == 0 || a >>> 24 >= 224).ifPresent(a -> reading.wrong("data-path-addr", "is no host's address", ""));
        int mtu = reading.number(MTU, 68, 65535);
        int vni = reading.number(VNI, 1, Agreement.MAX_VNI);
        int port = options.has("data-path-port") ? reading.number("data-path-port", 1, Agreement.MAX_PORT) : 0;
        List<Peer> peers = reading.peers(subnet, range);
        Optional<EtcdSettings> etcd = new EtcdOptions(reading).settings();
        Duration ttl = options.duration("etcd-ttl");
        if (ttl.toMillis() < 2000 || ttl.toMinutes() > 10) {
            reading.wrong("etcd-ttl", "is not between 2s and 10m", "");
        }
        if (!options.text("etcd-prefix").matches("(/[A-Za-z0-9._-]{1,64}){1,8}")) {
            reading.wrong("etcd-prefix", "is not like /caisson", "");
        }
        range.filter(r -> subnet.isEmpty() || !subnet.get().contains(r)).ifPresent(r -> reading.wrong("ip-range", "is not in the subnet", "give subnet(…) as well"));
        gateway.filter(g -> subnet.isEmpty() || !subnet.get().contains(g) || g == subnet.get().address() || g == subnet.get().last()).ifPresent(g -> reading.wrong("gateway",
                "is not an address for a host in the subnet", "give subnet(…) as well"));
        if (etcd.isEmpty() && peers.isEmpty() || etcd.isPresent() && !peers.isEmpty()) {
            reading.problems.add(new InvalidSpec.Problem("overlay network '" + network + "'", etcd.isEmpty() ? "has neither etcd nor peers" : "has both etcd and peers",
                    "say where etcd is with etcd(\"http://…:2379\"), or who the others are with peer(host, range)"));
        } else if (etcd.isEmpty() && (subnet.isEmpty() || range.isEmpty() || vni == 0)) {
            reading.problems.add(new InvalidSpec.Problem("overlay network '" + network + "'", "has static peers, but not all of subnet, ip-range and number",
                    "give subnet(…) and vni(…), the same on all hosts, and ipRange(…), another on each: without etcd there is nobody to give them out"));
        }
        Optional<Prefix6> subnet6 = reading.prefix6("subnet6");
        boolean ipv6 = options.flag("ipv6") || subnet6.isPresent();
        if (ipv6 && etcd.isEmpty() && !peers.isEmpty() && subnet6.isEmpty() && !options.has("subnet6")) {
            reading.wrong("ipv6", "is of no subnet", "give the IPv6 subnet(…) as well, the same on all hosts: without etcd there is nobody to choose one");
        }
        if (ipv6 && mtu != 0 && mtu < MIN_MTU6) {
            reading.wrong(MTU, "is too small for IPv6, which needs " + MIN_MTU6, "");
        }
        if (options.flag("encrypted") && etcd.isEmpty() && !peers.isEmpty()) {
            reading.wrong("encrypted", "is not for static peers: it is etcd where hosts tell each other their keys", "use etcd(\"https://…:2379\")");
        }
        if (!reading.problems.isEmpty()) {
            throw new InvalidSpec(reading.problems);
        }
        return new OverlayPlan(subnet, range, gateway, options.flag("internal"), mtu, vni, port, local, options.flag("encrypted"), ipv6, subnet6, etcd, options.text("etcd-prefix"), ttl, peers);
    }

    /** Texts that become values, and what is wrong with them. */
    static final class Reading {
        private static final int MAX_PEERS = 256;
        /** Each address of a peer's is three entries in the kernel. */
        private static final int PEER_RANGE = 22;

        final String network;
        final Options options;
        final List<InvalidSpec.Problem> problems = new ArrayList<>();

        private Reading(String network, Options options) {
            this.network = network;
            this.options = options;
        }

        void wrong(String name, String why, String remedy) {
            problems.add(new InvalidSpec.Problem("network '" + network + "' option " + name + " \"" + options.text(name) + "\"", why, remedy));
        }

        private Optional<Prefix> prefix(String name, String text, int largest, int smallest) {
            if (text.isEmpty()) {
                return Optional.empty();
            }
            try {
                Prefix prefix = Prefix.parse(text);
                if ((prefix.address() & ~prefix.mask()) == 0 && prefix.length() >= largest && prefix.length() <= smallest) {
                    return Optional.of(prefix);
                }
                wrong(name, "is not a prefix between a /" + largest + " and a /" + smallest + " without bits beyond its length", "");
            } catch (IllegalArgumentException e) {
                wrong(name, String.valueOf(e.getMessage()), "");
            }
            return Optional.empty();
        }

        private Optional<Prefix6> prefix6(String name) {
            if (options.text(name).isEmpty()) {
                return Optional.empty();
            }
            try {
                Prefix6 prefix = Prefix6.parse(options.text(name));
                if (prefix.equals(prefix.network()) && prefix.length() >= Agreement.LARGEST6 && prefix.length() <= Agreement.SMALLEST6) {
                    return Optional.of(prefix);
                }
                wrong(name, "is not a prefix between a /" + Agreement.LARGEST6 + " and a /" + Agreement.SMALLEST6 + " without bits beyond its length", "");
            } catch (IllegalArgumentException e) {
                wrong(name, String.valueOf(e.getMessage()), "");
            }
            return Optional.empty();
        }

        private Optional<Integer> address(String name) {
            if (!options.text(name).isEmpty()) {
                try {
                    return Optional.of(Prefix.parseAddress(options.text(name)));
                } catch (IllegalArgumentException e) {
                    wrong(name, String.valueOf(e.getMessage()), "");
                }
            }
            return Optional.empty();
        }

        private int number(String name, int least, int most) {
            long value = options.number(name);
            if (options.has(name) && (value < least || value > most)) {
                wrong(name, "is not between " + least + " and " + most, "");
            }
            return (int) value;
        }

        private static int port(String text) {
            int port = text.matches("[1-9][0-9]{0,4}") ? Integer.parseInt(text) : 0;
            if (port < 1 || port > Agreement.MAX_PORT) {
                throw new IllegalArgumentException("'" + text + "' is no UDP port");
            }
            return port;
        }

        private List<Peer> peers(Optional<Prefix> subnet, Optional<Prefix> own) {
            List<Peer> peers = new ArrayList<>();
            for (String each : options.list("peers")) {
                int sign = each.indexOf('=');
                try {
                    String[] at = (sign < 0 ? each : each.substring(0, sign)).split(":", 2);
                    int host = Prefix.parseAddress(at[0]);
                    int port = at.length < 2 ? 0 : port(at[1]);
                    Optional<Prefix> range = sign < 0 ? Optional.empty() : prefix("peers", each.substring(sign + 1), PEER_RANGE, 32);
                    if (!Member.isHost(host) || range.isEmpty() || subnet.isEmpty() || !subnet.get().contains(range.get())) {
                        wrong("peers", "has '" + each + "', which is not a host and a part of the subnet, at most a /" + PEER_RANGE, "write it as 192.168.7.3=10.50.0.64/26");
                    } else if (own.filter(range.get()::overlaps).isPresent() || peers.stream().anyMatch(p -> p.range.overlaps(range.get()))) {
                        wrong("peers", "has '" + each + "', whose addresses another host has too", "give each host a part of its own");
                    } else {
                        peers.add(new Peer(host, port, range.get()));
                    }
                } catch (IllegalArgumentException e) {
                    wrong("peers", "has '" + each + "': " + e.getMessage(), "write it as 192.168.7.3=10.50.0.64/26");
                }
            }
            if (peers.size() > MAX_PEERS) {
                wrong("peers", "has more than " + MAX_PEERS, "use etcd");
            }
            return peers;
        }
    }
}
