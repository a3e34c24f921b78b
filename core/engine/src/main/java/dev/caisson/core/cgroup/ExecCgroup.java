package dev.caisson.core.cgroup;

import static dev.caisson.core.launch.OpFlags.AT_KILL;
import static dev.caisson.core.launch.OpFlags.ONLY_AT_KILL;
import static dev.caisson.core.launch.OpFlags.INTO;
import static dev.caisson.core.launch.OpFlags.OPTIONAL;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cgroup of an exec, below its container's where processes are killed, so that it can be killed with all its children; in the other hierarchies it
 * is in the container's own cgroups, limited and measured with it.
 */
public record ExecCgroup(Map<Phase, List<Op>> ops, Optional<Tree> tree) {
    private static final Pattern ID = Pattern.compile("[a-z0-9]{1,64}");

    /** The cgroup that all its processes are in. @param slot the engine's @param path beneath it */
    public record Tree(int slot, String path) {}

    /** What becomes of the processes it started, once its first process has ended. */
    public enum Children {
        /** They stay until the container ends, as docker has it; only a kill of the exec takes them. */
        STAY,
        /** They are killed. */
        DIE
    }

    /**
     * @param container as it was started
     * @param inherited as in {@link CgroupSlots#inherited()}
     * @param id of the exec, unique in the container
     */
    public static ExecCgroup of(CgroupPlan container, boolean inherited, String id, Children children) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("'" + id + "' cannot name the cgroup of an exec");
        }
        Map<Phase, List<Op>> ops = new EnumMap<>(Phase.class);
        Optional<Tree> own = Optional.empty();
        for (Place place : container.places()) {
            int slot = place.engineSlot();
            boolean unified = place.slot().hierarchy().unified();
            boolean tree = unified || place.own() && place.slot().has("freezer.state");
            String path = tree ? place.file("exec-" + id) : place.path();
            if (tree) {
                own = Optional.of(new Tree(slot, path));
                add(ops, Phase.PREPARE, Op.of(OpCode.CGROUP_MAKE).slot(slot).s(path).flags(unified ? INTO : 0).about("cgroup of the exec"));
                add(ops, Phase.UNDO, Op.of(OpCode.CGROUP_KILL).slot(slot).s(path).flags(children == Children.DIE ? AT_KILL : ONLY_AT_KILL));
                // Where children stay it is still populated; then it goes with the container's.
                add(ops, Phase.UNDO, Op.of(OpCode.CGROUP_REMOVE).slot(slot).s(path).flags(children == Children.STAY ? OPTIONAL : 0));
            }
            if (!unified && (place.own() || !inherited)) {
                add(ops, Phase.PREFIX, Op.of(OpCode.WRITE).slot(slot).s(path + "/tasks").t("0").about("cgroup in " + place.slot().hierarchy().label()));
            }
        }
        return new ExecCgroup(ops, own);
    }

    /** The operations of a phase. */
    public List<Op> ops(Phase phase) {
        return ops.getOrDefault(phase, List.of());
    }

    /** Adds all operations to a launch plan. */
    public void addTo(LaunchPlan.Builder plan) {
        ops.forEach((phase, list) -> list.forEach(op -> plan.add(phase, op)));
    }

    private static void add(Map<Phase, List<Op>> ops, Phase phase, Op op) {
        ops.computeIfAbsent(phase, p -> new ArrayList<>()).add(op);
    }
}
