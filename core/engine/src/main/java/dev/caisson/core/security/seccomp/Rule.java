package dev.caisson.core.security.seccomp;

import java.util.List;
import java.util.stream.Collectors;

/**
 * System calls, the action for them, and the conditions that must all hold for it.
 *
 * @param names as libseccomp spells them; those no architecture knows are left out of the filter and reported
 */
record Rule(List<String> names, Action action, List<Condition> conditions) {
    Rule {
        names = List.copyOf(names);
        conditions = List.copyOf(conditions);
    }

    static Rule of(String names, Action action, Condition... conditions) {
        return new Rule(List.of(names.strip().split("\\s+")), action, List.of(conditions));
    }

    /**
     * The alternatives that the conditions stand for. Two conditions on one argument cannot be given to libseccomp, so runc makes every
     * condition of such a rule a rule of its own: they are then alternatives, not a range (runc, libcontainer/seccomp, matchCall).
     */
    List<List<Condition>> alternatives() {
        boolean oneEach = conditions.stream().map(Condition::index).distinct().count() == conditions.size();
        return oneEach ? List.of(conditions) : conditions.stream().map(List::of).collect(Collectors.toList());
    }
}
