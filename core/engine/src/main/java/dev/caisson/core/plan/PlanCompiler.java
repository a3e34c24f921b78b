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
        } else if (in.stops().ready()) {
            context.builder().flags(LaunchPlan.WANT_PIDFD);
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

    /**
     * The first of two plans, for which neither root file system nor user nor program need be there: cgroups and namespaces. Its child waits then, without saying so,
     * while they are made. No mounts: in mountinfo they stand in the order in which they were made, and the root is the first.
     */
    public static Compiled early(PlanInput in) {
        PlanContext context = PlanContext.ofTwo(in, false);
        enter(context, in);
        end(context, in);
        context.child(Op.of(OpCode.CONTINUE).a(1));
        context.builder().slots(LaunchPlan.MAX_SLOTS);
        if (in.reportRunning()) {
            context.builder().flags(LaunchPlan.WANT_PIDFD);
        }
        return new Compiled(context.builder().build(), context.received());
    }

    /** The second. */
    public static Compiled late(PlanInput in) {
        return late(in, settled(in));
    }

    /** The part of the second that depends neither on name nor on program, environment, user and streams. */
    static List<Op> settled(PlanInput in) {
        PlanContext context = PlanContext.ofTwo(in, true);
        root(context, in, make(context, in));
        settle(context, in);
        return context.builder().build().ops(Phase.CHILD);
    }

    /** @param settled of this input, or of one that is alike in all that it depends on */
    static Compiled late(PlanInput in, List<Op> settled) {
        PlanContext context = PlanContext.ofTwo(in, true);
        settled.forEach(context::child);
        become(context, in);
        context.builder().slots(LaunchPlan.MAX_SLOTS);
        if (in.reportRunning()) {
            context.builder().flags(LaunchPlan.WANT_RUNNING);
        }
        return new Compiled(context.builder().build(), context.received());
    }

    /** The host's devices that a container in a user namespace receives as {@code device NAME} where the guard has none for it. */
    public static List<String> hostDevices() {
        return DeviceFiles.names();
    }

    private static void assemble(PlanContext context, PlanInput in) {
        enter(context, in);
        root(context, in, make(context, in));
        end(context, in);
    }

    /** Nothing here depends on the root file system. */
    private static void enter(PlanContext context, PlanInput in) {
        in.cgroup().prepare().forEach(context::prepare);
        if (in.cgroup().deviceFilter() != null) {
            context.prepare(in.cgroup().deviceFilter().apply(context.received("device filter")));
        }
        Namespaces.join(context, in); // first, so that everything after is accounted for; the cgroup namespace is rooted there
        Namespaces.enter(context, in);
        if (in.stops().ready() && in.users() == null) { // else it has waited already
            context.prefix(Op.of(OpCode.WAIT_GO).about("hooks"));
        }
    }

    private record Made(int proc, DeviceFiles devices, KernelFiles files) {}

    /** Nor here. */
    private static Made make(PlanContext context, PlanInput in) {
        int proc = KernelFiles.proc(context, in); // sysctls and oom_score_adj are written through it, before /proc/sys is read-only
        DeviceFiles devices = DeviceFiles.make(context, in);
        return new Made(proc, devices, KernelFiles.make(context, in));
    }

    /** CHILD: the root, then what is attached to it from the top down, then what hides, then the pivot. */
    private static void root(PlanContext context, PlanInput in, Made made) {
        RootFiles.attachRoot(context, in);
        context.attach(made.proc(), "/proc");
        made.files().attachSys(context);
        in.cgroup().view().add(context);
        made.devices().attach(context, in);
        made.files().attachBelowDev(context, made.devices().dev());
        RootFiles.attachMounts(context, in);
        made.devices().terminal(context, in, made.files().pts());
        Masks.add(context, in, made.devices(), made.proc(), made.files().sys()); // after the user's mounts: nothing may be bound over a mask later
        RootFiles.seal(context, in); // last: missing mount points had to be made before
        RootFiles.pivot(context);
    }

    private static void end(PlanContext context, PlanInput in) {
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
        ProcessSteps.gate(context, in);
        PrivilegeSteps.drop(context::child, in.process(), in.privilege());
        ProcessSteps.hooks(context, in); // as its user, by the specification
        ProcessSteps.execute(context, in);
    }
}
