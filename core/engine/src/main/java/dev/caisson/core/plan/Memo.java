package dev.caisson.core.plan;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What was worked out lately, by what it was worked out from: of a pure function whose arguments are values that never change. Thread-safe; what was not asked for the
 * longest goes first.
 */
public final class Memo<K, V> {
    private static final int KEPT = 64;

    private final Map<K, V> known = new LinkedHashMap<>(16, 0.75f, true);

    /** What is known for a key, or worked out now, perhaps by several threads at once. */
    public V get(K key, Supplier<V> function) {
        synchronized (known) {
            V value = known.get(key);
            if (value != null) {
                return value;
            }
        }
        V value = function.get();
        synchronized (known) {
            known.put(key, value);
            if (known.size() > KEPT) {
                known.remove(known.keySet().iterator().next());
            }
        }
        return value;
    }
}
