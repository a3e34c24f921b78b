package dev.caisson.network.bridge;

import dev.caisson.HostPort;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fd;
import dev.caisson.network.ports.PortHolder;
import dev.caisson.network.ports.PortRelay;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Ports of the host that lead to containers: by rules of the host's, and held by the relay, which carries what no rule can: connections to [::1]. */
final class PublishedPorts implements AutoCloseable {
    private final PortRelay relay;
    private final Flows flows;
    /** The names of containers, by what they have: protocol and port. */
    private final Map<String, String> holders = new ConcurrentHashMap<>();

    /** One that is published, and what undoes its rules. */
    static final class Published {
        private final PortHold held;
        private final InetAddress where;
        private final boolean both;
        private final int containerPort;
        private final Transport transport;
        private final List<Runnable> undo = new ArrayList<>();
        private final List<HostRules> lasting = new ArrayList<>();
        private @Nullable Fd reserved;

        /** @param both whether it is on the addresses of both families */
        Published(PortHold held, InetAddress where, boolean both, int containerPort, Transport transport) {
            this.held = held;
            this.where = where;
            this.both = both;
            this.containerPort = containerPort;
            this.transport = transport;
        }

        InetAddress where() {
            return where;
        }

        /** Whether it is on addresses of IPv4. */
        boolean on4() {
            return both || where instanceof Inet4Address;
        }

        /** Whether it is on addresses of IPv6, if its container has one. */
        boolean on6() {
            return both || where instanceof Inet6Address;
        }

        int containerPort() {
            return containerPort;
        }

        /** A socket because of which nobody else gets the port, the caller's; nothing arrives there. Each call gives the same. */
        Fd reserve() {
            Fd known = reserved;
            if (known == null) {
                known = held.reserve();
                reserved = known;
            }
            return known.dup();
        }

        /** It is in a table that lasts, too. @return what takes it out of there, for who has the table's socket */
        byte[] last(HostRules rules, byte[] container) {
            boolean here = where.isLoopbackAddress();
            byte[] host = where.isAnyLocalAddress() ? HostRules.NOBODYS : where.getAddress();
            if (!lasting.contains(rules)) {
                rules.publish(transport, here, host, held.port(), container, containerPort);
                lasting.add(rules);
                onEnd(() -> rules.unpublish(transport, here, host, held.port()));
            }
            return rules.unpublishing(transport, here, host, held.port()).datagram();
        }

        /** Others have it. */
        void leave() {
            if (reserved != null) {
                reserved.close();
            }
        }

        /** What its end undoes, too. */
        void onEnd(Runnable step) {
            undo.add(step);
        }

        /** All of it is tried: a rule that is left leads whoever has the port next to nowhere. @throws RuntimeException the first failure, with the others as suppressed */
        void end() {
            AllSteps steps = new AllSteps();
            undo.forEach(steps::run);
            steps.run(this::leave).run(held::close).over();
        }
    }

    PublishedPorts(String engineId) {
        this.relay = new PortRelay("caisson-ports-" + engineId);
        this.flows = new Flows("caisson-flows-" + engineId);
    }

