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

        @Override
        public boolean equals(Object other) {
            return other instanceof Clause that && action.equals(that.action) && conditions.equals(that.conditions);
        }

        @Override
        public int hashCode() {
            return 31 * conditions.hashCode() + action.hashCode();
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

    @Override
    public boolean equals(Object other) {
        return other instanceof Decision that && otherwise.equals(that.otherwise) && clauses.equals(that.clauses);
    }

    @Override
    public int hashCode() {
        return 31 * clauses.hashCode() + otherwise.hashCode();
    }
}
