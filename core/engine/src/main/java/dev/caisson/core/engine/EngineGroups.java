package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.core.cgroup.CgroupLayout;
import dev.caisson.core.cgroup.CgroupPlan;
import dev.caisson.core.cgroup.CgroupRequest;
import dev.caisson.core.cgroup.DevicePolicy;
import dev.caisson.core.cgroup.DeviceRule;
import dev.caisson.core.cgroup.EngineCgroups;
import dev.caisson.core.cgroup.HostDevices;
import dev.caisson.core.cgroup.LeftOut;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.linux.Fd;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The engine's cgroups, and what they come to for one container. */
final class EngineGroups implements AutoCloseable {
    private final EngineCgroups cgroups;

    private EngineGroups(EngineCgroups cgroups) {
        this.cgroups = cgroups;
    }

    static EngineGroups open(String engineId, Optional<String> parent) {
        try {
            return new EngineGroups(EngineCgroups.open(CgroupLayout.detect(), engineId, parent, LaunchPlan.SLOT_ENGINE));
        } catch (IllegalArgumentException e) {
            throw new InvalidSpec("cgroupParent(…)", String.valueOf(e.getMessage()), "");
        }
    }

    /** In the order of the guard's engine slots. */
    List<Fd> slots() {
        return cgroups.descriptors();
    }

    /** How the guard removes the engine's own directories, should the JVM be dead by then. */
    LaunchPlan farewell() {
        LaunchPlan.Builder plan = new LaunchPlan.Builder();
        cgroups.farewell().forEach(op -> plan.add(LaunchPlan.Phase.UNDO, op));
        return plan.build();
    }

    /** The guard's children inherit its v1 cgroups at no cost. */
    void adopt(int guardPid) {
        cgroups.adopt(guardPid);
    }

    /** Kills and removes what a dead engine left. */
    void sweep(String deadEngine) {
        cgroups.sweep(deadEngine::equals);
    }

    /** What containers cannot use here. */
    List<LeftOut> leftOut() {
        return cgroups.leftOut();
    }

    /**
     * What the cgroups of a container are to be.
     *
     * @throws dev.caisson.UnsupportedOnThisHost if a limit the caller asked for cannot be enforced, unless best effort
     */
    ContainerGroup plan(ContainerSpec spec, String id) {
        CgroupRequest request = CgroupRequest.of(id).resources(spec.resources()).devices(devices(spec)).bestEffort(spec.life().bestEffort());
        CgroupPlan plan = CgroupPlan.of(cgroups.slots(), request, HostDevices::node);
        return new ContainerGroup(cgroups, plan);
    }

    private static DevicePolicy devices(ContainerSpec spec) {
        if (spec.security().privileged()) {
            return DevicePolicy.EVERYTHING;
        }
        List<DeviceRule> more = new ArrayList<>(DeviceNodes.rules(spec.files().devices()));
        spec.files().deviceRules().forEach(rule -> more.add(DeviceRule.parse(rule)));
        return DevicePolicy.DEFAULT.with(more);
    }

    @Override
    public void close() {
        cgroups.close();
    }
}
