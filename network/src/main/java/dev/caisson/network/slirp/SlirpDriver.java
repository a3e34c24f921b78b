package dev.caisson.network.slirp;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.network.ports.PortHolder;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Connects each container by a process of its own. All have the same address, as nobody but that process sees it. */
public final class SlirpDriver implements NetworkDriver {
    private static final String NETWORK = "10.0.2.100/24";
    private static final String RESOLVER = "10.0.2.3";

    private final Path run;
    private final Map<String, Connected> connected = new ConcurrentHashMap<>();
    private final AtomicInteger sockets = new AtomicInteger();

    /** One container: its ports are held from its being attached until the process holds them. */
    private static final class Connected {
        private final List<HeldPort> held = new ArrayList<>();
        private @Nullable SlirpProcess process;
    }

    SlirpDriver(Path run) {
        this.run = run;
    }

    @Override
    public String name() {
        return SlirpProvider.NAME;
    }

    @Override
    public NamespaceKind namespace() {
        return NamespaceKind.LATE;
    }

    @Override
    public Network create(NetworkSpec spec) {
        throw new NetworkProblem(Stage.NETWORK, "network '" + spec.name() + "' cannot be made: containers of slirp4netns have no neighbours", "run the JVM as root and use the driver bridge");
    }

    @Override
    public void remove(Network network) {
        // there are none
    }

    @Override
    public Attachment attach(AttachRequest request, NamespaceRef namespace) {
        String who = "container " + request.containerId();
        refuse(!request.address().isEmpty() || !request.address6().isEmpty(), who + " cannot choose its address", "leave ip(…) and ip6(…) out: it is " + NETWORK);
        refuse(!request.hostPorts().isEmpty(), who + " cannot see single ports of the host's loopback", "leave exposeHostPort(…) out, or use networkHost(), with which it sees all of them");
        datagrams(who, request.ports());
        Connected made = new Connected();
        List<PortMapping> ports = new ArrayList<>();
        try {
            for (PortMapping wanted : request.ports()) {
                HeldPort held = hold(who, wanted);
                made.held.add(held);
                ports.add(held.mapping());
            }
        } catch (RuntimeException e) {
            made.held.forEach(HeldPort::close);
            throw e;
        }
        connected.put(request.containerId(), made);
        return new Attachment(request.containerId(), "", List.of(NETWORK), List.of(RESOLVER), "", ports, Undo.NOTHING);
    }

    private static void refuse(boolean asked, String what, String remedy) {
        if (asked) {
            throw new UnsupportedOnThisHost(Stage.NETWORK, what + " on a network of slirp4netns, which an ordinary user's containers have", remedy);
        }
    }

    /** A program of the host's that sends from 127.0.0.1 comes from the gateway's address, to which libslirp lets nothing go (--disable-host-loopback); it answers by one socket a container's port. */
    private static void datagrams(String who, List<PortMapping> ports) {
        Set<Integer> seen = new HashSet<>();
        for (PortMapping port : ports) {
            if (port.protocol().equals("udp")) {
                String label = "port " + port.containerPort() + "/udp of " + who + " cannot be published ";
                refuse(port.hostAddress().startsWith("127."), label + "on " + port.hostAddress() + ", from where no answer would come,", "publish on another address of the host's, or use networkHost()");
                refuse(!seen.add(port.containerPort()), label + "twice", "publish it once: port(0, " + port.containerPort() + ", Protocol.UDP) is on all addresses");
            }
        }
    }

    private static HeldPort hold(String who, PortMapping wanted) {
        String label = "port " + wanted.containerPort() + "/" + wanted.protocol() + " of " + who;
        refuse(!wanted.protocol().equals("tcp") && !wanted.protocol().equals("udp"), label + " cannot be published", "tcp and udp are");
        refuse(wanted.hostAddress().indexOf(':') >= 0, label + " cannot be published on " + wanted.hostAddress(), "publish on an IPv4 address");
        try {
            return HeldPort.take(wanted);
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage());
            boolean taken = why.contains("in use");
            throw new NetworkProblem(Stage.NETWORK, label + " cannot be published on " + (wanted.hostAddress().isEmpty() ? "0.0.0.0" : wanted.hostAddress()) + ":" + wanted.hostPort() + ": "
                    + (taken ? "EADDRINUSE (98) it is held by " + PortHolder.of(wanted.hostPort(), wanted.protocol()) : why), taken ? "end that process, or publish on another port: port("
                    + wanted.containerPort() + ") takes a free one" : why.contains("denied") ? "ports below net.ipv4.ip_unprivileged_port_start are root's: publish on a higher one" : "", e);
        }
    }

    @Override
    public void enter(Attachment attachment, int pid) {
        Connected known = connected.get(attachment.containerId());
        if (known == null) {
            throw new NetworkProblem(Stage.NETWORK, "container " + attachment.containerId() + " was removed while it began", "run its spec again");
        }
        synchronized (known) {
            end(known); // that of the process before
            String name = attachment.containerId().substring(0, Math.min(12, attachment.containerId().length()));
            Path socket = run.resolve("slirp-" + sockets.incrementAndGet());
            try {
                known.process = SlirpProcess.start(SlirpProvider.program().orElseThrow(() -> new IOException("the program slirp4netns is gone")), pid, socket);
                known.held.forEach(HeldPort::close);
                known.held.clear();
                for (PortMapping port : attachment.ports()) {
                    String refused = SlirpProcess.publish(socket, port);
                    if (!refused.isEmpty()) {
                        throw new IOException("port " + port.hostPort() + "/" + port.protocol() + " cannot be published: " + refused + "; it is held by "
                                + PortHolder.of(port.hostPort(), port.protocol()));
                    }
                }
            } catch (IOException e) {
                end(known);
                throw new NetworkProblem(Stage.NETWORK, "container " + name + " could not be connected by slirp4netns: " + e.getMessage(),
                        "it needs /dev/net/tun and a user namespace of this user's: Containers.check()", e);
            } finally {
                forget(socket);
            }
        }
    }

    private static void forget(Path socket) {
        try {
            SlirpProcess.forget(socket);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void end(Connected known) {
        SlirpProcess process = known.process;
        known.process = null;
        if (process != null) {
            process.close();
        }
    }

    @Override
    public void detach(Attachment attachment) {
        Connected known = connected.remove(attachment.containerId());
        if (known != null) {
            synchronized (known) {
                known.held.forEach(HeldPort::close);
                end(known);
            }
        }
    }

    @Override
    public void close() {
        connected.values().forEach(c -> {
            synchronized (c) {
                c.held.forEach(HeldPort::close);
                end(c);
            }
        });
    }
}
