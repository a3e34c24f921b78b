package dev.caisson.core.plan;

import dev.caisson.OciSettings;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The process itself: limits, streams, directory, program. Used for containers and for what is executed inside them. */
final class ProcessSteps {
    private static final long ALL_SIGNALS = -1;

    private ProcessSteps() {}

    static void limits(Consumer<Op> child, PlanInput.Process process) {
        new TreeMap<>(process.rlimits()).forEach((limit, value) ->
                child.accept(Op.of(OpCode.RLIMIT).args(limit.number(), value.soft(), value.hard()).about("ulimit " + limit)));
        child.accept(Op.of(OpCode.UMASK).a(022));
        child.accept(Op.of(OpCode.SIGNALS).a(process.init() == PlanInput.Init.WAITING ? ALL_SIGNALS : 0));
    }

    /** No terminal of the engine's can be reached (CVE-2017-5226). */
    static void session(PlanContext context, PlanInput in) {
        if (!in.process().tty()) { // else DeviceFiles.terminal did it
            context.child(Op.of(OpCode.SETSID));
        }
    }

    static void streams(PlanContext context, PlanInput in) {
        if (in.process().tty()) {
            return;
        }
        context.child(Op.of(OpCode.DUP).slot(context.received("stdin")).a(0));
        context.child(Op.of(OpCode.DUP).slot(context.received("stdout")).a(1));
        context.child(Op.of(OpCode.DUP).slot(context.received("stderr")).a(2));
    }

    /** Every other descriptor is closed before the directory is changed, so that none can be a way out (CVE-2024-21626). */
    static void directory(PlanContext context, PlanInput in) {
        ByteBuffer keep = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN).putShort((short) context.root());
        if (in.stops().gate()) {
            keep.putShort((short) context.received("gate"));
        }
        if (!in.stops().hooks().isEmpty()) {
            keep.putShort((short) context.received("state"));
        }
        context.child(Op.of(OpCode.CLOSE).s(Arrays.copyOf(keep.array(), keep.position())));
        context.child(Op.of(OpCode.CHDIR).slot(context.root()).s(in.process().workdir()).flags(OpFlags.MAKE_DIR).about("workdir"));
    }

    static void gate(PlanContext context, PlanInput in) {
        if (in.stops().gate()) {
            context.child(Op.of(OpCode.GATE).slot(context.received("gate")).about("startGate"));
        }
    }

    static void hooks(PlanContext context, PlanInput in) {
        for (OciSettings.Hook hook : in.stops().hooks()) {
            Duration timeout = hook.timeout();
            context.child(Op.of(OpCode.HOOK).slot(context.received("state")).s(hook.path()).t(Op.strings(hook.argv())).u(Op.strings(hook.env()))
                    .a(timeout == null ? 0 : timeout.toMillis()).about("startContainer"));
        }
    }

    static void execute(PlanContext context, PlanInput in) {
        if (in.process().init() == PlanInput.Init.REAPER) {
            context.child(Op.of(OpCode.INIT));
        }
        context.child(execute(in.process()));
    }

    static Op execute(PlanInput.Process process) {
        return Op.of(OpCode.EXEC).s(Op.strings(process.candidates())).t(Op.strings(process.argv())).u(Op.strings(process.env()));
    }
}
