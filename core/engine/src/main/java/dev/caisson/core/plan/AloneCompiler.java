package dev.caisson.core.plan;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;

/** Compiles a program that runs without namespaces: what it may do is taken from it, and nothing is made. */
public final class AloneCompiler {
    private AloneCompiler() {}

    /**
     * @param privilege with no_new_privs and a Landlock ruleset, and with the engine's own filter
     * @param further a second filter, which allows what is left to be done: execve(2)
     * @return the plan; it expects the ruleset
     */
    public static LaunchPlan compile(PlanInput.Process process, PlanInput.Privilege privilege, byte[] further) {
        LaunchPlan.Builder builder = new LaunchPlan.Builder();
        int ruleset = builder.received();
        int root = builder.slot();
        add(builder, Op.of(OpCode.OPEN_ROOT).slot(root));
        ProcessSteps.limits(op -> add(builder, op), process);
        add(builder, Op.of(OpCode.SETSID));
        add(builder, Op.of(OpCode.CHDIR).slot(root).s(process.workdir()).about("workdir"));
        PrivilegeSteps.landlock(op -> add(builder, op), ruleset);
        add(builder, Op.of(OpCode.CLOSE).s(new byte[0])); // after what they are for: no descriptor of the host's root is a way around the ruleset
        PrivilegeSteps.limit(op -> add(builder, op), privilege);
        PrivilegeSteps.drop(op -> add(builder, op), process, privilege);
        add(builder, Op.of(OpCode.SECCOMP).s(further));
        add(builder, ProcessSteps.execute(process));
        return builder.build();
    }

    private static void add(LaunchPlan.Builder builder, Op op) {
        builder.add(Phase.CHILD, op);
    }
}
