package dev.caisson.core.cgroup;

import static dev.caisson.core.launch.OpFlags.OPTIONAL;
import static dev.caisson.core.launch.OpFlags.OURS;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Fcntl;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The cgroups that lead to a given place in one hierarchy: made where they are missing, by whichever container comes first, and removed by whichever of those of this engine leaves
 * last. What was there before is nobody's to remove, and not told anything but to hand on controllers (v2), as runc and crun do.
 */
record Way(GivenPlace given, Place place) {
    /** What hands on a controller, by a file that its children have then. */
    private static final Map<String, String> HANDED_ON = new java.util.TreeMap<>(Map.of("cpu", "cpu.weight", "cpuset", "cpuset.cpus", "io", "io.max", "memory", "memory.max", "pids", "pids.max"));

    void make(Consumer<Op> prepare) {
        Hierarchy h = place.slot().hierarchy();
        handOn("", prepare);
        for (String path : GivenPlace.above(place.path())) {
            prepare.accept(Op.of(OpCode.CGROUP_MAKE).slot(place.engineSlot()).s(path).flags(OPTIONAL | OURS).about("cgroupsPath in " + h.label()));
            if (h.controllers().contains("cpuset") && given.empty().contains(path)) {
                write(prepare, path + "/");
            }
            handOn(path + "/", prepare);
        }
    }

    /** Of the container's own, right after it is made. */
    void settle(Consumer<Op> prepare) {
        if (place.slot().hierarchy().controllers().contains("cpuset")) {
            write(prepare, place.path() + "/");
        }
    }

    private void write(Consumer<Op> prepare, String directory) {
        new java.util.TreeMap<>(given.cpuset()).forEach((file, value) -> prepare.accept(Op.of(OpCode.WRITE).slot(place.engineSlot()).s(directory + file).t(value).about("cgroupsPath in cpuset")));
    }

    private void handOn(String directory, Consumer<Op> prepare) {
        if (place.slot().hierarchy().unified()) {
            HANDED_ON.forEach((controller, file) -> {
                if (place.slot().has(file)) {
                    prepare.accept(Op.of(OpCode.WRITE).slot(place.engineSlot()).s(directory + "cgroup.subtree_control").t("+" + controller).flags(OPTIONAL));
                }
            });
        }
    }

    void remove(Consumer<Op> undo) {
        List<String> deepestFirst = new ArrayList<>(GivenPlace.above(place.path()));
        Collections.reverse(deepestFirst);
        deepestFirst.forEach(path -> undo.accept(Op.of(OpCode.UNLINK).slot(place.engineSlot()).s(path).a(Fcntl.AT_REMOVEDIR).flags(OURS)));
    }
}
