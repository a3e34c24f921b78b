package dev.caisson.core.engine;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Limits of a plan that is there already are exchanged for those of another: the writes to files of cgroups, but for rules about devices, which no update changes. Pure. */
final class LimitWrites {
    private LimitWrites() {}

    /** @param now of a plan @param wanted what would be done with the new limits */
    static List<Op> exchange(List<Op> now, List<Op> wanted) {
        List<Op> all = new ArrayList<>(now.stream().filter(op -> !limit(op)).toList());
        all.addAll(wanted.stream().filter(LimitWrites::limit).toList());
        return all;
    }

    private static boolean limit(Op op) {
        String file = new String(op.s(), StandardCharsets.UTF_8);
        return op.code() == OpCode.WRITE && !file.substring(file.lastIndexOf('/') + 1).startsWith("devices.");
    }
}
