package dev.caisson;

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

    /** Publishes a TCP port of the pod on a free port of all addresses of the host; {@link Pod#port} says which. */
    public PodBuilder port(int port) {
        holder.port(port);
        return this;
    }

    /** Publishes a TCP port of the pod on all addresses of the host. */
    public PodBuilder port(int hostPort, int port) {
        holder.port(hostPort, port);
        return this;
    }

    /** Publishes a port of the pod on one address of the host; host port 0 for a free one, address "" for all. */
    public PodBuilder port(String hostAddress, int hostPort, int port, Protocol protocol) {
        holder.port(hostAddress, hostPort, port, protocol);
        return this;
    }

    /** A network by name; its containers are known there by the pod's name. Default {@code bridge} when a port is published, else {@code none}. */
    public PodBuilder network(String name) {
        holder.network(name);
        return this;
    }

    /** The same with an address or names there. */
    public PodBuilder network(String name, Consumer<NetworkEndpoint> settings) {
        holder.network(name, settings);
        return this;
    }

    /** Its host name; default the first 12 digits of its id. */
    public PodBuilder hostname(String name) {
        holder.hostname(name);
        return this;
    }

    /** A line for its {@code /etc/hosts}. */
    public PodBuilder addHost(String host, String address) {
        holder.addHost(host, address);
        return this;
    }

    /** A name server for its {@code /etc/resolv.conf}; default the engine's or the host's. */
    public PodBuilder dns(String address) {
        holder.dns(address);
        return this;
    }

    /** A kernel parameter of its network and IPC namespaces. */
    public PodBuilder sysctl(String key, String value) {
        holder.sysctl(key, value);
        return this;
    }

    /** Size of the {@code /dev/shm} that its containers share; default 64 MiB. */
    public PodBuilder shm(String size) {
        holder.shm(size);
        return this;
    }

    /** What it may send and receive on each network; see {@link ContainerBuilder#bandwidth}. */
    public PodBuilder bandwidth(String egress, String ingress) {
        holder.bandwidth(egress, ingress);
        return this;
    }

    /** What its containers may reach outside its networks; see {@link ContainerBuilder#egress}. */
    public PodBuilder egress(Consumer<EgressBuilder> policy) {
        holder.egress(policy);
        return this;
    }

    /** Metadata. */
    public PodBuilder label(String key, String value) {
        holder.label(key, value);
        return this;
    }

    /** Its containers see each other's processes, and may signal them as far as their users may. */
    public PodBuilder sharePid() {
        sharePid = true;
        return this;
    }

    /** A container that it begins with. Each is started when those before it are ready. */
    public PodBuilder add(ContainerSpec container) {
        containers.add(container);
        return this;
    }

    /** The same. */
    public PodBuilder add(ContainerBuilder container) {
        return add(container.spec());
    }

    /**
     * The spec as a value.
     *
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
     * @throws InvalidSpec if a value is wrong, or the name is taken
     * @throws LaunchFailed if a container cannot be started
     */
    public Pod start() {
        return engine.run(spec());
    }
}
