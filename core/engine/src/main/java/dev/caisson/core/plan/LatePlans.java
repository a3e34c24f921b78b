package dev.caisson.core.plan;

import dev.caisson.Rlimit;
import dev.caisson.core.launch.Op;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Second halves of launches in two, as {@link PlanCompiler#late} compiles them, but what comes before the program is compiled once for all containers that have it in common:
 * it is nine tenths of the plan, and depends neither on the container's name nor on its program, environment and user.
 */
public final class LatePlans {
    private final Memo<Key, List<Op>> settled = new Memo<>();

    /** Everything that {@link PlanCompiler#settled} looks at. @param workdir of a read-only root alone: it is made before that is sealed */
    private record Key(PlanInput.NetworkNamespace network, PlanInput.Spaces spaces, PlanInput.Root root, String workdir, Map<String, String> sysctls, boolean timeNamespace,
            Duration bootTimeOffset, PlanInput.@Nullable Users users, int oomScoreAdj, Map<Rlimit, Rlimit.Value> rlimits, boolean guarded, long bounding, int lastCapability, boolean filtered,
            boolean noNewPrivileges, long seccompFlags, boolean landlock, Map<String, String> labels, PlanInput.View view) {
        static Key of(PlanInput in) {
            PlanInput.Privilege p = in.privilege();
            return new Key(in.network(), in.spaces(), in.root(), in.root().readOnly() ? in.process().workdir() : "", in.sysctls(), in.timeNamespace(), in.bootTimeOffset(), in.users(),
                    in.process().oomScoreAdj(), in.process().rlimits(), in.cgroup().deviceFilter() != null, p.bounding(), p.lastCapability(), p.seccomp() != null, p.noNewPrivileges(),
                    p.seccompFlags(), p.landlock(), p.labels(), in.cgroup().view());
        }
    }

    /** The same as {@link PlanCompiler#late}. */
    public PlanCompiler.Compiled late(PlanInput in) {
        boolean known = in.privilege().ownFilter() && !in.process().tty(); // the engine's own filter follows from the bounding set; a terminal belongs to a user
        return PlanCompiler.late(in, known ? settled.get(Key.of(in), () -> PlanCompiler.settled(in)) : PlanCompiler.settled(in));
    }
}
