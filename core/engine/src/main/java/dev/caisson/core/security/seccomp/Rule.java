package dev.caisson.core.security.seccomp;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

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
        List<String> list = new ArrayList<>();
        for (StringTokenizer words = new StringTokenizer(names); words.hasMoreTokens(); ) {
            list.add(words.nextToken());
        }
        return new Rule(list, action, List.of(conditions));
    }

    /**
     * The alternatives that the conditions stand for. Two conditions on one argument cannot be given to libseccomp, so runc makes every
     * condition of such a rule a rule of its own: they are then alternatives, not a range (runc, libcontainer/seccomp, matchCall).
     */
    List<List<Condition>> alternatives() {
        int seen = 0;
        boolean oneEach = true;
        List<List<Condition>> single = new ArrayList<>();
        for (Condition condition : conditions) {
            oneEach &= (seen & 1 << condition.index()) == 0;
            seen |= 1 << condition.index();
            single.add(List.of(condition));
        }
        return oneEach ? List.of(conditions) : single;
    }
}
