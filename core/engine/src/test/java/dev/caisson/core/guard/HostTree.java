package dev.caisson.core.guard;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Mounts;
import java.util.ArrayList;
import java.util.List;

/** Plans whose root is a copy of the host's mounts, with a tmpfs of their own on /mnt. Slot 0 is the root, slot 1 the output. */
final class HostTree {
    static final long NEWNS = 0x20000;
    static final long NEWUTS = 0x4000000;
    static final long NEWIPC = 0x8000000;
    static final long NEWPID = 0x20000000;
    static final long NEWNET = 0x40000000;
    static final int ROOT = 0;
    static final int OUT = 1;
    static final int SCRATCH = 2;
    static final int FREE = 3;
    static final int SLOTS = 8;

    final List<Op> prepare = new ArrayList<>();
    final List<Op> before = new ArrayList<>();
    final List<Op> after = new ArrayList<>();
    final List<Op> report = new ArrayList<>();
    final List<Op> undo = new ArrayList<>();
    int flags = LaunchPlan.WANT_RUNNING;
    long clone = NEWNS | NEWPID;

    static HostTree tree() {
        HostTree tree = new HostTree();
        tree.before.add(Op.of(OpCode.FSMOUNT).slot(SCRATCH).s("tmpfs").t(Op.strings(List.of("mode=755"))));
        tree.before.add(Op.of(OpCode.ATTACH).slot(SCRATCH).slot2(ROOT).s("/mnt"));
        return tree;
    }

    HostTree before(Op... ops) {
        before.addAll(List.of(ops));
        return this;
    }

    HostTree after(Op... ops) {
        after.addAll(List.of(ops));
        return this;
    }

    HostTree flags(int value) {
        flags = value;
        return this;
    }

    HostTree clone(long value) {
        clone |= value;
        return this;
    }

    LaunchPlan exec(String... argv) {
        return exec(List.of(argv[0]), List.of(argv));
    }

    /** All but the program, which {@link #rest} brings; the output comes with it, too. */
    LaunchPlan ahead() {
        LaunchPlan.Builder plan = plan();
        plan.add(Phase.CHILD, Op.of(OpCode.CONTINUE));
        return plan.build();
    }

    /** The same, that does not say when it waits. */
    LaunchPlan silently() {
        LaunchPlan.Builder plan = plan();
        plan.add(Phase.CHILD, Op.of(OpCode.CONTINUE).a(1));
        return plan.build();
    }

    /** What follows {@link #ahead}: the descriptor that comes with it becomes the output. */
    static LaunchPlan.Builder rest(int flags, String... argv) {
        LaunchPlan.Builder plan = new LaunchPlan.Builder().flags(flags);
        plan.elsewhere();
        plan.received();
        plan.slots(SLOTS);
        plan.add(Phase.CHILD, Op.of(OpCode.DUP).slot(OUT).a(1));
        plan.add(Phase.CHILD, Op.of(OpCode.EXEC).s(Op.strings(List.of(argv[0]))).t(Op.strings(List.of(argv))).u(Op.strings(List.of("PATH=/bin:/usr/bin"))));
        return plan;
    }

    private LaunchPlan.Builder plan() {
        LaunchPlan.Builder plan = new LaunchPlan.Builder().flags(flags).cloneFlags(clone);
        plan.received();
        plan.received();
        plan.slots(SLOTS);
        prepare.forEach(op -> plan.add(Phase.PREPARE, op));
        plan.add(Phase.CHILD, Op.of(OpCode.ROOT).slot(ROOT));
        before.forEach(op -> plan.add(Phase.CHILD, op));
        plan.add(Phase.CHILD, Op.of(OpCode.PIVOT).slot(ROOT));
        plan.add(Phase.CHILD, Op.of(OpCode.DUP).slot(OUT).a(1));
        after.forEach(op -> plan.add(Phase.CHILD, op));
        plan.add(Phase.CHILD, Op.of(OpCode.SIGNALS));
        report.forEach(op -> plan.add(Phase.REPORT, op));
        undo.forEach(op -> plan.add(Phase.UNDO, op));
        return plan;
    }

    LaunchPlan exec(List<String> candidates, List<String> argv) {
        LaunchPlan.Builder plan = plan();
        plan.add(Phase.CHILD, Op.of(OpCode.EXEC).s(Op.strings(candidates)).t(Op.strings(argv)).u(Op.strings(List.of("PATH=/bin:/usr/bin"))));
        return plan.build();
    }

    /** A new /proc for a new PID namespace. */
    static Op[] proc() {
        return new Op[] {Op.of(OpCode.FSMOUNT).slot(FREE).s("proc"), Op.of(OpCode.ATTACH).slot(FREE).slot2(ROOT).s("/proc")};
    }

    /** OPEN_TREE_CLONE | AT_RECURSIVE. */
    static Fd root() {
        return Mounts.openTree(Fd.CWD, "/", 1 | Fcntl.AT_RECURSIVE);
    }

    /** What the answers were and what was written. */
    record Result(List<Answer> answers, String output) {
        Answer only(Answer.Type type) {
            return answers.stream().filter(a -> a.type() == type).findFirst().orElseThrow(() -> new AssertionError("no " + type + " in " + answers));
        }
    }

    static Result run(GuardUnderTest guard, LaunchPlan plan) {
        try (Fd root = root(); var out = GuardUnderTest.pipe()) {
            List<Answer> answers = guard.run(plan, root, out.write());
            out.write().close();
            return new Result(answers, GuardUnderTest.drain(out.read()));
        }
    }

    static int start(GuardUnderTest guard, LaunchPlan plan) {
        try (Fd root = root(); var out = GuardUnderTest.pipe()) {
            return guard.launch(plan, root, out.write());
        }
    }
}
