package dev.caisson.core.security.seccomp;

import java.util.List;

/**
 * What a filter does with one system call number: the action of the first clause whose conditions all hold, else {@code otherwise}.
 * Equal decisions of neighbouring numbers become one leaf of the search tree.
 */
record Decision(List<Clause> clauses, Action otherwise) {
    /** An action and the conditions for it, at least one. */
    record Clause(List<Condition> conditions, Action action) {
        Clause {
            conditions = List.copyOf(conditions);
        }
    }

    Decision {
        clauses = List.copyOf(clauses);
    }

    static Decision always(Action action) {
        return new Decision(List.of(), action);
    }

    boolean unconditional() {
        return clauses.isEmpty();
    }
}
