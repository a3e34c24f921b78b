package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.core.plan.PlanInput;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A start whose child is cloned first, into cgroups and namespaces of its own, while the engine makes the root file system, looks up the user and compiles the rest,
 * which then follows as a second plan. Both take about the same time, on two processors.
 */
final class EarlyLaunch {
    private EarlyLaunch() {}

    /** Not where the first part would need what comes later: an ordinary user's maps, a terminal, another's namespaces. */
    static boolean possible(LocalEngine engine, ContainerSpec spec) {
        return spec.oci() == null && !spec.life().detached() && !engine.powers().rootless() && !spec.process().tty()
                && spec.security().namespaces().equals(ContainerSpec.Namespaces.OWN) && NetworkStage.own(spec);
    }

    static PlanCompiler.Compiled plan(ContainerSpec spec, String hostname, PlanInput.NetworkNamespace network, PlanInput.Cgroup cgroup,
            PlanInput.@Nullable Users users, boolean reportRunning) {
        PlanInput.Root root = new PlanInput.Root(false, List.of(), List.of(), List.of(), List.of(), List.of(), false, 0);
        PlanInput.Process process = new PlanInput.Process(List.of(), List.of(), List.of(), "/", 0, 0, null, false, PlanInput.Init.NONE, 0, Map.of());
        PlanInput.Privilege privilege = new PlanInput.Privilege(0, 0, 0, 0, 0, 0, false, null, 0, false, false);
        return PlanCompiler.early(new PlanInput(hostname, spec.identity().domainName(), network, PlanInput.Spaces.OWN, root, process, privilege, cgroup, Map.of(), false,
                Duration.ZERO, users, reportRunning));
    }
}
