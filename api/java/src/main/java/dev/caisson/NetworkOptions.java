package dev.caisson;

import dev.caisson.spi.Given;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a container is connected to: the part of {@link ContainerBuilder} that becomes {@link ContainerSpec.Network}.
 *
 * @param <B> the builder
 */
abstract sealed class NetworkOptions<B extends NetworkOptions<B>> extends SecurityOptions<B> permits ProcessOptions {
    private static final int MAX_RANGE = 1024;

    private final Map<String, NetworkEndpoint> endpoints = new LinkedHashMap<>();
    private @Nullable NetworkEndpoint last;
    private final List<Port> ports = new ArrayList<>();
    private final List<HostPort> hostPorts = new ArrayList<>();
    private final List<String> exposed = new ArrayList<>();
    private boolean publishAll;
    private Bandwidth bandwidth = Bandwidth.UNLIMITED;
    private Egress egress = Egress.OPEN;

    /**
     * A network by name ({@code --network}): {@code bridge}, one that {@link Networks#create} made, or {@code container:NAME} for the network namespace of
     * another container. May be given several times: the first with a way out has the default route and the ports. Default {@code bridge} when a port is
     * published ({@link #port}, {@link #publishAll()}), one of the host's is seen ({@link #exposeHostPort}), or there is an {@link #egress(Consumer)} policy, else {@code none}.
     *
     * @param value its name, or at least four digits of its id
     * @return this builder
     */
    public B network(String value) {
        Given.one(value);
        last = endpoints.computeIfAbsent(value, NetworkEndpoint::new);
        return self();
    }

    /**
     * The same with an address or names there.
     *
     * @param value the name of a network
     * @param settings is given the endpoint there, with what was said of it before
     * @return this builder
     */
    public B network(String value, Consumer<NetworkEndpoint> settings) {
        Given.all(value, settings);
        network(value);
        settings.accept(java.util.Objects.requireNonNull(last));
        return self();
    }

    /**
     * A network namespace with nothing but its own loopback.
     *
     * @return this builder
     */
    public B networkNone() {
        return network("none");
    }

    /**
     * The host's network.
     *
     * @return this builder
     */
    public B networkHost() {
        return network("host");
    }

    /**
     * Hands an interface of the host's over: it is the container's, under its name, with its addresses and routes, and the host's again when the container is removed. Beside other
     * networks, of which the first has the way out and the ports. Needs root. See docs/networking.md for what happens when all die.
     *
     * @param name of an interface of the host that is no port of a bridge
     * @return this builder
     */
    public B hostInterface(String name) {
        Given.one(name);
        return network(ContainerSpec.Endpoint.INTERFACE + name);
    }

    /**
     * A further name on the network named last ({@code --network-alias}); see {@link NetworkEndpoint#alias}.
     *
     * @param name letters, digits, {@code _}, {@code .} and {@code -}, beginning with a letter or digit, at most 63
     * @return this builder
     */
    public B networkAlias(String name) {
        Given.one(name);
        if (last == null) {
            problems.add("networkAlias(\"" + name + "\")", "is said of no network", "name one with network(…) before it");
        } else {
            last.alias(name);
        }
        return self();
    }

    /**
     * Its address on the network named last ({@code --ip}); see {@link NetworkEndpoint#ip}.
     *
     * @param address IPv4, from the network's subnet, without prefix length
     * @return this builder
     */
    public B ip(String address) {
        Given.one(address);
        if (last == null) {
            problems.add("ip(\"" + address + "\")", "is said of no network", "name one with network(…) before it");
        } else {
            last.ip(address);
        }
        return self();
    }

    /**
     * Its IPv6 address on the network named last ({@code --ip6}); see {@link NetworkEndpoint#ip6}.
     *
     * @param address IPv6, from the network's subnet, without prefix length
     * @return this builder
     */
    public B ip6(String address) {
        Given.one(address);
        if (last == null) {
            problems.add("ip6(\"" + address + "\")", "is said of no network", "name one with network(…) before it");
        } else {
            last.ip6(address);
        }
        return self();
    }

