package dev.caisson;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parts of a spec of which nothing was said, one object of each. Most containers have most of them: that they need no check, and are equal to another container's, is
 * seen by comparing references. Which options make a part another is held by {@code BuilderEffectsTest}.
 */
final class Unsaid {
    static final ContainerSpec.Files FILES = new ContainerSpec.Files(ReadOnly.NO, List.of(), 64L << 20, List.of(), List.of(), List.of(), List.of());
    static final ContainerSpec.Identity IDENTITY = new ContainerSpec.Identity("", "", Map.of(), List.of(), List.of(), List.of());
    static final ContainerSpec.Security SECURITY = new ContainerSpec.Security(Set.of(), Set.of(), false, false, new SeccompChoice.Default(), Map.of(), false, Duration.ZERO,
            UserNamespace.host(), ContainerSpec.Namespaces.OWN, false, SandboxTier.NAMESPACES, ContainerSpec.Labels.NONE);
    static final ContainerSpec.Network NETWORK = new ContainerSpec.Network(List.of(), List.of(), false, List.of(), List.of(), Bandwidth.UNLIMITED, Egress.OPEN);
    static final ContainerSpec.Log LOG = new ContainerSpec.Log("", Map.of());
    static final ContainerSpec.Life LIFE = new ContainerSpec.Life(null, Duration.ofSeconds(10), null, false, false, ContainerBuilder.OUTPUT_LIMIT, List.of(),
            ContainerBuilder.WAIT_TIMEOUT, HealthCheck.OF_IMAGE, RestartPolicy.no(), false);

    private Unsaid() {}
}
