package dev.caisson.registry.access;

import dev.caisson.RegistryServer.Action;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a token is to allow (distribution spec, token scope): {@code repository:team/app:pull,push}, {@code registry:catalog:*}.
 *
 * @param repository "" for the list of all
 */
record Scope(String repository, Set<Action> actions) {
    private static final int MOST = 64;

    Scope {
        actions = Set.copyOf(actions);
    }

    /** All scopes of some texts, each of which may have several with spaces between. What is not understood is left out: it is not granted. */
    static List<Scope> parse(List<String> texts) {
        List<Scope> all = new ArrayList<>();
        for (String text : texts) {
            for (String scope : text.split(" ")) {
                int first = scope.indexOf(':');
                int last = scope.lastIndexOf(':');
                if (last > first && first > 0 && all.size() < MOST) {
                    add(all, scope.substring(0, first), scope.substring(first + 1, last), scope.substring(last + 1));
                }
            }
        }
        return all;
    }

    private static void add(List<Scope> all, String type, String name, String actions) {
        if (type.equals("registry") && name.equals("catalog")) {
            all.add(new Scope("", Set.of()));
        } else if (type.equals("repository") && !name.isEmpty()) {
            Set<Action> wanted = EnumSet.noneOf(Action.class);
            for (String word : actions.split(",")) {
                if (word.equals("*")) {
                    wanted.addAll(EnumSet.allOf(Action.class));
                }
                for (Action action : Action.values()) {
                    if (word.equals(word(action))) {
                        wanted.add(action);
                    }
                }
            }
            all.add(new Scope(name, wanted));
        }
    }

    static String word(Action action) {
        return action.name().toLowerCase(Locale.ROOT);
    }
}
