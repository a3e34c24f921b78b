package dev.caisson.core.engine;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The containers of an engine, from their start to the end of their removal. */
final class LiveContainers {
    /** An id cut shorter than this may as well be a name. */
    private static final int SHORTEST_ID = 4;

    private final Map<String, LiveContainer> byId = new ConcurrentHashMap<>();

    void add(LiveContainer container) {
        byId.put(container.id(), container);
    }

    void remove(String id) {
        byId.remove(id);
    }

    Collection<LiveContainer> all() {
        return byId.values();
    }

    int size() {
        return byId.size();
    }

    /** By name, else by id or an unambiguous beginning of the id. */
    Optional<LiveContainer> find(String nameOrId) {
        Optional<LiveContainer> named = byId.values().stream().filter(c -> c.name().equals(nameOrId)).findFirst();
        if (named.isPresent() || nameOrId.length() < SHORTEST_ID) {
            return named;
        }
        List<LiveContainer> begin = byId.values().stream().filter(c -> c.id().startsWith(nameOrId)).toList();
        return begin.size() == 1 ? Optional.of(begin.get(0)) : Optional.empty();
    }
}
