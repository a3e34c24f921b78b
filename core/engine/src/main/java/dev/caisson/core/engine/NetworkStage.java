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
 * @param networks to which it is to be connected
 */
record NetworkStage(PlanInput.NetworkNamespace kind, Optional<Fd> namespace, List<NetworkRoom.Resolved> networks) {
    /** A network with nothing to connect, for which a namespace made with the clone will do. */
    static final String NONE = "none";
    private static final String CONTAINER = "container:";

    /** The first part, after which its process may be cloned into the namespace. */
    static NetworkStage choose(LocalEngine engine, ContainerSpec spec, RunContext run, boolean users) {
        List<Endpoint> endpoints = spec.network().chosen();
        OciSettings oci = spec.oci();
        if (oci != null && oci.namespaces().containsKey("network")) {
            Fd namespace = OciHooks.namespace(oci.namespaces().get("network"), "net");
            requireNobodyHeld(run, namespace, "container " + run.name() + " cannot have the network namespace " + oci.namespaces().get("network"));
            return given(run, namespace, List.of());
        }
        String first = endpoints.get(0).network();
        if (first.startsWith(CONTAINER)) {
            return join(run, joined(engine, spec).orElseThrow(), users);
        }
        List<NetworkRoom.Resolved> networks = endpoints.stream().map(e -> engine.networkRoom().resolve(e.network())).toList();
        NetworkDriver.NamespaceKind wanted = networks.get(0).driver().namespace();
        boolean late = wanted == NetworkDriver.NamespaceKind.LATE;
        if (late && !engine.powers().rootless()) {
            throw new NetworkProblem(Stage.NETWORK, "container " + run.name() + " cannot be connected to network '" + first + "': it is for the containers of ordinary users", "use bridge");
        }
        if (users && wanted == NetworkDriver.NamespaceKind.PRIVATE && !first.equals(NONE)) {
            throw new NetworkProblem(Stage.NETWORK, "container " + run.name() + " cannot be connected to network '" + first
                    + "': it has a user namespace of its own, and so a network namespace that does not exist before it", "use networkNone(), or no user namespace");
        }
        run.undoStack().push("network", run.connections()::end);
        if (wanted == NetworkDriver.NamespaceKind.HOST) {
            return new NetworkStage(PlanInput.NetworkNamespace.HOST, Optional.empty(), networks);
        }
        Optional<Fd> ready = users ? Optional.empty() : engine.connectedAhead().take(networks.get(0), endpoints.get(0)).map(ahead -> ahead(run, ahead)).or(engine.namespaces()::take);
        if (!late && ready.isEmpty() && !first.equals(NONE)) {
            ready = Optional.of(NamespacePool.make());
        }
        return new NetworkStage(ready.isPresent() ? PlanInput.NetworkNamespace.GIVEN : PlanInput.NetworkNamespace.NEW, ready, networks);
    }

    private static Fd ahead(RunContext run, ConnectedAhead.Ready ready) {
        run.connections().ahead(ready.network().name(), ready.network().driver(), ready.attachment());
        return ready.namespace();
    }

    /** As the other, of a container that is nobody's yet; it has its place on the network already. @throws NetworkProblem if it can have none ahead */
    static NetworkStage chooseAhead(LocalEngine engine, ContainerSpec spec, RunContext run, boolean users) {
        Optional<NetworkRoom.Resolved> network = engine.networkRoom().attachable(spec.network().chosen().get(0));
        if (network.isEmpty() || users) {
            return choose(engine, spec, run, users);
        }
        run.undoStack().push("network", run.connections()::end);
        ConnectedAhead.Ready ready = ConnectedAhead.make(engine, network.get(), run.id()).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, "network '" + network.get().name()
                + "' has no addresses to spare for containers made ahead", "give it a larger subnet(…), or make none ahead: Engine.builder().spares(0)"));
        return given(run, ahead(run, ready), List.of(network.get()));
    }

    /** The second part. */
    void connect(RunContext run, ContainerSpec spec, ImageDefaults image, String hostname) {
        if (networks.isEmpty()) {
            return; // it is in another's namespace
        }
        NamespaceRef reference = namespace.map(fd -> new NamespaceRef(fd.value())).orElse(NamespaceRef.HOST);
        for (int i = 0; i < networks.size(); i++) {
            NetworkRoom.Resolved network = networks.get(i);
            AttachRequest request = request(run, spec, image, hostname, i);
            if (i > 0 || !run.connections().assign(network.name(), request, reference)) {
                run.connections().add(network.name(), network.driver(), request, reference);
            }
        }
        limit(run, spec);
        boolean late = networks.get(0).driver().namespace() == NetworkDriver.NamespaceKind.LATE;
        if (!late && (networks.stream().anyMatch(n -> n.network() != null) || !run.connections().addresses().isEmpty())) { // an interface may have no address
            run.network().keep(namespace.orElseThrow().dup(), run.undoStack());
        }
    }

    /** The second part for a container that was nobody's. @return false if its place was taken back */
    boolean assign(RunContext run, ContainerSpec spec, ImageDefaults image, String hostname) {
        try (Fd kept = run.network().again().orElse(Fd.CWD)) {
            if (kept == Fd.CWD) {
                return true; // it has nothing to be connected to
            }
            boolean assigned = run.connections().assign(networks.get(0).name(), request(run, spec, image, hostname, 0), new NamespaceRef(kept.value()));
            if (assigned) {
                limit(run, spec);
            }
            return assigned;
        }
    }

    private AttachRequest request(RunContext run, ContainerSpec spec, ImageDefaults image, String hostname, int i) {
        List<PortMapping> ports = i == outward(networks) ? ports(spec.network(), image) : List.of();
        return request(run, spec.network().chosen().get(i), hostname, networks.get(i), ports, i == 0 ? spec.network().hostPorts() : List.of());
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
                endpoint.linkLocal(), run.connections().egress(run.spec().network().egress()), attempt -> run.happened(words(attempt)));
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

    /** Whether its network namespace is no other container's. */
    static boolean own(ContainerSpec spec) {
        return !spec.network().name().startsWith(CONTAINER);
    }

    /** The container whose network namespace a spec asks for, if it asks for one. */
    static Optional<LiveContainer> joined(LocalEngine engine, ContainerSpec spec) {
        if (own(spec)) {
            return Optional.empty();
        }
        String other = spec.network().name().substring(CONTAINER.length());
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
        requireNobodyHeld(run, namespace, what);
        return given(run, namespace, List.of());
    }

    /** @param namespace closed if this throws */
    private static void requireNobodyHeld(RunContext run, Fd namespace, String what) {
        if (!run.spec().netAdmin()) {
            return;
        }
        try {
            run.undoStack().closing("NET_ADMIN", run.engine().networkRoom().shared().admin(namespace, "container " + run.name() + ", which shares its network namespace,", held -> new NetworkProblem(
                    Stage.NETWORK, what + ": container " + held + ", whose it is, is held to an egress policy, and nobody is who has NET_ADMIN",
                    "leave NET_ADMIN out: capAdd(ALL) with capDrop(NET_ADMIN)")));
        } catch (RuntimeException e) {
            namespace.close();
            throw e;
        }
    }

    private static NetworkStage given(RunContext run, Fd namespace, List<NetworkRoom.Resolved> networks) {
        try {
            run.network().keep(namespace.dup(), run.undoStack());
        } catch (RuntimeException e) {
            namespace.close();
            throw e;
        }
        return new NetworkStage(PlanInput.NetworkNamespace.GIVEN, Optional.of(namespace), networks);
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
