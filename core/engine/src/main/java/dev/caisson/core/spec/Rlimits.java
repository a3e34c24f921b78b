package dev.caisson.core.spec;

import dev.caisson.Rlimit;
import java.util.EnumMap;
import java.util.Map;

/**
 * Resource limits a container starts with. NOFILE is always set: HotSpot raises its own soft limit to the hard one, and no container should inherit that.
 */
public final class Rlimits {
    private static final long HARD_NOFILE = 524_288;

    private Rlimits() {}

    /** @param ownHardNofile the hard limit of this JVM, which cannot be exceeded without CAP_SYS_RESOURCE */
    public static Map<Rlimit, Rlimit.Value> of(Map<Rlimit, Rlimit.Value> given, long ownHardNofile) {
        Map<Rlimit, Rlimit.Value> all = new EnumMap<>(Rlimit.class);
        long hard = ownHardNofile < 0 ? HARD_NOFILE : Math.min(HARD_NOFILE, ownHardNofile);
        all.put(Rlimit.NOFILE, new Rlimit.Value(Math.min(1024, hard), hard));
        all.putAll(given);
        return all;
    }
}