    /**
     * Its MAC address on the network named last ({@code --mac-address}); see {@link NetworkEndpoint#macAddress}.
     *
     * @param address such as {@code 92:d0:c6:0a:29:33}
     * @return this builder
     */
    public B macAddress(String address) {
        Given.one(address);
        if (last == null) {
            problems.add("macAddress(\"" + address + "\")", "is said of no network", "name one with network(…) before it");
        } else {
            last.macAddress(address);
        }
        return self();
    }

    /**
     * A further address on the network named last ({@code --link-local-ip}); see {@link NetworkEndpoint#linkLocalIp}.
     *
     * @param address from 169.254.1.0 to 169.254.254.255, but for 169.254.169.254; they accumulate
     * @return this builder
     */
    public B linkLocalIp(String address) {
        Given.one(address);
        if (last == null) {
            problems.add("linkLocalIp(\"" + address + "\")", "is said of no network", "name one with network(…) before it");
        } else {
            last.linkLocalIp(address);
        }
        return self();
    }

    /**
     * Publishes a TCP port on a free port of all addresses of the host ({@code --publish 80}); {@link Container#port} says which.
     *
     * @param containerPort 1 to 65535
     * @return this builder
     */
    public B port(int containerPort) {
        return port("", 0, containerPort);
    }

    /**
     * Publishes a TCP port on all addresses of the host ({@code --publish 8080:80}).
     *
     * @param hostPort 1 to 65535; 0 for a free one
     * @param containerPort 1 to 65535
     * @return this builder
     */
    public B port(int hostPort, int containerPort) {
        return port("", hostPort, containerPort);
    }

    /**
     * Publishes a port on all addresses of the host ({@code --publish 53:53/udp}).
     *
     * @param hostPort 1 to 65535; 0 for a free one
     * @param containerPort 1 to 65535
     * @param protocol TCP, UDP, or SCTP where the kernel has it
     * @return this builder
     */
    public B port(int hostPort, int containerPort, Protocol protocol) {
        return port("", hostPort, containerPort, protocol);
    }

    /**
     * Publishes a TCP port on one address of the host ({@code --publish 127.0.0.1:8080:80}).
     *
     * @param hostAddress an IP address of the host; "" for all
     * @param hostPort 1 to 65535; 0 for a free one
     * @param containerPort 1 to 65535
     * @return this builder
     */
    public B port(String hostAddress, int hostPort, int containerPort) {
        return port(hostAddress, hostPort, containerPort, Protocol.TCP);
    }

    /**
     * The same for any protocol ({@code --publish 127.0.0.1:53:53/udp}).
     *
     * @param hostAddress an IP address of the host; "" for all
     * @param hostPort 1 to 65535; 0 for a free one
     * @param containerPort 1 to 65535
     * @param protocol TCP, UDP, or SCTP where the kernel has it
     * @return this builder
     */
    public B port(String hostAddress, int hostPort, int containerPort, Protocol protocol) {
        Given.all(hostAddress, hostPort, containerPort, protocol);
        ports.add(new Port(hostAddress, hostPort, containerPort, protocol));
        return self();
    }

    /**
     * Publishes a TCP port under the same number ({@code --publish 80:80}).
     *
     * @param port 1 to 65535, of the host and of the container
     * @return this builder
     */
    public B samePort(int port) {
        return port("", port, port);
    }

    /**
     * Publishes a range of ports one to one ({@code --publish 8000-8010:7000-7010}), at most 1,024.
     *
     * @param firstHostPort the host's first; 0 for a free one for each
     * @param firstContainerPort the container's first, 1 to 65535
     * @param count 1 to 1,024
     * @param protocol TCP, UDP, or SCTP where the kernel has it
     * @return this builder
     */
    public B portRange(int firstHostPort, int firstContainerPort, int count, Protocol protocol) {
        Given.all(firstHostPort, firstContainerPort, count, protocol);
        String field = "portRange(" + firstHostPort + ", " + firstContainerPort + ", " + count + ", " + protocol.name() + ")";
        if (count < 1 || count > MAX_RANGE || firstContainerPort + count > 65536 || firstHostPort + count > 65536) {
            problems.add(field, "is not a range of 1 to " + MAX_RANGE + " ports that ends at 65535", "");
            return self();
        }
        for (int i = 0; i < count; i++) {
            port("", firstHostPort == 0 ? 0 : firstHostPort + i, firstContainerPort + i, protocol);
        }
        return self();
    }

