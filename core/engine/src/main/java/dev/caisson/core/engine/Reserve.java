package dev.caisson.core.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Things made ahead, by kind. Who needs the same thing twice within a few seconds will need it a third time: from the second time on, the next are made on a worker.
 * They are few, and those unused for a while go.
 *
 * @param <K> what two that can stand for each other have in common
 */
final class Reserve<K, V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final Duration KEPT = Duration.ofSeconds(10);
    private static final Duration MAKING = Duration.ofSeconds(5);
    private static final Duration QUIET = Duration.ofSeconds(1);
    private static final int REMEMBERED = 64;

    private record Held<V>(V value, long madeAt) {}

    private final LocalEngine engine;
    private final int size;
    private final String what;
    private final Consumer<V> discarding;
    /** Kinds in the order of their last use, with what is ready. */
    private final Map<K, Deque<Held<V>>> ready = new LinkedHashMap<>(16, 0.75f, true);
    private int kept;
    private int making;
    private long quietUntil = System.nanoTime();
    private boolean closed;

    /** @param size how many are kept, of all kinds together; 0 for none. @param what one of them is, in words. @param discarding gives one back */
    Reserve(LocalEngine engine, int size, String what, Consumer<V> discarding) {
        this.engine = engine;
        this.size = size;
        this.what = what;
        this.discarding = discarding;
    }

    /** The oldest of its kind, unless that is not ready. */
    synchronized @Nullable V take(K kind, Predicate<V> usable) {
        Deque<Held<V>> held = ready.get(kind);
        Held<V> oldest = held == null ? null : held.peek();
        if (oldest == null || !usable.test(oldest.value())) {
            return null;
        }
        held.remove();
        kept--;
        return oldest.value();
    }

    /** One of a kind was used: makes the next ahead, on a worker. @param maker empty where none is to be had now */
    void replenish(K kind, Supplier<Optional<V>> maker) {
        synchronized (this) {
            boolean seenBefore = ready.containsKey(kind);
            Deque<Held<V>> held = ready.computeIfAbsent(kind, k -> new ArrayDeque<>());
            forgetOldKinds();
            if (closed || !seenBefore || making > 0 || held.size() >= size || System.nanoTime() - quietUntil < 0) {
                return;
            }
            making++;
        }
        engine.background().begin(() -> make(kind, maker));
    }

    private void forgetOldKinds() {
        for (var entries = ready.entrySet().iterator(); ready.size() > REMEMBERED && entries.hasNext();) {
            if (entries.next().getValue().isEmpty()) {
                entries.remove();
            }
        }
    }

    private void make(K kind, Supplier<Optional<V>> maker) {
        try {
            Optional<V> made;
            while (wanted(kind) && (made = maker.get()).isPresent()) {
                add(kind, new Held<>(made.get(), System.nanoTime()));
            }
        } catch (RuntimeException e) {
            LOG.debug("no {} could be made: {}", what, e.toString());
        } finally {
            synchronized (this) {
                making--;
                notifyAll();
            }
        }
    }

    private synchronized boolean wanted(K kind) {
        Deque<Held<V>> held = ready.get(kind);
        return !closed && held != null && held.size() < size;
    }

    private void add(K kind, Held<V> made) {
        List<V> surplus = new ArrayList<>();
        synchronized (this) {
            Deque<Held<V>> held = closed ? null : ready.computeIfAbsent(kind, k -> new ArrayDeque<>());
            if (held == null) {
                surplus.add(made.value());
            } else {
                held.add(made);
                kept++;
                while (kept > size) {
                    surplus.add(oldestOfTheLeastUsed());
                }
            }
        }
        surplus.forEach(this::discard);
        engine.poller().schedule(KEPT, () -> engine.background().begin(this::dropOld));
    }

    private V oldestOfTheLeastUsed() {
        for (Deque<Held<V>> held : ready.values()) {
            Held<V> oldest = held.poll();
            if (oldest != null) {
                kept--;
                return oldest.value();
            }
        }
        throw new IllegalStateException(kept + " are counted and none is there");
    }

    private void dropOld() {
        long before = System.nanoTime() - KEPT.toNanos();
        dropHeld(held -> held.madeAt() - before <= 0);
    }

    /** Begins no more for a while, and waits for those that are being made. */
    synchronized void pause() {
        quietUntil = System.nanoTime() + QUIET.toNanos();
        long end = System.nanoTime() + MAKING.toNanos();
        while (making > 0 && System.nanoTime() - end < 0) {
            try {
                wait(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
    }

    /** Kinds of which nothing is ready are as if they had never been used. */
    synchronized void forget() {
        ready.values().removeIf(Deque::isEmpty);
    }

    void drop(Predicate<V> which) {
        dropHeld(held -> which.test(held.value()));
    }

    private void dropHeld(Predicate<Held<V>> which) {
        List<V> dropped = new ArrayList<>();
        synchronized (this) {
            for (Deque<Held<V>> held : ready.values()) {
                held.removeIf(each -> which.test(each) && dropped.add(each.value()));
            }
            kept -= dropped.size();
        }
        dropped.forEach(this::discard);
    }

    private void discard(V value) {
        try {
            discarding.accept(value);
        } catch (RuntimeException e) {
            LOG.warn("removing a {}: {}", what, e.toString());
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        drop(value -> true);
    }
}
