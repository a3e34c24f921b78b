package dev.caisson;

import dev.caisson.spi.Given;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Says what a pod is to be: what its containers share. Mutable, no I/O; list-like methods accumulate. */
public final class PodBuilder {
    private final Engine engine;
    private final ContainerBuilder holder;
    private final List<ContainerSpec> containers = new ArrayList<>();
    private boolean sharePid;

    PodBuilder(Engine engine, String name) {
        this.engine = engine;
        this.holder = new ContainerBuilder(engine, new RootSource.Directory(Path.of("/"), false)).name(name).label(PodSpec.LABEL, name)
                .readOnly(ReadOnly.STRICT).user("65534:65534").capDrop(Capability.ALL).noNewPrivileges().pids(64);
    }

    /**
     * Publishes a TCP port of the pod on a free port of all addresses of the host; {@link Pod#port} says which.
     *
     * @param port 1 to 65535, of whichever of its containers listens there
     * @return this builder
     */
    public PodBuilder port(int port) {
        holder.port(port);
        return this;
    }

    /**
     * Publishes a TCP port of the pod on all addresses of the host.
     *
     * @param hostPort 1 to 65535; 0 for a free one
     * @param port of whichever of its containers listens there
     * @return this builder
     */
    public PodBuilder port(int hostPort, int port) {
        holder.port(hostPort, port);
        return this;
    }

    /**
     * Publishes a port of the pod on one address of the host.
     *
     * @param hostAddress one of the host's, {@code 127.0.0.1}; "" for all
     * @param hostPort 1 to 65535; 0 for a free one
     * @param port of whichever of its containers listens there
     * @param protocol TCP, UDP, or SCTP where the kernel has it
     * @return this builder
     */
    public PodBuilder port(String hostAddress, int hostPort, int port, Protocol protocol) {
        holder.port(hostAddress, hostPort, port, protocol);
        return this;
    }

    /**
     * A network by name; its containers are known there by the pod's name. Default {@code bridge} when a port is published or there is an {@link #egress} policy, else {@code none}.
     *
     * @param name {@code none}, {@code host}, {@code bridge}, or of one that was made; may be given several times
     * @return this builder
     */
    public PodBuilder network(String name) {
        holder.network(name);
        return this;
    }

    /**
     * The same with an address or names there.
     *
     * @param name as {@link #network(String)}
     * @param settings its address and further names on that network
     * @return this builder
     */
    public PodBuilder network(String name, Consumer<NetworkEndpoint> settings) {
        holder.network(name, settings);
        return this;
    }

    /**
     * Its host name; default the first 12 digits of its id.
     *
     * @param name at most 64 characters
     * @return this builder
     */
    public PodBuilder hostname(String name) {
        holder.hostname(name);
        return this;
    }

    /**
     * A line for its {@code /etc/hosts}.
     *
     * @param host the name
     * @param address an IP address, or {@code host-gateway} for the host
     * @return this builder
     */
    public PodBuilder addHost(String host, String address) {
        holder.addHost(host, address);
        return this;
    }

    /**
     * A name server for its {@code /etc/resolv.conf}; default the engine's or the host's.
     *
     * @param address an IP address; further ones accumulate
     * @return this builder
     */
    public PodBuilder dns(String address) {
        holder.dns(address);
        return this;
    }

    /**
     * A kernel parameter of its network and IPC namespaces.
     *
     * @param key of those that {@link ContainerBuilder#sysctl} takes
     * @param value one line
     * @return this builder
     */
    public PodBuilder sysctl(String key, String value) {
        holder.sysctl(key, value);
        return this;
    }

    /**
     * Size of the {@code /dev/shm} that its containers share; default 64 MiB.
     *
     * @param size such as {@code 256m}, units of 1024
     * @return this builder
     */
    public PodBuilder shm(String size) {
        holder.shm(size);
        return this;
    }

    /**
     * What it may send and receive on each network; see {@link ContainerBuilder#bandwidth}.
     *
     * @param egress such as {@code 10mbit}; "" for no limit
     * @param ingress written alike
     * @return this builder
     */
    public PodBuilder bandwidth(String egress, String ingress) {
        holder.bandwidth(egress, ingress);
        return this;
    }

    /**
     * What its containers may reach outside its networks; see {@link ContainerBuilder#egress}.
     *
     * @param policy fills the policy, which replaces one given before
     * @return this builder
     */
    public PodBuilder egress(Consumer<EgressBuilder> policy) {
        holder.egress(policy);
        return this;
    }

    /**
     * Metadata of its holder.
     *
     * @param key not empty
     * @param value any text
     * @return this builder
     */
    public PodBuilder label(String key, String value) {
        holder.label(key, value);
        return this;
    }

    /**
     * Its containers see each other's processes, and may signal them as far as their users may.
     *
     * @return this builder
     */
    public PodBuilder sharePid() {
        sharePid = true;
        return this;
    }

    /**
     * A container that it begins with. Each is started when those before it are ready.
     *
     * @param container what it says that is the pod's to say is refused by {@link #spec()}
     * @return this builder
     */
    public PodBuilder add(ContainerSpec container) {
        Given.one(container);
        containers.add(container);
        return this;
    }

    /**
     * The same.
     *
     * @param container asked for its spec now
     * @return this builder
     * @throws InvalidSpec listing every wrong value of it
     */
    public PodBuilder add(ContainerBuilder container) {
        Given.one(container);
        return add(container.spec());
    }

    /**
     * The spec as a value.
     *
     * @return may be kept and started any number of times
     * @throws InvalidSpec listing every wrong value
     */
    public PodSpec spec() {
        if (holder.spec().network().name().startsWith("container:")) {
            throw new InvalidSpec("network(\"" + holder.spec().network().name() + "\")", "is not for pods: a pod has a network namespace of its own", "leave it out");
        }
        PodSpec spec = new PodSpec(holder.spec(), sharePid, containers);
        containers.forEach(spec::member);
        return spec;
    }

    /**
     * Makes the namespaces and starts its containers; if one fails, nothing is left of the pod.
     *
     * @return running, each of its containers ready for what it was to wait for
     * @throws InvalidSpec if a value is wrong, or the name is taken
     * @throws LaunchFailed if a container cannot be started
     * @throws NotReady if one does not become ready
     */
    public Pod start() {
        return engine.run(spec());
    }
}