    /**
     * Says that it listens on a TCP port, without publishing it ({@code --expose}); {@link #publishAll()} publishes it.
     *
     * @param containerPort 1 to 65535
     * @return this builder
     */
    public B expose(int containerPort) {
        return expose(containerPort, Protocol.TCP);
    }

    /**
     * The same for any protocol.
     *
     * @param containerPort 1 to 65535
     * @param protocol what it speaks there
     * @return this builder
     */
    public B expose(int containerPort, Protocol protocol) {
        Given.all(containerPort, protocol);
        problems.require(containerPort >= 1 && containerPort <= 65535, "expose(" + containerPort + ")", "is not a port from 1 to 65535", "");
        exposed.add(containerPort + "/" + protocol);
        return self();
    }

    /**
     * Refused: {@code --link} is deprecated by docker itself, and networks do what it did.
     *
     * @param container the one to be linked to
     * @param alias its name here
     * @return this builder
     */
    public B link(String container, String alias) {
        Given.all(container, alias);
        problems.add("link(\"" + container + "\", \"" + alias + "\")", "is not supported: docker has deprecated it",
                "put both on a network made with networks().create(…), where names are resolved; further ones by networkAlias(…)");
        return self();
    }

    /**
     * Publishes every port that the image declares (EXPOSE) or {@link #expose} names on a free port of the host ({@code --publish-all}).
     *
     * @return this builder
     */
    public B publishAll() {
        publishAll = true;
        return self();
    }

    /**
     * Lets the container reach a TCP port of the host's 127.0.0.1 as {@code localhost:port}, and no other of it. Carried by the JVM, which needs root for it.
     *
     * @param port 1 to 65535
     * @return this builder
     */
    public B exposeHostPort(int port) {
        return exposeHostPort(port, port);
    }

    /**
     * The same under another number inside.
     *
     * @param hostPort of the host's 127.0.0.1, 1 to 65535
     * @param containerPort of the container's 127.0.0.1, 1 to 65535
     * @return this builder
     */
    public B exposeHostPort(int hostPort, int containerPort) {
        hostPorts.add(new HostPort(hostPort, containerPort));
        return self();
    }

    /**
     * How much it may send and receive on each of its networks, in bits a second of whole frames. Can be changed while it runs: {@link Container#bandwidth(String, String)}. Needs the
     * kernel's tbf, and for egress ifb, u32 and mirred.
     *
     * @param egress what it sends, from {@code 8kbit} to {@code 100gbit}, powers of 1,000; "" for no limit
     * @param ingress what it receives, written alike
     * @return this builder
     */
    public B bandwidth(String egress, String ingress) {
        Given.all(egress, ingress);
        problems.forget("bandwidth");
        try {
            bandwidth = Bandwidth.of(egress, ingress);
        } catch (InvalidSpec e) {
            problems.add("bandwidth(\"" + egress + "\", \"" + ingress + "\")", e.problems().get(0).why(), e.problems().get(0).remedy());
        }
        return self();
    }

    /**
     * What it may reach outside its own networks, and nothing else: {@code egress(e -> e.allow("repo.example.org:443").denyAll())}. Enforced outside the container, where no
     * right inside reaches; told as the event {@code egress} ({@link EgressAttempt}). Its network is {@code bridge} if none is named. Replaces an earlier one.
     *
     * @param policy fills a policy that allows nothing
     * @return this builder
     */
    public B egress(Consumer<EgressBuilder> policy) {
        Given.one(policy);
        problems.forget("egress");
        EgressBuilder builder = new EgressBuilder();
        try {
            policy.accept(builder);
        } catch (InvalidSpec e) {
            e.problems().forEach(p -> problems.add("egress(" + p.field() + ")", p.why(), p.remedy()));
        }
        egress = builder.value();
        return self();
    }

    ContainerSpec.Network network() {
        if (endpoints.isEmpty() && ports.isEmpty() && hostPorts.isEmpty() && exposed.isEmpty() && !publishAll && bandwidth.unlimited() && egress == Egress.OPEN) {
            return Unsaid.NETWORK;
        }
        List<ContainerSpec.Endpoint> chosen = new ArrayList<>(endpoints.size());
        endpoints.values().forEach(e -> chosen.add(e.value()));
        return new ContainerSpec.Network(chosen, ports, publishAll, hostPorts, exposed, bandwidth, egress);
    }
}
