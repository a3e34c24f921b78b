package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.ContainerSpec.Endpoint;
import dev.caisson.EgressAttempt;
import dev.caisson.HostPort;
import dev.caisson.NetworkProblem;
import dev.caisson.OciSettings;
import dev.caisson.Stage;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.linux.Fd;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.NetworkDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The stage NETWORK: which namespace a container gets, and what it is connected to.
 *
 * @param namespace made before the launch, for the launch message; empty for one made with the clone, or the host's
 */
record NetworkStage(PlanInput.NetworkNamespace kind, Optional<Fd> namespace) {
    /** A network with nothing to connect, for which a namespace made with the clone will do. */
    static final String NONE = "none";
    private static final String CONTAINER = "container:";

    static NetworkStage connect(LocalEngine engine, ContainerSpec spec, RunContext run, ImageDefaults image, String hostname, boolean users) {
        List<Endpoint> endpoints = spec.network().chosen();
        OciSettings oci = spec.oci();
        if (oci != null && oci.namespaces().containsKey("network")) {
            Fd given = OciHooks.namespace(oci.namespaces().get("network"), "net");
            run.network().keep(given.dup(), run.undoStack());
            return new NetworkStage(PlanInput.NetworkNamespace.GIVEN, Optional.of(given));
        }
        String first = endpoints.get(0).network();
        if (first.startsWith(CONTAINER)) {
            return join(run, joined(engine, spec).orElseThrow(), users);
        }
        List<NetworkRoom.Resolved> networks = endpoints.stream().map(e -> engine.networkRoom().resolve(e.network())).toList();
        boolean host = networks.get(0).driver().namespace() == NetworkDriver.NamespaceKind.HOST;
        boolean late = networks.get(0).driver().namespace() == NetworkDriver.NamespaceKind.LATE;
        if (late && !engine.powers().rootless()) {
            throw new NetworkProblem(Stage.NETWORK, "container " + run.name() + " cannot be connected to network '" + first + "': it is for the containers of ordinary users", "use bridge");
        }
        if (users && !host && !late && !first.equals(NONE)) {
            throw new NetworkProblem(Stage.NETWORK, "container " + run.name() + " cannot be connected to network '" + first
                    + "': it has a user namespace of its own, and so a network namespace that does not exist before it", "use networkNone(), or no user namespace");
        }
        Optional<Fd> ready = host || users ? Optional.empty() : engine.namespaces().take();
        if (!host && !late && ready.isEmpty() && !first.equals(NONE)) {
            ready = Optional.of(NamespacePool.make());
        }
        try {
            NamespaceRef namespace = ready.map(fd -> new NamespaceRef(fd.value())).orElse(NamespaceRef.HOST);
            run.undoStack().push("network", run.connections()::end);
            int outward = outward(networks);
            for (int i = 0; i < networks.size(); i++) {
                NetworkRoom.Resolved network = networks.get(i);
                List<PortMapping> ports = i == outward ? ports(spec.network(), image) : List.of();
                run.connections().add(network.name(), network.driver(), request(run, endpoints.get(i), hostname, network, ports, i == 0 ? spec.network().hostPorts() : List.of()), namespace);
            }
            limit(run, spec);
            if (!late && (networks.stream().anyMatch(n -> n.network() != null) || !run.connections().addresses().isEmpty())) { // an interface may have no address
                run.network().keep(ready.orElseThrow().dup(), run.undoStack());
            }
        } catch (RuntimeException | Error e) {
            ready.ifPresent(Fd::close);
            throw e;
        }
        return new NetworkStage(host ? PlanInput.NetworkNamespace.HOST : ready.isPresent() ? PlanInput.NetworkNamespace.GIVEN : PlanInput.NetworkNamespace.NEW,
                ready);
    }

    private static void limit(RunContext run, ContainerSpec spec) {
        if (spec.network().bandwidth().unlimited()) {
            return;
        }
        try {
            run.connections().limit(spec.network().bandwidth());
        } catch (NetworkProblem e) {
            if (!spec.life().bestEffort()) {
                throw e;
            }
            run.warn(List.of(e.getMessage()));
        }
    }

