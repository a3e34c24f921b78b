package dev.caisson.core.cgroup;

import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import dev.caisson.linux.Bpf;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Does to the kernel what the guard would do with the cgroup operations of a plan; the payload is a shell that waits for a line before it starts. */
final class PlanRunner {
    private final EngineCgroups engine;
    private final List<String> into = new ArrayList<>();
    private int intoSlot;

    PlanRunner(EngineCgroups engine) {
        this.engine = engine;
    }

    /** Prepares, and starts a shell inside. */
    Process start(CgroupPlan plan, String script) throws IOException {
        plan.ops(Phase.PREPARE).forEach(this::run);
        plan.deviceFilter().ifPresent(f -> {
            try (Fd program = Bpf.loadDeviceFilter(f.program()); CgroupDir dir = engine.dir(f.engineSlot()).open(f.cgroup())) {
                Bpf.attachDeviceFilter(program, dir.fd(), (int) f.op(0).a());
            }
        });
        return shell(plan::ops, script);
    }

    Process exec(ExecCgroup exec, String script) throws IOException {
        exec.ops(Phase.PREPARE).forEach(this::run);
        return shell(exec::ops, script);
    }

    private Process shell(Function<Phase, List<Op>> ops, String script) throws IOException {
        Process shell = new ProcessBuilder("sh", "-c", "read go; " + script).redirectErrorStream(true).start();
        String pid = Long.toString(shell.pid());
        if (!into.isEmpty()) {
            engine.dir(intoSlot).write(into.remove(0) + "/cgroup.procs", pid);
        }
        for (Op op : ops.apply(Phase.PREFIX)) {
            if (op.code() == OpCode.WRITE) {
                engine.dir(op.slot()).write(text(op.s()), text(op.s()).endsWith("/tasks") ? pid : text(op.t()));
            }
        }
        shell.getOutputStream().write('\n');
        shell.getOutputStream().flush();
        return shell;
    }

    List<byte[]> report(CgroupPlan plan) {
        return plan.ops(Phase.REPORT).stream().map(op -> engine.dir(op.slot()).read(text(op.s())).getBytes(StandardCharsets.US_ASCII)).toList();
    }

    void undo(List<Op> ops) {
        ops.forEach(this::run);
    }

    private void run(Op op) {
        CgroupDir dir = engine.dir(op.slot());
        String path = text(op.s());
        try {
            switch (op.code()) {
                case CGROUP_MAKE:
                    dir.make(path);
                    if ((op.flags() & OpFlags.INTO) != 0) {
                        into.add(path);
                        intoSlot = op.slot();
                    }
                    break;
                case WRITE: dir.write(path, text(op.t())); break;
                case CGROUP_KILL:
                    try (CgroupDir tree = dir.open(path)) {
                        CgroupTree.kill(tree);
                    }
                    break;
                case CGROUP_REMOVE: CgroupTree.remove(dir, path); break;
                default: throw new AssertionError(op);
            }
        } catch (SyscallException e) {
            if ((op.flags() & OpFlags.OPTIONAL) == 0) {
                throw e;
            }
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
