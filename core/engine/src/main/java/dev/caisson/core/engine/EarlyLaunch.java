package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.UserNamespace;
import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.spec.Sysctls;
import java.util.List;
import java.util.Map;

/**
 * A start whose child is cloned first: it makes its cgroups, its namespaces and the file systems of the kernel's while the engine makes the root file system, looks
 * up the user and compiles the rest, which then follows as a second plan. Both take about the same time, on two processors.
 */
final class EarlyLaunch {
    private EarlyLaunch() {}

    /** Not where the first part would need what comes later: maps, a terminal, another's namespaces, a network that has to be connected. */
    static boolean possible(LocalEngine engine, ContainerSpec spec) {
        List<ContainerSpec.Endpoint> networks = spec.network().chosen();
        return !engine.powers().rootless() && spec.security().users() instanceof UserNamespace.Host && !spec.process().tty()
                && spec.security().namespaces().equals(ContainerSpec.Namespaces.OWN) && networks.size() == 1 && SpareKey.ANYBODYS.contains(networks.get(0).network());
    }

    static PlanCompiler.Compiled plan(ContainerSpec spec, String hostname, PlanInput.NetworkNamespace network, PlanInput.Cgroup cgroup, boolean reportRunning) {
        ContainerSpec.Security security = spec.security();
        boolean ownNetwork = network != PlanInput.NetworkNamespace.HOST;
        PlanInput.Root root = new PlanInput.Root(false, List.of(), List.of(), DeviceNodes.of(spec.files().devices(), security.privileged()), List.of(), List.of(),
                security.privileged(), spec.files().shmSize());
        PlanInput.Process process = new PlanInput.Process(List.of(), List.of(), List.of(), "/", 0, 0, null, false, false, spec.process().oomScoreAdj(), Map.of());
        return PlanCompiler.early(new PlanInput(hostname, spec.identity().domainName(), network, PlanInput.Spaces.OWN, root, process,
                new PlanInput.Privilege(0, 0, 0, 0, 0, 0, false, null, 0, false, false), cgroup, Sysctls.of(security.sysctls(), ownNetwork, false), security.timeNamespace(),
                security.bootTimeOffset(), null, reportRunning));
    }
}
