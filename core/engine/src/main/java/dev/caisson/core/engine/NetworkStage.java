package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.linux.Fd;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.NetworkDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The stage NETWORK: which namespace a container gets, and what it is connected to.
 *
 * @param namespace made before the launch, for the launch message; empty for one made with the clone, or the host's
 */
record NetworkStage(PlanInput.NetworkNamespace kind, Optional<Fd> namespace) {
    /** Networks with nothing to connect, for which a namespace made with the clone will do. */
    private static final String NONE = "none";

    static NetworkStage connect(LocalEngine engine, ContainerSpec spec, RunContext run, ImageDefaults image, String hostname, boolean users) {
        String name = spec.network().chosen();
        NetworkDriver driver = engine.drivers().network(name);
        boolean host = driver.namespace() == NetworkDriver.NamespaceKind.HOST;
        if (users && !host && !name.equals(NONE)) {
            throw new NetworkProblem(Stage.NETWORK, "container " + run.name() + " cannot be connected to network '" + name
                    + "': it has a user namespace of its own, and so a network namespace that does not exist before it", "use networkNone(), or no user namespace");
        }
        Optional<Fd> ready = host || users ? Optional.empty() : engine.namespaces().take();
        if (!host && ready.isEmpty() && !name.equals(NONE)) {
            ready = Optional.of(NamespacePool.make());
        }
        try {
            NamespaceRef namespace = ready.map(fd -> new NamespaceRef(fd.value())).orElse(NamespaceRef.HOST);
            Attachment attachment = driver.attach(new AttachRequest(run.id(), hostname, null, List.of(), ports(spec.network(), image)), namespace);
            run.undoStack().push("network", () -> driver.detach(attachment));
            run.network(name, attachment);
            if (!attachment.addresses().isEmpty()) {
                run.keepNamespace(ready.orElseThrow().dup());
            }
        } catch (RuntimeException | Error e) {
            ready.ifPresent(Fd::close);
            throw e;
        }
        return new NetworkStage(host ? PlanInput.NetworkNamespace.HOST : ready.isPresent() ? PlanInput.NetworkNamespace.GIVEN : PlanInput.NetworkNamespace.NEW,
                ready);
    }

    /** Those asked for, then those of the image that were not. */
    private static List<PortMapping> ports(ContainerSpec.Network network, ImageDefaults image) {
        List<PortMapping> ports = new ArrayList<>();
        network.ports().forEach(p -> ports.add(new PortMapping(p.hostAddress(), p.hostPort(), p.containerPort(), "tcp")));
        if (network.publishAll()) {
            for (String exposed : image.exposed()) {
                String[] parts = exposed.split("/", 2);
                int port = Integer.parseInt(parts[0]);
                if (ports.stream().noneMatch(p -> p.containerPort() == port)) {
                    ports.add(new PortMapping("", 0, port, parts.length == 2 ? parts[1] : "tcp"));
                }
            }
        }
        return ports;
    }
}
