package dev.caisson.core.cgroup;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The engine's cgroups as a plan sees them: which hierarchies there are, by which slot the guard knows the engine's directory in each, and which
 * files a container's cgroup in it will have.
 *
 * @param slots v1 in the order of {@code /proc/self/cgroup}, v2 last
 * @param inherited whether the guard itself is in {@value #DEFAULT} of every v1 hierarchy, so that its children need not join it
 * @param unifiedDevices whether device nodes are guarded by a program on v2, attached to {@value #DEFAULT}
 * @param leftOut what cannot be used, for the remedies of refusals
 */
public record CgroupSlots(List<Slot> slots, boolean inherited, boolean unifiedDevices, List<LeftOut> leftOut) {
    /** The sub-cgroup of the engine's that carries the default device policy: v1 containers that need no directory of their own are in it, v2 ones below it. */
    static final String DEFAULT = "default";

    public CgroupSlots {
        slots = List.copyOf(slots);
        leftOut = List.copyOf(leftOut);
    }

    /**
     * @param slot number of the engine slot
     * @param files names in a container's cgroup
     * @param top number of the engine slot of the mount itself, which the guard has as soon as a container is to have a place outside the engine's
     * @param parent where the engine's directory is, below the mount
     */
    public record Slot(Hierarchy hierarchy, int slot, Set<String> files, int top, String parent) {
        public Slot {
            files = Set.copyOf(files);
        }

        boolean has(String file) {
            return files.contains(file);
        }

        boolean controls(String controller) {
            return hierarchy.controllers().contains(controller);
        }
    }

    Optional<Slot> unified() {
        return find(s -> s.hierarchy().unified());
    }

    /** The v1 hierarchy of a controller. */
    Optional<Slot> v1(String controller) {
        return find(s -> s.controls(controller));
    }

    Optional<Slot> withFile(String file) {
        return find(s -> s.has(file));
    }

    /** Where a container is frozen and killed: v2 if there is any, since a frozen v2 cgroup dies of SIGKILL and a frozen v1 one does not. */
    Optional<Slot> tree() {
        return unified().or(() -> v1("freezer"));
    }

    /** Whether anything guards device nodes. */
    boolean guardsDevices() {
        return unifiedDevices || v1("devices").isPresent();
    }

    /** What is known about why a controller is missing. */
    Optional<LeftOut> whyWithout(String controller) {
        return leftOut.stream().filter(o -> List.of(o.what().split(",")).contains(controller)).findFirst()
                .or(() -> leftOut.stream().filter(o -> o.what().equals("cgroup2")).findFirst());
    }

    private Optional<Slot> find(Predicate<Slot> wanted) {
        return slots.stream().filter(wanted).findFirst();
    }
}
