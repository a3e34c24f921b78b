package dev.caisson.core.engine;

import dev.caisson.ContainerDetails;
import dev.caisson.ContainerSpec;
import dev.caisson.Port;
import dev.caisson.Protocol;
import dev.caisson.RootSource;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code docker inspect}: typed, and in docker's shape. Secrets are in neither. */
final class Inspection {
    private Inspection() {}

    static ContainerDetails of(LiveContainer container) {
        RunContext run = container.run();
        ContainerSpec spec = run.spec();
        PlanInput.Process process = run.input().process();
        Chronicle when = run.chronicle();
        List<Port> ports = new ArrayList<>();
        for (PortMapping p : run.connections().ports()) {
            ports.add(new Port(p.hostAddress(), p.hostPort(), p.containerPort(), Protocol.valueOf(p.protocol().toUpperCase(Locale.ROOT))));
        }
        Map<String, String> addresses = new LinkedHashMap<>();
        run.connections().list().forEach(c -> addresses.put(c.network(), c.address(false).or(() -> c.address(true)).orElse("")));
        String image = Optional.ofNullable(when.image().id()).orElse("");
        String driver = spec.root() instanceof RootSource.Image ? run.engine().drivers().storage().name() : "";
        ContainerDetails all = new ContainerDetails(run.id(), run.name(), when.created(), when.started(), when.finished(), container.state(), container.pid(), container.exitStatus(),
                container.restartCount(), container.health(), image, process.argv(), process.env(), process.workdir(), driver, addresses, ports, spec, container.warnings(), "");
        return new ContainerDetails(all.id(), all.name(), all.created(), all.started(), all.finished(), all.state(), all.pid(), all.exit(), all.restarts(), all.health(), all.image(),
                all.program(), all.env(), all.workdir(), all.driver(), all.addresses(), all.ports(), all.spec(), all.warnings(), new InspectJson(run, container.lastExitCode()).text(all));
    }
}
