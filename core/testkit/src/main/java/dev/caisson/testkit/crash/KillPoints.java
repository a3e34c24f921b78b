package dev.caisson.testkit.crash;

import dev.caisson.testkit.trace.StraceReader;
import dev.caisson.testkit.trace.TracedCall;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Where a scenario can be killed. */
public final class KillPoints {
    /** The calls that change something outside the process: what a crash between two of them can leave half done. */
    public static final Set<String> CHANGING = Set.of("mkdir", "mkdirat", "mknodat", "symlinkat", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "fsync", "fdatasync",
            "mount", "umount2", "fsmount", "open_tree", "move_mount", "mount_setattr", "pivot_root", "clone", "clone3", "vfork", "unshare", "setns", "sendto", "sendmsg", "write", "pwrite64", "execve",
            "memfd_create", "ftruncate", "fchownat", "fchown", "fchmod", "fsetxattr", "copy_file_range", "bpf", "close_range");

    private KillPoints() {}

    /** Every point of a recorded run: for each call 1 up to the most that one thread made of it, in the calls' order of name. */
    public static List<KillPoint> of(List<TracedCall> calls) {
        Map<String, Map<Integer, Integer>> counts = new TreeMap<>();
        calls.forEach(call -> counts.computeIfAbsent(call.name(), name -> new HashMap<>()).merge(call.pid(), 1, Integer::sum));
        List<KillPoint> points = new ArrayList<>();
        counts.forEach((name, perThread) -> {
            for (int ordinal = 1; ordinal <= Collections.max(perThread.values()); ordinal++) {
                points.add(new KillPoint(name, ordinal));
            }
        });
        return points;
    }

    /** The same of a trace as {@code strace -f -o} wrote it. */
    public static List<KillPoint> ofTrace(List<String> lines) {
        return of(StraceReader.read(lines));
    }

    /**
     * At most {@code most} of them, chosen by {@code random} (log its seed), each kind of call in turn so that a thousand writes do not
     * crowd out the one {@code pivot_root}.
     */
    public static List<KillPoint> sample(List<KillPoint> points, int most, Random random) {
        Map<String, List<KillPoint>> bySyscall = new TreeMap<>();
        points.forEach(point -> bySyscall.computeIfAbsent(point.syscall(), name -> new ArrayList<>()).add(point));
        bySyscall.values().forEach(list -> Collections.shuffle(list, random));
        List<KillPoint> sample = new ArrayList<>();
        for (int round = 0; sample.size() < Math.min(most, points.size()); round++) {
            for (List<KillPoint> list : bySyscall.values()) {
                if (round < list.size() && sample.size() < most) {
                    sample.add(list.get(round));
                }
            }
        }
        return sample;
    }
}
