package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fd;
import dev.caisson.linux.NamespaceThread;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.ports.PortHolder;
import dev.caisson.network.ports.PortRelay;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Routes;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The default bridge network of one engine. The router is made with the first container. */
final class BridgeDriver implements NetworkDriver {
    private static final int ETH0 = 2;

    private final String engineId;
    private final PortRelay relay;
    private final AtomicInteger ports = new AtomicInteger();
    private final Map<String, Member> members = new ConcurrentHashMap<>();
    private @Nullable Router router;
    private @Nullable AddressPool addresses;
    private @Nullable NamespaceThread namespaceThread;
    private boolean closed;

    /** One connected container, so far as it got. */
    private static final class Member {
        private final String port;
        private final int address;
        private boolean connected;
        private final List<Published> published = new ArrayList<>();

        Member(String port, int address) {
            this.port = port;
            this.address = address;
        }
    }

    /** @param hostAddress what the rule says: 0 for all; -1 where there is none, on loopback */
    private record Published(PortRelay.Listening held, int hostAddress, int hostPort) {}

    BridgeDriver(String engineId) {
        this.engineId = engineId;
        this.relay = new PortRelay("caisson-ports-" + engineId);
    }

    @Override
    public String name() {
        return BridgeProvider.NAME;
    }

    @Override
    public NamespaceKind namespace() {
        return NamespaceKind.PRIVATE;
    }

    @Override
    public Network create(NetworkSpec spec) {
        throw new NetworkProblem(Stage.NETWORK, "network '" + spec.name() + "' cannot be created: in this version the driver bridge has one network, named bridge",
                "give the container network(\"bridge\")");
    }

    /** There is none that {@link #create} made. */
    @Override
    public void remove(Network network) {}

    private synchronized Router router() {
        if (closed) {
            throw new NetworkProblem(Stage.NETWORK, "the network driver bridge is closed", "");
        }
        Router current = router;
        if (current == null) {
            current = Router.open(engineId, resolvConf());
            router = current;
            addresses = new AddressPool(current.containers());
            namespaceThread = new NamespaceThread(Namespaces.Kind.NET);
        }
        return current;
    }

