package dev.caisson.core.guard;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** Launches that a guard was told to forget, until it says that it has: what it held for them is free then. Thread-safe. */
final class Forgetting {
    private final Map<Integer, CompletableFuture<Void>> asked = new ConcurrentHashMap<>();

    /** @param tell the guard */
    CompletableFuture<Void> ask(int id, Runnable tell, BooleanSupplier alive) {
        CompletableFuture<Void> forgotten = asked.computeIfAbsent(id, any -> new CompletableFuture<>());
        if (alive.getAsBoolean()) {
            tell.run();
        }
        if (!alive.getAsBoolean()) {
            over(); // it died meanwhile, and who noticed may have looked before us
        }
        return forgotten;
    }

    void done(int id) {
        CompletableFuture<Void> waiting = asked.remove(id);
        if (waiting != null) {
            waiting.complete(null);
        }
    }

    /** The guard is dead, and holds nothing, or is left. */
    void over() {
        List.copyOf(asked.keySet()).forEach(this::done);
    }
}
