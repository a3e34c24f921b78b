package dev.caisson.network.bridge;

import dev.caisson.HostPort;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Ports of the host that lead to containers: held by the relay, and, but on loopback, a rule of the host's. */
final class PublishedPorts implements AutoCloseable {
    private static final Path SCTP = Path.of("/proc/sys/net/sctp");

    private final PortRelay relay;

    /** One that is published, and what undoes its rules. */
    record Published(PortRelay.Listening held, List<Runnable> undo) {
        void end() {
            try {
                undo.forEach(Runnable::run);
            } finally {
                held.close();
            }
        }
    }

    PublishedPorts(String engineId) {
        this.relay = new PortRelay("caisson-ports-" + engineId);
    }

    PortMapping publish(Router via, Endpoint endpoint, PortMapping wanted) {
        String label = "port " + wanted.containerPort() + "/" + wanted.protocol() + " of container " + endpoint.container();
        boolean udp = wanted.protocol().equals("udp");
        if (!udp && !wanted.protocol().equals("tcp")) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published: " + (Files.exists(SCTP) ? "this version publishes tcp and udp"
                    : "this kernel has no SCTP (there is no " + SCTP + "), and this version publishes tcp and udp"), "publish one of those, or use networkHost()");
        }
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
            PortRelay.Listening held = udp ? relay.listenUdp(from, to) : relay.listen(from, to);
            Published made = new Published(held, new ArrayList<>());
            endpoint.published().add(made);
            if (where.isAnyLocalAddress() || where instanceof Inet4Address) {
                rule(made, via.rules(), udp, where, Prefix.bytes(endpoint.address()), wanted.containerPort());
            }
            if (endpoint.address6().isPresent() && (where.isAnyLocalAddress() || where instanceof Inet6Address)) {
                rule(made, via.six().rules(), udp, where, endpoint.address6().get().bytes(), wanted.containerPort());
            }
            return new PortMapping(wanted.hostAddress(), held.port(), wanted.containerPort(), wanted.protocol());
        } catch (BindException e) {
            boolean taken = String.valueOf(e.getMessage()).contains("in use");
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on " + where.getHostAddress() + ":" + wanted.hostPort() + ": "
                    + (taken ? "EADDRINUSE (98) it is held by " + PortHolder.of(wanted.hostPort(), wanted.protocol()) : e.getMessage()),
                    taken ? "end that process, or publish on another port: port(" + wanted.containerPort() + ") takes a free one" : "use an address of this host", e);
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published: " + e.getMessage(), "choose another host port, or 0 for any that is free", e);
        }
    }

    /** None on loopback: no rule could lead from there to a container without opening it to the neighbours. */
    private static void rule(Published made, HostRules rules, boolean udp, InetAddress where, byte[] container, int containerPort) {
        if (!where.isLoopbackAddress()) {
            byte[] host = where.isAnyLocalAddress() ? HostRules.NOBODYS : where.getAddress();
            int port = made.held.port();
            rules.publish(udp, host, port, container, containerPort);
            made.undo.add(() -> rules.unpublish(udp, host, port));
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
