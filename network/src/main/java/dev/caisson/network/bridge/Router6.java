package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fd;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.network.rtnetlink.Routes6;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The IPv6 half of a router, made with its first network that has IPv6: a /48 of unique local addresses (RFC 4193), the uplink's addresses, and tables like those
 * for IPv4. It goes with the router's interface and sockets.
 */
final class Router6 {
    private static final Path IPV6 = Path.of("/proc/sys/net/ipv6");
    private static final int EEXIST = 17;
    private static final int OURS = 48;
    private static final int SUBNET = 64;
    private static final int UPLINK_SUBNET = 0xffff;
    private static final int ATTEMPTS = 100;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Conversation hostRoute;
    private final Conversation route;
    private final Uplink uplink;
    private final Interfaces interfaces;
    private final Fd namespace;
    private final Prefix6 own;
    private final HostRules rules;
    private final RouterRules routerRules;
    private @org.jspecify.annotations.Nullable HostRules lasting;
    private final Set<Long> used = new HashSet<>(List.of((long) UPLINK_SUBNET));

    /**
     * Where it is made.
     *
     * @param hostRoute a conversation about the host's routes
     * @param table the name of its rules
     */
    record Place(RouterNamespace inside, Interfaces interfaces, Conversation hostRoute, Conversation hostFirewall, String table, Uplink uplink) {}

    private Router6(Place at, Prefix6 own, HostRules rules, RouterRules routerRules) {
        this.hostRoute = at.hostRoute;
        this.route = at.inside.route();
        this.interfaces = at.interfaces;
        this.namespace = at.inside.namespace();
        this.uplink = at.uplink;
        this.own = own;
        this.rules = rules;
        this.routerRules = routerRules;
    }

    /** Whether the kernel has IPv6. @throws NetworkProblem if not */
    static void require(String network) {
        if (!Files.exists(IPV6)) {
            throw new NetworkProblem(Stage.NETWORK, "network '" + network + "' cannot have IPv6: this kernel has none (there is no " + IPV6 + ")",
                    "boot without ipv6.disable=1, or leave ipv6() out");
        }
    }

