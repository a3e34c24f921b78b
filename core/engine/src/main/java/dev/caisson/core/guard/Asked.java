package dev.caisson.core.guard;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** What a guard was asked about launches, until it says whether it has done it. Thread-safe. */
final class Asked {
    private final Map<Integer, CompletableFuture<Boolean>> asked = new ConcurrentHashMap<>();

    /**
     * @param ask the guard; if that fails, nothing was asked
     * @return whether it has done it; false, too, once it is dead, and holds nothing
     */
    CompletableFuture<Boolean> ask(int id, Runnable ask, BooleanSupplier alive) {
        CompletableFuture<Boolean> answer = asked.computeIfAbsent(id, any -> new CompletableFuture<>());
        try {
            if (alive.getAsBoolean()) {
                ask.run();
            }
        } catch (RuntimeException e) {
            answered(id, false);
            throw e;
        }
        if (!alive.getAsBoolean()) {
            over(); // it died meanwhile, and who noticed may have looked before us
        }
        return answer;
    }

    void answered(int id, boolean done) {
        CompletableFuture<Boolean> waiting = asked.remove(id);
        if (waiting != null) {
            waiting.complete(done);
        }
    }

    /** The guard is dead, or is left. */
    void over() {
        List.copyOf(asked.keySet()).forEach(id -> answered(id, false));
    }
}
