package dev.caisson.core.plan;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Compiles a process executed inside a running container. The guard itself enters the container's PID namespace for the length of one clone, so that no second
 * fork is needed; the child enters the others by the pidfd of the container's first process.
 */
public final class ExecCompiler {
    private static final long NEWUSER = 0x10000000L;

    private ExecCompiler() {}

    /** @return the plan; it expects {@code stdin stdout stderr pidfd [landlock] [terminal]} */
    public static LaunchPlan compile(ExecInput in) {
        LaunchPlan.Builder builder = new LaunchPlan.Builder();
        int stdin = builder.received();
        int stdout = builder.received();
        int stderr = builder.received();
        int pidfd = builder.received();
        OptionalInt ruleset = in.privilege().landlock() ? OptionalInt.of(builder.received()) : OptionalInt.empty();
        OptionalInt socket = in.process().tty() ? OptionalInt.of(builder.received()) : OptionalInt.empty();
        in.prepare().forEach(op -> builder.add(Phase.PREPARE, op));
        builder.add(Phase.PREPARE, Op.of(OpCode.PID_NAMESPACE).slot(pidfd));
        in.join().forEach(op -> builder.add(Phase.PREFIX, op));
        // The clone is in sight of the container already: what it holds of the host's (cgroup directories) goes before anything else is done.
        builder.add(Phase.PREFIX, Op.of(OpCode.CLOSE).s(slots(IntStream.concat(IntStream.of(stdin, stdout, stderr, pidfd), IntStream.concat(ruleset.stream(), socket.stream())).toArray())));
        builder.add(Phase.PREFIX, Op.of(OpCode.SETNS).slot(pidfd).a(in.namespaces()));
        builder.add(Phase.PREFIX, Op.of(OpCode.KEYRING).flags(OpFlags.OPTIONAL));
        int root = builder.slot();
        builder.add(Phase.CHILD, Op.of(OpCode.OPEN_ROOT).slot(root));
        ProcessSteps.limits(op -> builder.add(Phase.CHILD, op), in.process());
        builder.add(Phase.CHILD, Op.of(OpCode.SETSID));
        IntStream streams = socket.isPresent() ? terminal(builder, in, root, socket.getAsInt()) : IntStream.of(stdin, stdout, stderr);
        if (!in.privilege().labels().isEmpty()) { // the container's own procfs may be covered by whoever is root inside
            int proc = builder.slot();
            builder.add(Phase.CHILD, Op.of(OpCode.FSMOUNT).slot(proc).s("proc").a(PlanContext.NOSUID | PlanContext.NOEXEC | PlanContext.NODEV));
            PrivilegeSteps.labels(op -> builder.add(Phase.CHILD, op), in.privilege(), proc);
        }
        ruleset.ifPresent(slot -> PrivilegeSteps.landlock(op -> builder.add(Phase.CHILD, op), slot));
        int[] each = streams.toArray();
        for (int stream = 0; stream < each.length; stream++) {
            builder.add(Phase.CHILD, Op.of(OpCode.DUP).slot(each[stream]).a(stream));
        }
        builder.add(Phase.CHILD, Op.of(OpCode.CLOSE).s(slots(root)));
        builder.add(Phase.CHILD, Op.of(OpCode.CHDIR).slot(root).s(in.process().workdir()).about("workdir"));
        PrivilegeSteps.limit(op -> builder.add(Phase.CHILD, op), in.privilege());
        PrivilegeSteps.drop(op -> builder.add(Phase.CHILD, op), in.process(), in.privilege());
        builder.add(Phase.CHILD, ProcessSteps.execute(in.process()));
        in.undo().forEach(op -> builder.add(Phase.UNDO, op));
        return builder.flags(LaunchPlan.WANT_PIDFD).build();
    }

    /**
     * A terminal on the container's own devpts, its master handed to the engine. Whatever lies at /dev/pts by now: the master is had from it only by what the kernel does for masters of pseudo
     * terminals alone, with no more rights than the container has.
     */
    private static IntStream terminal(LaunchPlan.Builder builder, ExecInput in, int root, int socket) {
        int pts = builder.slot();
        int terminal = builder.slot();
        int master = builder.slot();
        if ((in.namespaces() & NEWUSER) != 0) {
            builder.add(Phase.CHILD, Op.of(OpCode.IDS)); // else the terminal would be of a user whom the container does not know, and could be given to none
        }
        builder.add(Phase.CHILD, Op.of(OpCode.OPEN_TREE).slot(pts).slot2(root).s("/dev/pts").about("terminal"));
        builder.add(Phase.CHILD, Op.of(OpCode.TERMINAL).slot(terminal).slot2(pts).args(master, in.terminalSize(), in.process().uid()).about("terminal"));
        builder.add(Phase.CHILD, Op.of(OpCode.SEND_FD).slot(socket).slot2(master));
        builder.add(Phase.CHILD, Op.of(OpCode.CONTROLLING).slot(terminal));
        return IntStream.of(terminal, terminal, terminal);
    }

    private static byte[] slots(int... kept) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * kept.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int slot : kept) {
            bytes.putShort((short) slot);
        }
        return bytes.array();
    }
}