    private static String resolvConf() {
        try {
            return Files.readString(Path.of("/etc/resolv.conf"), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public Attachment attach(AttachRequest request, NamespaceRef namespace) {
        if (namespace.descriptor() < 0) {
            throw new NetworkProblem(Stage.NETWORK, "container " + request.containerId() + " cannot be connected to the bridge: it has the host's network"
                    + (request.ports().isEmpty() ? "" : ", port " + request.ports().get(0).containerPort() + "/" + request.ports().get(0).protocol()
                    + " is there already"), "leave networkHost() out");
        }
        try {
            Router via = router();
            int address = java.util.Objects.requireNonNull(addresses).take(request.containerId());
            Member member = new Member("c" + ports.incrementAndGet(), address);
            members.put(request.containerId(), member);
            try {
                List<PortMapping> published = new ArrayList<>();
                for (PortMapping wanted : request.ports()) {
                    published.add(publish(via, member, wanted, request.containerId())); // first: a taken port costs nothing yet
                }
                member.connected = true;
                via.connect(member.port, address, namespace.descriptor());
                configure(via, address, namespace.descriptor());
                return new Attachment(request.containerId(), List.of(new Prefix(address, via.containers().length()).toString()), List.of(), published, Undo.NOTHING);
            } catch (RuntimeException | Error e) {
                try {
                    release(request.containerId());
                } catch (RuntimeException second) {
                    e.addSuppressed(second);
                }
                throw e;
            }
        } catch (NetlinkRefusal e) {
            throw new NetworkProblem(Stage.NETWORK, "container " + request.containerId() + " could not be connected to the bridge: " + e.getMessage(),
                    "bridge networks need CAP_NET_ADMIN and the kernel's veth, bridge and nf_tables; networkNone() and networkHost() need none of them", e);
        }
    }

    private void configure(Router via, int address, int namespace) {
        Fd borrowed = Fd.adopt(namespace);
        try {
            java.util.Objects.requireNonNull(namespaceThread).call(borrowed, () -> {
                Router.write("ipv6/conf/eth0/disable_ipv6", "1"); // before it is up: no address of a network that has none
                try (Conversation inside = Conversation.open(Netlink.NETLINK_ROUTE)) {
                    inside.all(List.of(Routes.address(ETH0, new Prefix(address, via.containers().length())), Links.up("eth0"),
                            Routes.route(new Prefix(0, 0), via.gateway(), ETH0)));
                }
                return null;
            });
        } finally {
            borrowed.release();
        }
    }

    private PortMapping publish(Router via, Member member, PortMapping wanted, String container) {
        String label = "port " + wanted.containerPort() + "/" + wanted.protocol() + " of container " + container;
        if (!wanted.protocol().equals("tcp")) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published: this version publishes tcp alone", "publish a tcp port, or use networkHost()");
        }
        InetAddress where = address(wanted.hostAddress(), label);
        try {
            PortRelay.Listening held = relay.listen(new InetSocketAddress(where, wanted.hostPort()),
                    new InetSocketAddress(InetAddress.getByAddress(Prefix.bytes(member.address)), wanted.containerPort()));
            int rule = where.isLoopbackAddress() ? -1 : where.isAnyLocalAddress() ? 0 : ByteBuffer.wrap(where.getAddress()).getInt();
            member.published.add(new Published(held, -1, held.port()));
            if (rule != -1) {
                via.rules().publish(rule, held.port(), member.address, wanted.containerPort());
                member.published.set(member.published.size() - 1, new Published(held, rule, held.port()));
            }
            return new PortMapping(wanted.hostAddress(), held.port(), wanted.containerPort(), wanted.protocol());
        } catch (BindException e) {
            boolean taken = String.valueOf(e.getMessage()).contains("in use");
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on " + where.getHostAddress() + ":" + wanted.hostPort() + ": "
                    + (taken ? "EADDRINUSE (98) it is held by " + PortHolder.of(wanted.hostPort()) : e.getMessage()),
                    taken ? "end that process, or publish on another port: port(" + wanted.containerPort() + ") takes a free one" : "use an address of this host", e);
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published: " + e.getMessage(), "", e);
        }
    }

    private static InetAddress address(String text, String label) {
        try {
            if (text.isEmpty()) {
                return InetAddress.getByAddress(new byte[4]);
            }
            InetAddress parsed = text.matches("\\d{1,3}(\\.\\d{1,3}){3}") ? InetAddress.getByName(text) : null;
            if (parsed == null) {
                throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on \"" + text + "\": it is not an IPv4 address", "give one, or none for all");
            }
            return parsed;
        } catch (UnknownHostException e) {
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on \"" + text + "\": it is not an IPv4 address", "give one, or none for all", e);
        }
    }

    @Override
    public void detach(Attachment attachment) {
        release(attachment.containerId());
    }

    private void release(String container) {
        Member member = members.remove(container);
        Router via = router;
        if (member == null || via == null || closed) {
            return;
        }
        RuntimeException failure = null;
        for (Published each : member.published) {
            failure = collect(failure, () -> {
                if (each.hostAddress != -1) {
                    via.rules().unpublish(each.hostAddress, each.hostPort);
                }
            });
            failure = collect(failure, each.held::close);
        }
        if (member.connected) {
            failure = collect(failure, () -> via.disconnect(member.port, member.address));
        }
        java.util.Objects.requireNonNull(addresses).give(member.address);
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable RuntimeException collect(@Nullable RuntimeException before, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            if (before == null) {
                return e;
            }
            before.addSuppressed(e);
        }
        return before;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            relay.close();
            if (namespaceThread != null) {
                namespaceThread.close();
            }
            if (router != null) {
                router.close();
            }
        }
    }
}
