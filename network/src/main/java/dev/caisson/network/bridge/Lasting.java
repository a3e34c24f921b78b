package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Netlink;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.network.Held;
import dev.caisson.spi.network.Held.Undo;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * What of a router outlives its JVM: all that is in its namespace, which lives as long as somebody has a socket there, and on the host a second table of rules that belongs to a
 * socket of its own. The first one ends with the JVM, and so do the ports of containers that end with it. Thread-safe.
 */
final class Lasting implements AutoCloseable {
    private final Conversation inside;
    private final Conversation firewall;
    private final HostRules rules;

    private Lasting(Conversation inside, Conversation firewall, HostRules rules) {
        this.inside = inside;
        this.firewall = firewall;
        this.rules = rules;
    }

    static Lasting open(RouterNamespace inside, HostRules like) {
        Conversation firewall = Conversation.open(Netlink.NETLINK_NETFILTER);
        try {
            HostRules rules = like.lasting(firewall);
            return new Lasting(inside.firewall(), firewall, rules);
        } catch (RuntimeException e) {
            firewall.close();
            throw e;
        }
    }

    /** What somebody has to hold for a container on a network. */
    Held hold(Router router, Endpoint endpoint) {
        List<Fd> held = new ArrayList<>();
        List<byte[]> rest = new ArrayList<>();
        try {
            held.add(inside.copy());
            held.add(firewall.copy());
            for (PublishedPorts.Published each : endpoint.published()) {
                rest.addAll(publish(router, endpoint, each));
                held.add(each.reserve());
            }
            List<Undo> undo = List.of(new Undo(List.of(BridgeRules.forbidding(endpoint).datagram())), new Undo(rest));
            return new Held(held.stream().map(Fd::value).toList(), undo, hosts(router, endpoint));
        } catch (RuntimeException e) {
            held.forEach(Fd::close);
            throw e;
        }
    }

    /** @return what takes it back */
    private List<byte[]> publish(Router router, Endpoint endpoint, PublishedPorts.Published port) {
        InetAddress where = port.where();
        if (where instanceof Inet6Address && where.isLoopbackAddress()) {
            throw new NetworkProblem(Stage.NETWORK, "port " + port.containerPort() + " of container " + endpoint.container() + " is published on [::1] alone, where the JVM carries it",
                    "publish it on 127.0.0.1, or on an address that others reach");
        }
        List<byte[]> undo = new ArrayList<>();
        if (port.on4()) {
            undo.add(port.last(rules, Prefix.bytes(endpoint.address())));
        }
        if (port.on6() && endpoint.address6().isPresent()) {
            undo.add(port.last(router.six().lasting(firewall), endpoint.address6().get().bytes()));
        }
        return undo;
    }

    /** Who is called what on its network now, and the host. */
    private static List<String> hosts(Router router, Endpoint endpoint) {
        List<String> lines = new ArrayList<>();
        for (Endpoint each : endpoint.network().members()) {
            if (each != endpoint) {
                String names = String.join(" ", each.names());
                lines.add(Prefix.text(each.address()) + "\t" + names);
                each.address6().map(Prefix6::text).ifPresent(a -> lines.add(a + "\t" + names));
            }
        }
        if (!endpoint.network().internal()) {
            lines.add(Prefix.text(router.hostAddress()) + "\thost.docker.internal");
        }
        return lines;
    }

    @Override
    public void close() {
        firewall.close();
    }
}
