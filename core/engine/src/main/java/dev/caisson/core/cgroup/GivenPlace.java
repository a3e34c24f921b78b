package dev.caisson.core.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The place of a container's cgroups outside its engine's: {@code linux.cgroupsPath} of an OCI bundle. Absolute, it is below the mount of each hierarchy; relative, below the parent of
 * the engine's own directory.
 *
 * @param absolute whether it is
 * @param names its components
 * @param missing the directories on the way there that are not there yet, or were made for another container of this engine, by the label of the hierarchy: beneath the mount, the topmost first
 * @param cpuset what is written into the container's own in the cpuset hierarchy of v1, without which nothing can join it: by file
 * @param empty those above it there that are missing or have nothing of it, which get the same, as runc and crun have it: nobody could be in them
 */
public record GivenPlace(boolean absolute, List<String> names, Map<String, List<String>> missing, Map<String, String> cpuset, List<String> empty) {
    public GivenPlace {
        names = List.copyOf(names);
        missing = Map.copyOf(missing);
        cpuset = Map.copyOf(cpuset);
        empty = List.copyOf(empty);
    }

    /** The path in a hierarchy, beneath its mount. */
    String path(CgroupSlots.Slot slot) {
        String own = String.join("/", names);
        return absolute || slot.parent().isEmpty() ? own : slot.parent() + "/" + own;
    }

    /** Everything above a path, the topmost first. */
    static List<String> above(String path) {
        List<String> above = new ArrayList<>();
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            above.add(path.substring(0, slash));
        }
        return above;
    }

    /** What of the way there is this engine's. */
    List<String> missing(Hierarchy h) {
        return missing.getOrDefault(h.label(), List.of());
    }
}
