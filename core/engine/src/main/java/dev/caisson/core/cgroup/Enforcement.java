package dev.caisson.core.cgroup;

import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which hierarchy enforces each limit here, and what nothing enforces. */
record Enforcement(List<Placed> placed, List<String> warnings) {
    /** A write and where it goes. */
    record Placed(CgroupSlots.Slot slot, String setting, Limit.Write write) {}

    /** Reports everything that was asked for in vain at once. */
    static Enforcement of(CgroupSlots slots, CgroupRequest request, DeviceLookup devices) {
        List<Placed> placed = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        List<Limit> refused = new ArrayList<>();
        for (Limit limit : Limits.of(request.resources(), request.defaultPids(), devices)) {
            List<Placed> writes = place(slots, limit);
            placed.addAll(writes);
            if (!writes.isEmpty()) {
                continue;
            }
            if (limit.asked() && !request.bestEffort()) {
                refused.add(limit);
            } else {
                warnings.add(sentence(limit) + why(slots, limit.controller()).map(w -> " (" + w + ")").orElse("") + "; the container runs without it");
            }
        }
        if (!refused.isEmpty()) {
            throw new UnsupportedOnThisHost(Stage.PLAN, refused.stream().map(Enforcement::sentence).collect(Collectors.joining("; ")),
                    remedy(slots, refused.get(0)));
        }
        devices(slots, request).ifPresent(warnings::add);
        return new Enforcement(placed, warnings);
    }

    List<Placed> writes(CgroupSlots.Slot slot) {
        return placed.stream().filter(p -> p.slot().equals(slot)).toList();
    }

    private static Optional<String> devices(CgroupSlots slots, CgroupRequest request) {
        return slots.guardsDevices() || request.devices().everything() ? Optional.empty()
                : Optional.of("device nodes are guarded by capabilities alone: no v1 devices hierarchy and no v2 device program can be used here"
                        + why(slots, "devices").map(w -> " (" + w + ")").orElse(""));
    }

    private static List<Placed> place(CgroupSlots slots, Limit limit) {
        for (Limit.Way way : limit.ways()) {
            List<Placed> writes = new ArrayList<>();
            for (Limit.Write write : way.writes()) {
                slots.withFile(write.file()).ifPresent(slot -> writes.add(new Placed(slot, limit.setting(), write)));
            }
            if (writes.size() == way.writes().size()) {
                return writes;
            }
        }
        return List.of();
    }

    private static String sentence(Limit limit) {
        String files = limit.ways().stream().flatMap(w -> w.writes().stream()).map(Limit.Write::file).distinct().collect(Collectors.joining(" or "));
        return limit.setting() + "(…) cannot be enforced: no cgroup hierarchy here offers " + files;
    }

    private static Optional<String> why(CgroupSlots slots, String controller) {
        return slots.whyWithout(controller).map(LeftOut::toString);
    }

    private static String remedy(CgroupSlots slots, Limit limit) {
        String known = slots.whyWithout(limit.controller()).map(LeftOut::remedy).orElse("");
        String kernel = "boot a kernel with the " + limit.controller() + " controller enabled (its line in /proc/cgroups)";
        return (known.isEmpty() ? kernel : known) + ", or accept the lack by bestEffort()";
    }
}