    /** What a driver is asked for a container. */
    static AttachRequest request(RunContext run, Endpoint endpoint, String hostname, NetworkRoom.Resolved network, List<PortMapping> ports,
            List<HostPort> hostPorts) {
        List<String> names = new ArrayList<>(List.of(run.name()));
        String shortId = run.id().substring(0, 12);
        for (String name : List.of(shortId, hostname)) {
            if (!names.contains(name)) {
                names.add(name);
            }
        }
        names.addAll(endpoint.aliases());
        return new AttachRequest(run.id(), hostname, network.network(), names, ports, endpoint.ip(), run.spec().identity().dns(), hostPorts, endpoint.ip6(), endpoint.mac(),
                endpoint.linkLocal(), run.spec().network().egress(), attempt -> run.happened(words(attempt)));
    }

    /** As {@link EventLog#record} reads them; the driver has seen to it that no name has a blank. */
    static String words(EgressAttempt attempt) {
        return EgressAttempt.ACTION + " verdict=" + (attempt.allowed() ? "allowed" : "refused") + " protocol=" + attempt.protocol() + (attempt.host().isEmpty() ? "" : " host=" + attempt.host())
                + (attempt.address().isEmpty() ? "" : " address=" + attempt.address()) + (attempt.port() == 0 ? "" : " port=" + attempt.port())
                + (attempt.reason().isEmpty() ? "" : ": " + attempt.reason());
    }

    /** The one that has the ports: the first with a way out. */
    private static int outward(List<NetworkRoom.Resolved> networks) {
        for (int i = 0; i < networks.size(); i++) {
            if (networks.get(i).network() == null || !networks.get(i).network().internal()) {
                return i;
            }
        }
        return 0;
    }

    /** The container whose network namespace a spec asks for, if it asks for one. */
    static Optional<LiveContainer> joined(LocalEngine engine, ContainerSpec spec) {
        String name = spec.network().name();
        if (!name.startsWith(CONTAINER)) {
            return Optional.empty();
        }
        String other = name.substring(CONTAINER.length());
        return Optional.of(engine.table().find(other).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, "there is no container '" + other + "' whose network could be shared",
                "give the name or id of a running one of this engine")));
    }

    private static NetworkStage join(RunContext run, LiveContainer other, boolean users) {
        String what = "container " + run.name() + " cannot have the network namespace of container " + other.name();
        if (users) {
            throw new NetworkProblem(Stage.NETWORK, what + ": it has a user namespace of its own, which has no rights there", "leave userns(…) out");
        }
        Fd namespace = other.networkNamespace().orElseThrow(() -> new NetworkProblem(Stage.NETWORK, what + ": that one " + other.withoutNamespace(),
                "start it first, or use networkHost() if it does"));
        try {
            run.network().keep(namespace.dup(), run.undoStack());
        } catch (RuntimeException e) {
            namespace.close();
            throw e;
        }
        return new NetworkStage(PlanInput.NetworkNamespace.GIVEN, Optional.of(namespace));
    }

    /** Those asked for, then those exposed by the caller or the image that were not. */
    private static List<PortMapping> ports(ContainerSpec.Network network, ImageDefaults image) {
        List<PortMapping> ports = new ArrayList<>();
        network.ports().forEach(p -> ports.add(new PortMapping(p.hostAddress(), p.hostPort(), p.containerPort(), p.protocol().toString())));
        if (network.publishAll()) {
            for (String exposed : Stream.concat(network.exposed().stream(), image.exposed().stream()).distinct().toList()) {
                String[] parts = exposed.split("/", 2);
                int port = Integer.parseInt(parts[0]);
                String protocol = parts.length == 2 ? parts[1] : "tcp";
                if (ports.stream().noneMatch(p -> p.containerPort() == port && p.protocol().equals(protocol))) {
                    ports.add(new PortMapping("", 0, port, protocol));
                }
            }
        }
        return ports;
    }
}