    PortMapping publish(Router via, Endpoint endpoint, PortMapping wanted) {
        String label = "port " + wanted.containerPort() + "/" + wanted.protocol() + " of container " + endpoint.container();
        Transport transport = Transport.of(wanted.protocol()).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, label + " cannot be published: it is of none of tcp, udp and sctp",
                "publish one of those, or use networkHost()"));
        if (endpoint.network().internal()) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published: network '" + endpoint.network().name() + "' is internal, nothing comes in",
                    "leave port(…) out, or give the container a network with a way out first");
        }
        InetAddress where = address(wanted.hostAddress(), label, endpoint.address6().isPresent());
        if (where instanceof Inet6Address && endpoint.address6().isEmpty()) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on " + where.getHostAddress() + ": network '" + endpoint.network().name() + "' has no IPv6",
                    "make the network with ipv6(), or publish on an IPv4 address");
        }
        try {
            InetSocketAddress from = new InetSocketAddress(where, wanted.hostPort());
            InetSocketAddress to = new InetSocketAddress(InetAddress.getByAddress(Prefix.bytes(endpoint.address())), wanted.containerPort());
            PortHold held = hold(transport, from, to, where instanceof Inet6Address && !wanted.hostAddress().isEmpty(), label);
            Published made = new Published(held, where, wanted.hostAddress().isEmpty(), wanted.containerPort(), transport);
            endpoint.published().add(made);
            String key = key(transport, held.port());
            String name = endpoint.names().get(0);
            holders.put(key, name);
            made.onEnd(() -> holders.remove(key, name));
            if (made.on4()) {
                rule(made, via.rules(), where, Prefix.bytes(endpoint.address()), wanted.containerPort());
            }
            if (made.on6() && endpoint.address6().isPresent()) {
                rule(made, via.six().rules(), where, endpoint.address6().get().bytes(), wanted.containerPort());
            }
            return new PortMapping(wanted.hostAddress(), held.port(), wanted.containerPort(), wanted.protocol());
        } catch (BindException e) {
            String what = label + " cannot be published on " + where.getHostAddress() + ":" + wanted.hostPort() + ": ";
            throw String.valueOf(e.getMessage()).contains("in use") ? taken(what, transport, endpoint, wanted, e)
                    : new NetworkProblem(Stage.NETWORK, what + e.getMessage(), "use an address of this host", e);
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published: " + e.getMessage(), "choose another host port, or 0 for any that is free", e);
        }
    }

    /** Whoever has it: a container of this engine, whose process is this one, or another program. */
    private NetworkProblem taken(String what, Transport transport, Endpoint endpoint, PortMapping wanted, BindException cause) {
        String holder = PortHolder.of(wanted.hostPort(), wanted.protocol());
        String container = holders.get(key(transport, wanted.hostPort()));
        String other = "publish on another port: port(" + wanted.containerPort() + ") takes a free one";
        String remedy = container == null ? (holder.startsWith("pid " + ProcessHandle.current().pid() + " ") ? "close what has it in this JVM, or " : "end that process, or ") + other
                : container.equals(endpoint.names().get(0)) ? "publish it once; without an address it is on all of this host, of both families" : "remove container " + container + ", or " + other;
        return new NetworkProblem(Stage.NETWORK, what + "EADDRINUSE (98) it is held by " + holder + (container == null ? "" : " for container " + container), remedy, cause);
    }

    private static String key(Transport transport, int port) {
        return transport.label + " " + port;
    }

    private PortHold hold(Transport transport, InetSocketAddress from, InetSocketAddress to, boolean only6, String label) throws IOException {
        return switch (transport) {
            case TCP -> new RelayedPort(relay.listen(from, to, only6));
            case UDP -> new RelayedPort(relay.listenUdp(from, to, only6));
            case SCTP -> sctp(from, label);
        };
    }

    private static PortHold sctp(InetSocketAddress from, String label) throws IOException {
        if (from.getAddress() instanceof Inet6Address && from.getAddress().isLoopbackAddress()) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on [::1] alone: no rule leads on what comes there, and nobody carries SCTP", "publish it on 127.0.0.1");
        }
        return SctpPort.bind(SctpPort.socket(from).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, label + " cannot be published: this kernel has no SCTP (socket(IPPROTO_SCTP): "
                + "EPROTONOSUPPORT)", "modprobe sctp, or publish tcp or udp, or use networkHost()")), from);
    }

    /** None for [::1]: nothing leaves from there, so that no rule could lead it on. */
    private void rule(Published made, HostRules rules, InetAddress where, byte[] container, int containerPort) {
        Transport transport = made.transport;
        boolean here = where.isLoopbackAddress();
        if (!here || where instanceof Inet4Address) {
            byte[] host = where.isAnyLocalAddress() ? HostRules.NOBODYS : where.getAddress();
            int port = made.held.port();
            rules.publish(transport, here, host, port, container, containerPort);
            made.onEnd(() -> rules.unpublish(transport, here, host, port));
            if (transport == Transport.UDP) { // connections of the others have ends of their own
                flows.forget(rules.family(), host, port);
                made.onEnd(() -> flows.forget(rules.family(), host, port));
            }
        }
    }

    /** A port of the host's loopback, seen on that of a container. */
    PortRelay.Listening expose(Interfaces interfaces, String container, int namespace, HostPort port) {
        try {
            InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
            ServerSocketChannel channel = interfaces.inside(namespace, () -> PortRelay.bound(new InetSocketAddress(loopback, port.containerPort())));
            return relay.carry(channel, new InetSocketAddress(loopback, port.hostPort()));
        } catch (IOException | CompletionException e) {
            throw new NetworkProblem(Stage.NETWORK, "port " + port.hostPort() + " of the host cannot be exposed to container " + container + " as localhost:"
                    + port.containerPort() + ": " + e.getMessage(), "expose it under another number: exposeHostPort(" + port.hostPort() + ", …)", e);
        }
    }

    /** @param six whether all addresses of the host are those of IPv6 too */
    private static InetAddress address(String text, String label, boolean six) {
        try {
            return InetAddress.getByAddress(text.isEmpty() ? new byte[six ? 16 : 4] : text.indexOf(':') >= 0 ? Prefix6.parseAddress(text).bytes() : Prefix.bytes(Prefix.parseAddress(text)));
        } catch (IllegalArgumentException | UnknownHostException e) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on \"" + text + "\": it is not an IP address", "give one, or none for all", e);
        }
    }

    @Override
    public void close() {
        relay.close();
    }
}
