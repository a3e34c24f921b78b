package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Resources;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.core.cgroup.CgroupFarewell;
import dev.caisson.core.cgroup.CgroupLayout;
import dev.caisson.core.cgroup.CgroupPlan;
import dev.caisson.core.cgroup.CgroupRequest;
import dev.caisson.core.cgroup.CgroupSlots;
import dev.caisson.core.cgroup.CgroupView;
import dev.caisson.core.cgroup.DevicePolicy;
import dev.caisson.core.cgroup.DeviceRule;
import dev.caisson.core.cgroup.EngineCgroups;
import dev.caisson.core.cgroup.HostDevices;
import dev.caisson.core.cgroup.LeftOut;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.plan.Memo;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.linux.Fd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The engine's cgroups, and what they come to for one container. */
final class EngineGroups implements AutoCloseable {
    private final String engineId;
    private final Optional<String> parent;
    private final CgroupLayout layout = CgroupLayout.detect();
    private @Nullable CgroupFarewell farewell;
    private @Nullable EngineCgroups opened;
    private @Nullable Known known;
    /** Who has the mounts, too. */
    private @Nullable Guard reaching;

    private EngineGroups(String engineId, Optional<String> parent) {
        this.engineId = engineId;
        this.parent = parent;
    }

    /** Makes nothing yet. */
    static EngineGroups of(String engineId, Optional<String> parent) {
        try {
            parent.ifPresent(EngineCgroups::checkParent);
            return new EngineGroups(engineId, parent);
        } catch (IllegalArgumentException e) {
            throw new InvalidSpec("cgroupParent(…)", String.valueOf(e.getMessage()), "");
        }
    }

    /** What a guard must have before the first directory is made. Makes none. */
    private synchronized CgroupFarewell ending() {
        if (farewell == null) {
            farewell = CgroupFarewell.of(layout, engineId, parent, LaunchPlan.SLOT_ENGINE);
        }
        return farewell;
    }

    /** Of {@link #farewell()}, in the order of the guard's engine slots. */
    List<Fd> slots() {
        return ending().descriptors();
    }

    /** How the guard removes the engine's own directories, should the JVM be dead by then. */
    LaunchPlan farewell() {
        LaunchPlan.Builder plan = new LaunchPlan.Builder();
        ending().ops().forEach(op -> plan.add(LaunchPlan.Phase.UNDO, op));
        return plan.build();
    }

    /** Those of an engine that has left them to its guard. @param written as {@link #written()} gave it */
    static EngineGroups existing(String engineId, List<String> written) {
        EngineGroups groups = new EngineGroups(engineId, Optional.empty());
        groups.opened = EngineCgroups.existing(groups.layout, engineId, written);
        return groups;
    }

    /** For {@link #existing}. */
    List<String> written() {
        return cgroups().written();
    }

    /** Closes them, and leaves the directories to the guard. */
    synchronized void leave() {
        if (opened != null) {
            opened.leave();
        }
        if (farewell != null) {
            farewell.close();
        }
    }

    /** Makes the directories, if there are none, for a guard that knows how to remove them: its children inherit the v1 cgroups at no cost. */
    synchronized void open(Guard guard) {
        int first = LaunchPlan.SLOT_ENGINE + ending().descriptors().size();
        if (opened == null) {
            opened = EngineCgroups.open(layout, engineId, parent, first);
        }
        guard.slots(first, opened.descriptors());
        opened.adopt(guard.pid());
    }

    /**
     * Before a container is launched by a guard: it gets the mounts, if that one is to be outside the engine's directories.
     *
     * @throws UnsupportedOnThisHost if there are more hierarchies than it can have
     */
    synchronized void reach(Guard guard, ContainerSpec spec) {
        if (GivenCgroups.path(spec).isEmpty() || reaching == guard) {
            return;
        }
        List<Fd> handles = cgroups().handles();
        try {
            if (cgroups().firstTop() + handles.size() > LastMessages.FIRST_SLOT) {
                throw new UnsupportedOnThisHost(Stage.PLAN, "config.json linux.cgroupsPath is not possible: this host has " + handles.size() + " cgroup hierarchies", "mount fewer of version 1, or leave it out");
            }
            guard.slots(cgroups().firstTop(), handles);
            reaching = guard;
        } finally {
            handles.forEach(Fd::close);
        }
    }

