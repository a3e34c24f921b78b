package dev.caisson.core.security.seccomp;

import dev.caisson.core.security.seccomp.Decision.Clause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * A profile's decisions for every system call number of one architecture, as ranges of equal decision that cover all 2^32 numbers.
 *
 * <p>Rules of one call are combined as libseccomp combines them: rules with the default action say nothing; a rule without conditions
 * beats all with conditions, and of several without, the first holds; rules with conditions are alternatives. Where alternatives of
 * different actions overlap, for which libseccomp promises no order, the one written first holds.
 *
 * <p>Two things are not the profile's to say. Numbers above the newest known answer ENOSYS, whatever the default: programs try new
 * calls and fall back on ENOSYS only (runc's patchbpf does the same). On x86-64 that covers x32, whose calls have bit 30 set.
 */
final class DecisionTable {
    /** First and last number, both inclusive. */
    record Range(long first, long last, Decision decision) {}

    private static final long LAST_NUMBER = 0xffffffffL;

    private final Arch arch;
    private final SeccompProfile profile;
    private final TreeMap<Integer, Decision> decisions = new TreeMap<>();

    private DecisionTable(Arch arch, SeccompProfile profile) {
        this.arch = arch;
        this.profile = profile;
    }

    static List<Range> ranges(Arch arch, SeccompProfile profile) {
        DecisionTable table = new DecisionTable(arch, profile);
        for (Rule rule : profile.rules()) {
            if (!rule.action().equals(profile.defaultAction())) {
                table.add(rule);
            }
        }
        return table.merged();
    }

    private void add(Rule rule) {
        for (String name : rule.names()) {
            OptionalInt number = SyscallTable.get().number(arch, name);
            List<List<Condition>> alternatives = rule.alternatives();
            if (number.isPresent()) {
                for (List<Condition> conditions : alternatives) {
                    add(number.getAsInt(), conditions, rule.action());
                }
            }
            Multiplexed.Carrier carrier = Multiplexed.of(arch, name);
            if (carrier != null) {
                addCarried(carrier, rule);
            }
        }
    }

    /**
     * The carrier's other argument is a pointer, so conditions on the carried call's arguments cannot be seen: a rule with conditions is
     * then applied as if they held if that is the stricter answer, and not at all otherwise.
     */
    private void addCarried(Multiplexed.Carrier carrier, Rule rule) {
        if (rule.conditions().isEmpty() || rule.action().stricterThan(profile.defaultAction())) {
            int number = SyscallTable.get().number(arch, carrier.name()).orElseThrow();
            add(number, List.of(Condition.of(0, Condition.Op.EQ, carrier.call())), rule.action());
        }
    }

    private void add(int number, List<Condition> conditions, Action action) {
        Decision before = decisions.get(number);
        if (before != null && before.unconditional()) {
            return;
        }
        if (conditions.isEmpty()) {
            decisions.put(number, Decision.always(action));
            return;
        }
        List<Clause> clauses = new ArrayList<>(before == null ? List.of() : before.clauses());
        clauses.add(new Clause(conditions, action));
        decisions.put(number, new Decision(clauses, profile.defaultAction()));
    }

    private List<Range> merged() {
        Decision byDefault = Decision.always(profile.defaultAction());
        Decision unknown = Decision.always(Action.ENOSYS);
        SyscallTable table = SyscallTable.get();
        List<Range> ranges = new ArrayList<>();
        for (Map.Entry<Integer, Decision> entry : decisions.headMap(SyscallTable.ARM_PRIVATE).entrySet()) {
            extend(ranges, entry.getKey() - 1, byDefault);
            extend(ranges, entry.getKey(), entry.getValue());
        }
        extend(ranges, table.newest(arch), byDefault);
        int newestPrivate = table.newestPrivate(arch);
        if (newestPrivate >= 0) {
            extend(ranges, SyscallTable.ARM_PRIVATE, unknown);
            for (int number = SyscallTable.ARM_PRIVATE + 1; number <= newestPrivate; number++) {
                extend(ranges, number, decisions.getOrDefault(number, byDefault));
            }
        }
        extend(ranges, LAST_NUMBER, unknown);
        return ranges;
    }

    /** Lets the ranges reach up to {@code last}, by a new one or by making the last one longer. */
    private static void extend(List<Range> ranges, long last, Decision decision) {
        Range tail = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
        long first = tail == null ? 0 : tail.last() + 1;
        if (first > last) {
            return;
        }
        if (tail != null && tail.decision().equals(decision)) {
            ranges.set(ranges.size() - 1, new Range(tail.first(), last, decision));
        } else {
            ranges.add(new Range(first, last, decision));
        }
    }
}
