package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.core.cgroup.CgroupPlan;
import dev.caisson.core.cgroup.CgroupUsage;
import dev.caisson.core.cgroup.ContainerCgroup;
import dev.caisson.core.cgroup.CgroupRequest;
import dev.caisson.core.cgroup.EngineCgroups;
import dev.caisson.core.cgroup.ExecCgroup;
import dev.caisson.core.cgroup.HostDevices;
import dev.caisson.core.cgroup.LimitChange;
import dev.caisson.core.cgroup.LiveCounters;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.linux.Bpf;
import dev.caisson.linux.Fd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The cgroups of one container: as operations of its plan, and as what can be asked and told while it runs. */
final class ContainerGroup {
    private final EngineCgroups cgroups;
    private final CgroupPlan plan;
    private final ContainerCgroup live;
    private final boolean hostView;
    private final PlanInput.View view;
    private final AtomicInteger execs;

    /**
     * @param hostView whether its processes stay in the host's cgroup namespace
     * @param view how it sees the cgroup file systems
     */
    ContainerGroup(EngineCgroups cgroups, CgroupPlan plan, boolean hostView, PlanInput.View view) {
        this(cgroups, plan, hostView, view, new AtomicInteger());
    }

    private ContainerGroup(EngineCgroups cgroups, CgroupPlan plan, boolean hostView, PlanInput.View view, AtomicInteger execs) {
        this.view = view;
        this.hostView = hostView;
        this.execs = execs;
        this.cgroups = cgroups;
        this.plan = plan;
        this.live = new ContainerCgroup(cgroups, plan);
    }

    /** Another JVM has counted before: its numbers are not used again. */
    ContainerGroup adopted() {
        execs.set(1 + new java.security.SecureRandom().nextInt(1 << 30));
        return this;
    }

    List<String> warnings() {
        return plan.warnings();
    }

    PlanInput.Cgroup operations() {
        return new PlanInput.Cgroup(plan.ops(Phase.PREPARE), plan.ops(Phase.PREFIX).stream().filter(op -> !hostView || op.code() != OpCode.UNSHARE).toList(),
                view, plan.ops(Phase.REPORT), plan.ops(Phase.UNDO),
                plan.deviceFilter().map(f -> (java.util.function.IntFunction<Op>) f::op).orElse(null));
    }

    /** The v2 device program of a container that needs one of its own, loaded. */
    Optional<Fd> deviceFilter() {
        return plan.deviceFilter().map(f -> Bpf.loadDeviceFilter(f.program()));
    }

    Usage usage(GuardExit exit) {
        List<byte[]> reports = new ArrayList<>();
        for (int i = 0; i < plan.ops(Phase.REPORT).size(); i++) {
            reports.add(exit.reports().getOrDefault(i, new byte[0]));
        }
        CgroupUsage used = plan.usage(reports);
        return new Usage(used.cpuNanos() < 0 ? exit.cpu() : used.cpuTime(), used.peakMemoryBytes() < 0 ? exit.maxRssKib() * 1024 : used.peakMemoryBytes(),
                used.oomKilled());
    }

    Container.Stats stats() {
        CgroupUsage used = live.usage();
        return new Container.Stats(used.cpuTime(), Math.max(0, used.memoryBytes()), Math.max(0, used.peakMemoryBytes()), Math.max(0, used.pids()),
                used.oomKilled());
    }

    CgroupUsage used() {
        return live.usage();
    }

    LiveCounters counters() {
        return new LiveCounters(cgroups, plan);
    }

    /** The same with the limits of another: they are exchanged in the kernel. @param request what that one was made of */
    ContainerGroup exchange(ContainerGroup other, CgroupRequest request) {
        new LimitChange(cgroups, plan, request, HostDevices::node).apply();
        return new ContainerGroup(cgroups, other.plan, hostView, view, execs);
    }

    /** What was made for it outside the engine's directories, as long as it is there: hierarchy, path and identity; the deepest first. */
    List<String> outside() {
        return cgroups.identities(plan);
    }

    /** Puts a process into its cgroups that may not do it itself. */
    void join(int pid) {
        for (Op op : plan.ops(Phase.PREFIX)) {
            if (op.code() == OpCode.WRITE) {
                cgroups.write(op.slot(), new String(op.s(), java.nio.charset.StandardCharsets.UTF_8), Integer.toString(pid));
            }
        }
    }

    void freeze(boolean on) {
        if (on) {
            live.pause();
        } else {
            live.resume();
        }
    }

    /** Kills what is left of it and removes its cgroups, as the guard would have done that is dead. */
    void sweep() {
        live.sweep();
    }

    /** Sends a signal to every process of an exec that is left, but one; nothing without a cgroup to know them by. */
    void signal(ExecCgroup exec, int signal, int but) {
        exec.tree().ifPresent(tree -> cgroups.signal(tree.slot(), tree.path(), signal, but));
    }

    /** A child cgroup for an exec, so that it can be killed with all its children. */
    ExecCgroup exec() {
        return ExecCgroup.of(plan, cgroups.slots().inherited(), Integer.toString(execs.incrementAndGet()), ExecCgroup.Children.STAY);
    }
}
