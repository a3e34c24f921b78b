package dev.caisson.network.overlay;

import dev.caisson.linux.Fd;
import dev.caisson.linux.NamespaceThread;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Routes;
import dev.caisson.network.wireguard.HostKey;
import dev.caisson.network.wireguard.WireGuard;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * The encrypted way to the other hosts of one network: a WireGuard interface in a network namespace of its own, in which the network's VXLAN has its UDP socket. WireGuard's own
 * socket stays in the underlay's namespace, where the interface was made. Inside, hosts have the addresses they have on the underlay, each bound to its host's key; there is no
 * other way out or in, so that nothing is ever sent or taken in plain. It all goes with the last descriptor of the namespace.
 */
final class Tunnel implements HostKeys.Far, AutoCloseable {
    /** What WireGuard adds to an IPv4 packet: its header and tag, UDP's header and IP's. */
    static final int OVERHEAD = 60;
    /** None that the host has: before Linux 6.13 the kernel looks for it where the request is made. */
    private static final String NAME = "caisson-wg";

    private final Fd namespace;
    private final Conversation route;
    private final Conversation generic;
    private final HostKey key = HostKey.draw();
    private int family;
    private int index;
    private int port;

    private Tunnel(Fd namespace, Conversation route, Conversation generic) {
        this.namespace = namespace;
        this.route = route;
        this.generic = generic;
    }

    /**
     * Makes it, without a key. To be called in the underlay's network namespace.
     *
     * @throws NetlinkRefusal EOPNOTSUPP if the kernel has no WireGuard
     */
    static Tunnel open(Underlay underlay) {
        Tunnel made = NamespaceThread.apart(Namespaces.Kind.NET, () -> new Tunnel(Namespaces.current(Namespaces.Kind.NET), Conversation.open(Netlink.NETLINK_ROUTE),
                Conversation.open(Netlink.NETLINK_GENERIC)));
        try {
            try (Conversation outside = Conversation.open(Netlink.NETLINK_ROUTE)) {
                outside.one(Links.wireguard(NAME, made.namespace.value(), underlay.mtu() - OVERHEAD));
            }
            made.index = made.route.dump(() -> Links.find(NAME)).stream().map(Links::parse).flatMap(Optional::stream).findFirst().orElseThrow().index();
            made.route.one(Routes.address(made.index, new Prefix(underlay.local(), 32)));
            made.family = made.generic.dump(WireGuard::find).stream().map(WireGuard::number).flatMap(Optional::stream).findFirst().orElseThrow();
            return made;
        } catch (RuntimeException | Error e) {
            made.close();
            throw e;
        }
    }

    /** Begins to listen. @param udp where all hosts of the network listen */
    void listen(int udp) {
        port = udp;
        generic.one(WireGuard.begin(family, NAME, key.privateKey(), udp));
        key.close(); // the kernel has it
        route.one(Links.up(NAME));
        route.one(Routes.everywhere(index));
    }

    byte[] publicKey() {
        return key.publicKey();
    }

    /** Runs work where the tunnel is the only network. */
    <T> T inside(Callable<T> work) {
        try (NamespaceThread thread = new NamespaceThread(Namespaces.Kind.NET)) {
            return thread.call(namespace, work);
        }
    }

    @Override
    public void add(int host, byte[] publicKey) {
        generic.one(WireGuard.peer(family, NAME, publicKey, Prefix.bytes(host), port, Prefix.bytes(host)));
    }

    @Override
    public void remove(byte[] publicKey) {
        generic.one(WireGuard.remove(family, NAME, publicKey));
    }

    @Override
    public void close() {
        key.close();
        route.close();
        generic.close();
        namespace.close();
    }
}
