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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Connects each container by a process of its own. All have the same address, as nobody but that process sees it. */
public final class SlirpDriver implements NetworkDriver {
    static final String ADDRESS = "10.0.2.100";
    static final String RESOLVER = "10.0.2.3";
    private static final String NETWORK = ADDRESS + "/24";

    private final Path run;
    private final Carrier carrier;
    private final Map<String, Connected> connected = new ConcurrentHashMap<>();
    private final AtomicInteger sockets = new AtomicInteger();

    /** One container: its ports are held from its being attached until the process holds them. */
    private static final class Connected {
        private final List<HeldPort> held = new ArrayList<>();
        private Carrier.@Nullable Carrying process;
    }

    SlirpDriver(Path run, Carrier carrier) {
        this.run = run;
        this.carrier = carrier;
    }

    @Override
    public String name() {
        return carrier.name();
    }

    @Override
    public NamespaceKind namespace() {
        return NamespaceKind.LATE;
    }

    @Override
    public Network create(NetworkSpec spec) {
        throw new NetworkProblem(Stage.NETWORK, "network '" + spec.name() + "' cannot be made: containers of " + name() + " have no neighbours", "run the JVM as root and use the driver bridge");
    }

    @Override
    public void remove(Network network) {
        // there are none
    }

    @Override
    public Attachment attach(AttachRequest request, NamespaceRef namespace) {
        String who = "container " + request.containerId();
        refuse(carrier, !request.address().isEmpty() || !request.address6().isEmpty(), who + " cannot choose its address", "leave ip(…) and ip6(…) out: it is " + NETWORK);
        refuse(carrier, !request.hostPorts().isEmpty(), who + " cannot see single ports of the host's loopback", "leave exposeHostPort(…) out, or use networkHost(), with which it sees all of them");
        carrier.check(who, request.ports());
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
        return new Attachment(request.containerId(), "", List.of(NETWORK), List.of(RESOLVER), "", ports);
    }

    static void refuse(Carrier carrier, boolean asked, String what, String remedy) {
        if (asked) {
            throw new UnsupportedOnThisHost(Stage.NETWORK, what + " on a network of " + carrier.name() + ", which an ordinary user's containers have", remedy);
        }
    }

    private HeldPort hold(String who, PortMapping wanted) {
        String label = "port " + wanted.containerPort() + "/" + wanted.protocol() + " of " + who;
        refuse(carrier, !wanted.protocol().equals("tcp") && !wanted.protocol().equals("udp"), label + " cannot be published", "tcp and udp are");
        refuse(carrier, wanted.hostAddress().indexOf(':') >= 0, label + " cannot be published on " + wanted.hostAddress(), "publish on an IPv4 address");
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
            try {
                Path program = Carrier.find(name()).orElseThrow(() -> new IOException("the program " + name() + " is gone"));
                known.process = carrier.begin(program, pid, run.resolve("carrier-" + sockets.incrementAndGet()), attachment.ports(), () -> {
                    known.held.forEach(HeldPort::close);
                    known.held.clear();
                });
            } catch (IOException e) {
                if (over(pid)) { // whatever was missed then was its own
                    throw new NetworkProblem(Stage.NETWORK, "container " + name + " ended before " + name() + " had connected it", "look for who killed it (the kernel log tells of the OOM killer)", e);
                }
                throw new NetworkProblem(Stage.NETWORK, "container " + name + " could not be connected by " + name() + ": " + e.getMessage(),
                        "it needs /dev/net/tun and a user namespace of this user's: Containers.check()", e);
            }
        }
    }

    /** Whether it is dead, waited for or not. */
    private static boolean over(int pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1).matches("(?s).*\\) [ZX] .*");
        } catch (IOException e) {
            return true;
        }
    }

    private static void end(Connected known) {
        Carrier.Carrying process = known.process;
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
