package dev.caisson.network.bridge;

import dev.caisson.HostPort;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.ports.PortHolder;
import dev.caisson.network.ports.PortRelay;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;

/** Ports of the host that lead to containers: held by the relay, and, but on loopback, a rule of the host's. */
final class PublishedPorts implements AutoCloseable {
    private static final Path SCTP = Path.of("/proc/sys/net/sctp");

    private final PortRelay relay;

    /** @param hostAddress what the rule says: 0 for all; -1 where there is none, on loopback */
    record Published(PortRelay.Listening held, boolean udp, int hostAddress, int hostPort) {}

    PublishedPorts(String engineId) {
        this.relay = new PortRelay("caisson-ports-" + engineId);
    }

    PortMapping publish(HostRules rules, Endpoint endpoint, PortMapping wanted) {
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
        InetAddress where = address(wanted.hostAddress(), label);
        try {
            InetSocketAddress from = new InetSocketAddress(where, wanted.hostPort());
            InetSocketAddress to = new InetSocketAddress(InetAddress.getByAddress(Prefix.bytes(endpoint.address())), wanted.containerPort());
            PortRelay.Listening held = udp ? relay.listenUdp(from, to) : relay.listen(from, to);
            int rule = where.isLoopbackAddress() ? -1 : where.isAnyLocalAddress() ? 0 : ByteBuffer.wrap(where.getAddress()).getInt();
            endpoint.published().add(new Published(held, udp, -1, held.port()));
            if (rule != -1) {
                rules.publish(udp, rule, held.port(), endpoint.address(), wanted.containerPort());
                endpoint.published().set(endpoint.published().size() - 1, new Published(held, udp, rule, held.port()));
            }
            return new PortMapping(wanted.hostAddress(), held.port(), wanted.containerPort(), wanted.protocol());
        } catch (BindException e) {
            boolean taken = String.valueOf(e.getMessage()).contains("in use");
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on " + where.getHostAddress() + ":" + wanted.hostPort() + ": "
                    + (taken ? "EADDRINUSE (98) it is held by " + PortHolder.of(wanted.hostPort(), wanted.protocol()) : e.getMessage()),
                    taken ? "end that process, or publish on another port: port(" + wanted.containerPort() + ") takes a free one" : "use an address of this host", e);
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published: " + e.getMessage(), "", e);
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

    private static InetAddress address(String text, String label) {
        try {
            return InetAddress.getByAddress(text.isEmpty() ? new byte[4] : Prefix.bytes(Prefix.parseAddress(text)));
        } catch (IllegalArgumentException | UnknownHostException e) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on \"" + text + "\": it is not an IPv4 address", "give one, or none for all", e);
        }
    }

    /** Undoes one. */
    static void unpublish(HostRules rules, Published each) {
        try {
            if (each.hostAddress != -1) {
                rules.unpublish(each.udp, each.hostAddress, each.hostPort);
            }
        } finally {
            each.held.close();
        }
    }

    @Override
    public void close() {
        relay.close();
    }
}
