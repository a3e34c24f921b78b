package dev.caisson.network.overlay;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.network.etcd.EtcdSettings;
import dev.caisson.network.netlink.NetlinkRefusal;
import java.net.URI;

/** Whether a network can be encrypted here, and if not, why. */
final class Tunnels {
    private static final int EOPNOTSUPP = 95;

    private Tunnels() {}

    /** Nothing is left of what it tries. @throws NetworkProblem or {@link UnsupportedOnThisHost} */
    static void check(String network, OverlayPlan plan, Underlay underlay) {
        open(network, plan, underlay).close();
    }

    /** @throws NetworkProblem or {@link UnsupportedOnThisHost} */
    static Tunnel open(String network, OverlayPlan plan, Underlay underlay) {
        Tunnel made;
        try {
            made = Tunnel.open(underlay);
        } catch (NetlinkRefusal e) {
            String why = "overlay network '" + network + "' cannot be encrypted: ";
            if (e.errno() == EOPNOTSUPP) {
                throw new UnsupportedOnThisHost(Stage.NETWORK, why + "this kernel has no WireGuard (EOPNOTSUPP (95))", "load it (modprobe wireguard; Linux 5.6 or later), or connect the"
                        + " hosts by a tunnel of their own that encrypts, and lead the network over it with local(\"this host's address in the tunnel\"), without encrypted()");
            }
            throw new NetworkProblem(Stage.NETWORK, why + e.getMessage(), "it needs CAP_NET_ADMIN in the host's network namespace", e);
        }
        plan.etcd().map(EtcdSettings::endpoints).orElseThrow().stream().filter(Tunnels::open).findFirst().ifPresent(endpoint -> {
            made.close();
            throw new NetworkProblem(Stage.NETWORK, "overlay network '" + network + "' cannot be encrypted with keys that come from " + endpoint + ": who can change what goes to and from etcd"
                    + " could give each host a key of his own", "use https:// with ca(…), or an etcd on this host's own loopback");
        });
        return made;
    }

    /** Whether what is said there can be changed on the way. */
    private static boolean open(URI endpoint) {
        return endpoint.getScheme().equals("http") && !endpoint.getHost().matches("localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1\\]");
    }
}