    private synchronized EngineCgroups cgroups() {
        return Objects.requireNonNull(opened, "opened with the guard");
    }

    /** Kills and removes what a dead engine left. */
    void sweep(String deadEngine, Path directory) {
        EngineCgroups.sweep(layout, parent, deadEngine::equals);
        GivenCgroups.sweep(layout, directory);
    }

    /** {@code 1} and {@code 2}, as far as they are used. */
    List<String> versions() {
        boolean v2 = cgroups().slots().slots().stream().anyMatch(s -> s.hierarchy().unified());
        return EngineFacts.versions(cgroups().slots().slots().stream().anyMatch(s -> !s.hierarchy().unified()), v2);
    }

    /** What containers cannot use here. */
    List<LeftOut> leftOut() {
        return cgroups().leftOut();
    }

    /**
     * What the cgroups of a container are to be.
     *
     * @throws dev.caisson.UnsupportedOnThisHost if a limit the caller asked for cannot be enforced, unless best effort
     */
    ContainerGroup plan(ContainerSpec spec, String id) {
        Known current = known();
        if (!GivenCgroups.path(spec).isEmpty()) {
            CgroupRequest request = request(spec, id).at(GivenCgroups.place(cgroups(), parent, spec));
            return new ContainerGroup(cgroups(), CgroupPlan.of(current.slots, request, HostDevices::node), spec.security().namespaces().cgroupHost(), current.view);
        }
        boolean named = !spec.resources().throttles().isEmpty() || !spec.resources().deviceWeights().isEmpty() || !spec.files().devices().isEmpty(); // which may be others by now
        CgroupPlan plan = named ? compile(current, spec, id) : current.plans.get(new Asked(spec.resources(), spec.security().privileged(), spec.files().deviceRules(), spec.life().bestEffort(), SharedNamespaces.ownPids(spec)), () -> compile(current, spec, id));
        return new ContainerGroup(cgroups(), plan.name().equals(id) ? plan : plan.named(id), spec.security().namespaces().cgroupHost(), current.view);
    }

    private static CgroupPlan compile(Known current, ContainerSpec spec, String id) {
        return CgroupPlan.of(current.slots, request(spec, id), HostDevices::node);
    }

    /** What was worked out lately, of the cgroups there are now. */
    private synchronized Known known() {
        CgroupSlots slots = cgroups().slots();
        if (known == null || known.slots != slots) {
            known = new Known(slots);
        }
        return known;
    }

    /** Everything of a spec without devices that {@link #request} looks at. */
    private record Asked(Resources resources, boolean privileged, List<String> rules, boolean bestEffort, boolean ownPids) {}

    private static final class Known {
        private final CgroupSlots slots;
        private final PlanInput.View view;
        private final Memo<Asked, CgroupPlan> plans = new Memo<>();

        Known(CgroupSlots slots) {
            this.slots = slots;
            this.view = context -> CgroupView.ops(slots, context.root(), context::slot).forEach(context::child);
        }
    }

    /** A running container's, with the limits of another spec, which hold in the kernel then. */
    ContainerGroup exchange(ContainerGroup now, ContainerSpec spec, String id) {
        return now.exchange(plan(spec, id), request(spec, id));
    }

    private static CgroupRequest request(ContainerSpec spec, String id) {
        return CgroupRequest.of(id).resources(spec.resources()).devices(devices(spec)).bestEffort(spec.life().bestEffort())
                .ownPidNamespace(SharedNamespaces.ownPids(spec));
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
    public synchronized void close() {
        if (farewell != null) {
            farewell.close();
        }
        if (opened != null) {
            opened.close();
        }
    }
}
