package dev.caisson.core.plan;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import java.util.List;

/**
 * Compiles a container. The order is what matters here: each line says why it stands where it does.
 */
public final class PlanCompiler {
    private PlanCompiler() {}

    /**
     * A plan and the names of the descriptors it expects.
     *
     * @param received in the order of the launch message: {@code stdin stdout stderr root [netns] [terminal] [mount TARGET …]}
     */
    public record Compiled(LaunchPlan plan, List<String> received) {}

    /** The plan of a container. */
    public static Compiled compile(PlanInput in) {
        PlanContext context = new PlanContext(in, true);
        assemble(context, in);
        settle(context, in);
        become(context, in);
        if (in.reportRunning()) {
            context.builder().flags(LaunchPlan.WANT_RUNNING | LaunchPlan.WANT_PIDFD);
        }
        return new Compiled(context.builder().build(), context.received());
    }

    /** The plan of a container made ahead: everything up to where only the program is missing. */
    public static Compiled ahead(PlanInput in) {
        PlanContext context = new PlanContext(in, false);
        assemble(context, in);
        settle(context, in);
        context.child(Op.of(OpCode.CONTINUE));
        context.builder().flags(LaunchPlan.WANT_PIDFD); // STARTED says that it waits
        return new Compiled(context.builder().build(), context.received());
    }

    /** The rest of it. */
    public static Compiled rest(LaunchPlan ahead, PlanInput in) {
        PlanContext context = new PlanContext(ahead);
        become(context, in);
        if (in.reportRunning()) {
            context.builder().flags(LaunchPlan.WANT_RUNNING);
        }
        return new Compiled(context.builder().build(), context.received());
    }

    /** The host's devices that a container in a user namespace receives as {@code device NAME}. */
    public static List<String> hostDevices() {
        return DeviceFiles.names();
    }

    private static void assemble(PlanContext context, PlanInput in) {
        in.cgroup().prepare().forEach(context::prepare);
        if (in.cgroup().deviceFilter() != null) {
            context.prepare(in.cgroup().deviceFilter().apply(context.received("device filter")));
        }

        // PREFIX: nothing here depends on the root file system.
        Namespaces.join(context, in); // first, so that everything after is accounted for; the cgroup namespace is rooted there
        Namespaces.enter(context, in);
        int proc = KernelFiles.proc(context, in); // sysctls and oom_score_adj are written through it, before /proc/sys is read-only
        int dev = DeviceFiles.make(context, in);
        KernelFiles files = KernelFiles.make(context, in);

        // CHILD: the root, then what is attached to it from the top down, then what hides, then the pivot.
        RootFiles.attachRoot(context, in);
        context.attach(proc, "/proc");
        files.attachSys(context);
        in.cgroup().view().add(context);
        context.attach(dev, "/dev");
        DeviceFiles.attach(context, in);
        files.attachBelowDev(context, dev);
        RootFiles.attachMounts(context, in);
        DeviceFiles.terminal(context, in, dev, files.pts());
        Masks.add(context, in, dev, proc, files.sys()); // after the user's mounts: nothing may be bound over a mask later
        RootFiles.seal(context, in); // last: missing mount points had to be made before
        RootFiles.pivot(context);

        LaunchPlan.Builder builder = context.builder();
        in.cgroup().report().forEach(op -> builder.add(Phase.REPORT, op));
        in.cgroup().undo().forEach(op -> builder.add(Phase.UNDO, op));
    }

    /** Inside. From here on only the process itself changes: first what does not depend on program, user and streams. */
    private static void settle(PlanContext context, PlanInput in) {
        ProcessSteps.limits(context::child, in.process());
        ProcessSteps.session(context, in);
        if (in.privilege().landlock()) {
            PrivilegeSteps.landlock(context::child, context.received("landlock"));
        }
        PrivilegeSteps.limit(context::child, in.privilege());
    }

    private static void become(PlanContext context, PlanInput in) {
        ProcessSteps.streams(context, in);
        ProcessSteps.directory(context, in);
        PrivilegeSteps.drop(context::child, in.process(), in.privilege());
        ProcessSteps.execute(context, in);
    }
}
