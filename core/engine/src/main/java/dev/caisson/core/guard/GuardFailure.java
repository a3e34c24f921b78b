package dev.caisson.core.guard;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What the guard reports of an operation that failed.
 *
 * @param phase the list it stands in
 * @param index its place there
 * @param code its operation code
 * @param step which step inside the operation; 0 if there is only one
 * @param errno the kernel's reason
 * @param path what it was about
 */
public record GuardFailure(LaunchPlan.Phase phase, int index, int code, int step, int errno, String path) {
    static GuardFailure read(ByteBuffer in) {
        int list = in.getShort();
        int index = in.getShort() & 0xffff;
        int code = in.getShort();
        int step = in.getShort();
        int errno = in.getInt();
        byte[] path = new byte[GuardProtocol.FAILURE_PATH_BYTES];
        in.get(path);
        int end = 0;
        while (end < path.length && path[end] != 0) {
            end++;
        }
        LaunchPlan.Phase[] phases = LaunchPlan.Phase.values();
        return new GuardFailure(phases[Math.min(Math.max(list, 0), phases.length - 1)], index, code, step, errno,
                new String(path, 0, end, StandardCharsets.UTF_8));
    }

    /** The operation in the plan that was sent, if the report names one of it. */
    public Optional<Op> op(LaunchPlan plan) {
        List<Op> ops = plan.ops(phase);
        return index < ops.size() && ops.get(index).code().code() == code ? Optional.of(ops.get(index)) : Optional.empty();
    }
}