    /** Rules first: no address is there before they hold. */
    static Router6 open(Place at) {
        RouterRules routerRules = RouterRules.make(at.inside.firewall(), Family.V6, Uplink.INSIDE);
        HostRules rules = new HostRules(at.hostFirewall, Family.V6, at.table, at.uplink.name());
        try {
            return open(at, rules, routerRules);
        } catch (RuntimeException e) {
            try {
                NetlinkRefusal.ignoringGone(routerRules::end);
                NetlinkRefusal.ignoringGone(rules::end);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private static Router6 open(Place at, HostRules rules, RouterRules routerRules) {
        boolean forwards = read(IPV6.resolve("conf/all/forwarding")).equals("1");
        rules.make(!forwards);
        enable(at.uplink.name());
        if (!forwards) {
            keepAdvertisements();
            Sysctls.write("ipv6/conf/all/forwarding", "1");
        }
        at.interfaces.inside(at.inside.namespace(), () -> {
            Sysctls.write("ipv6/conf/all/forwarding", "1");
            enable(Uplink.INSIDE);
            return null;
        });
        for (int i = 0;; i++) {
            Prefix6 own = random();
            Prefix6 hostEnd = subnet(own, UPLINK_SUBNET).address(1);
            Prefix6 routerEnd = subnet(own, UPLINK_SUBNET).address(2);
            if (routed(at.hostRoute).stream().map(Routes6.Route::destination).anyMatch(own::overlaps)) {
                if (i == ATTEMPTS) {
                    throw new NetworkProblem(Stage.NETWORK, "no unique local IPv6 subnet was found that this host does not route already", "narrow the host's route to fd00::/8, "
                            + "or leave ipv6() out");
                }
                continue;
            }
            try {
                at.uplink.ipv6(hostEnd, routerEnd, own);
                return new Router6(at, own, rules, routerRules);
            } catch (NetlinkRefusal e) {
                if (e.errno() != EEXIST || i == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** {@code fd} and 40 bits that nobody else has. */
    private static Prefix6 random() {
        return new Prefix6(0xfdL << 56 | (RANDOM.nextLong() & 0xff_ffff_ffffL) << 16, 0, OURS);
    }

    static Prefix6 subnet(Prefix6 own, long number) {
        return new Prefix6(own.high() | number, 0, SUBNET);
    }

    private static List<Routes6.Route> routed(Conversation route) {
        return route.dump(Routes6::list).stream().map(Routes6::parse).flatMap(Optional::stream).filter(r -> !r.outward()).toList();
    }

    /** In the network namespace of the calling thread. */
    static void enable(String device) {
        Sysctls.write("ipv6/conf/" + device + "/accept_ra", "0");
        Sysctls.write("ipv6/conf/" + device + "/accept_dad", "0"); // its addresses are its alone, and are used at once
        Sysctls.write("ipv6/conf/" + device + "/addr_gen_mode", "0"); // the link-local address follows from the MAC address, as the rules of the bridge expect
        Sysctls.write("ipv6/conf/" + device + "/disable_ipv6", "0");
    }

    /** Lets an interface in the router have neighbours of IPv6, without any address of its own. */
    void neighbours(String device) {
        interfaces.inside(namespace, () -> {
            Sysctls.write("ipv6/conf/" + device + "/accept_ra", "0");
            Sysctls.write("ipv6/conf/" + device + "/addr_gen_mode", "1");
            Sysctls.write("ipv6/conf/" + device + "/disable_ipv6", "0");
            return null;
        });
    }

    /** A host that begins to forward takes no router advertisements any more, unless it was told to: those interfaces that take them are. */
    private static void keepAdvertisements() {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(IPV6.resolve("conf"))) {
            for (Path each : all) {
                Path accept = each.resolve("accept_ra");
                if (read(accept).equals("1")) {
                    Files.writeString(accept, "2");
                }
            }
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, "could not keep the router advertisements of the host's interfaces: " + e.getMessage(),
                    "make /proc/sys writable for the JVM, or leave ipv6() out", e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    HostRules rules() {
        return rules;
    }

    /** Those of containers that outlive the JVM, made at the first call. @param owner whose socket they are */
    synchronized HostRules lasting(Conversation owner) {
        HostRules known = lasting;
        if (known == null) {
            known = rules.lasting(owner);
            lasting = known;
        }
        return known;
    }

    void letAnswersIn() {
        routerRules.letAnswersIn();
    }

    boolean holds(Prefix6 address) {
        return own.contains(address);
    }

    /** The /64 of the default network. */
    synchronized Prefix6 anySubnet() {
        for (long number = 0; number < UPLINK_SUBNET; number++) {
            if (used.add(number)) {
                return subnet(own, number);
            }
        }
        throw new NetworkProblem(Stage.NETWORK, "no subnet is left in " + own, "remove networks that nobody uses: networks().prune()");
    }

    /** A subnet of the user's. @param shared whether other engines of this host may have it as well */
    void claim(String network, Prefix6 subnet, boolean shared) {
        String what = "network '" + network + "' cannot have the subnet " + subnet + ": ";
        routed(hostRoute).stream().filter(r -> subnet.overlaps(r.destination()) && !(shared && subnet.contains(r.destination()) && uplink.isOthers(r.link()))).findFirst().ifPresent(found -> {
            Prefix6 other = found.destination();
            throw new NetworkProblem(Stage.NETWORK, what + "this host routes " + (other.equals(own) ? "to networks of this engine in " : "") + other + " already",
                    "choose another subnet(…), or ipv6() alone for a free one");
        });
        try {
            uplink.route6(subnet, shared);
        } catch (NetlinkRefusal e) {
            throw new NetworkProblem(Stage.NETWORK, what + e.getMessage(), "choose another subnet(…), or ipv6() alone for a free one", e);
        }
    }

    /** Gives back what {@link #anySubnet} or {@link #claim} gave. */
    synchronized void release(Prefix6 subnet) {
        if (own.contains(subnet)) {
            used.remove(subnet.high() & 0xffff);
        } else {
            uplink.unroute6(subnet);
        }
    }

    /** Its bridge is there. */
    void add(BridgeNetwork network) {
        routerRules.add(network, network.six().orElseThrow().gateway().bytes());
        address(network);
    }

    /** Gives its bridge the gateway's address. */
    void address(BridgeNetwork network) {
        BridgeNetwork.Six six = network.six().orElseThrow();
        interfaces.inside(namespace, () -> {
            enable(network.bridge());
            return null;
        });
        route.all(List.of(Routes6.address(network.index(), six.gateway().of(six.subnet().length())), Links.up(network.bridge())));
    }

    void remove(BridgeNetwork network) {
        NetlinkRefusal.ignoringGone(() -> routerRules.remove(network, network.six().orElseThrow().gateway().bytes()));
    }
}
