package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.RootSource;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.spi.storage.LayerId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers made ahead: root file system, namespaces, mounts and cgroups are there, a process of the guard's waits inside, only the program is missing. Who
 * starts the same thing twice within a few seconds will start it a third time: from the second start on, spares for it are made when a start is over. They are
 * few, those unused for a while go, and with the guard they all die.
 */
final class Spares implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final Duration KEPT = Duration.ofSeconds(10);
    private static final Duration MAKING = Duration.ofSeconds(5);
    private static final Duration QUIET = Duration.ofSeconds(1);
    private static final int REMEMBERED = 64;

    private record Spare(MadeAhead container, long madeAt) {}

    private final LocalEngine engine;
    private final int size;
    /** Keys in the order of their last use, with what is ready for them. */
    private final Map<SpareKey, Deque<Spare>> ready = new LinkedHashMap<>(16, 0.75f, true);
    private int kept;
    private int making;
    private long quietUntil = System.nanoTime();
    private boolean closed;

    /** @param size how many are kept, of all kinds together; 0 for none */
    Spares(LocalEngine engine, int size) {
        this.engine = engine;
        this.size = size;
    }

    /** The key under which a start can have a spare. */
    Optional<SpareKey> key(ContainerSpec spec) {
        if (size == 0) {
            return Optional.empty();
        }
        ImageDefaults image = ImageDefaults.NONE;
        if (spec.root() instanceof RootSource.Image source) {
            image = engine.imageSource().resolve(source.reference()).defaults();
        }
        return SpareKey.of(spec, image, engine.host());
    }

    /** Starts from a spare if there is one. */
    Optional<RunContext> start(SpareKey key, ContainerSpec spec, boolean keepOutput) {
        for (MadeAhead spare; (spare = take(key)) != null;) {
            try {
                return Optional.of(spare.become(spec, keepOutput));
            } catch (MadeAhead.SpareDied e) {
                LOG.debug("a spare died before it was used");
            }
        }
        return Optional.empty();
    }

    private synchronized @Nullable MadeAhead take(SpareKey key) {
        Deque<Spare> spares = ready.get(key);
        Spare spare = spares == null ? null : spares.peek();
        if (spare == null || !spare.container().ready()) {
            return null;
        }
        spares.remove();
        kept--;
        return spare.container();
    }

    /** A start with this key is over, or runs: makes the next ahead, on a worker. */
    void replenish(SpareKey key, ContainerSpec like) {
        synchronized (this) {
            boolean seenBefore = ready.containsKey(key);
            Deque<Spare> spares = ready.computeIfAbsent(key, k -> new ArrayDeque<>());
            forgetOldKeys();
            if (closed || !seenBefore || making > 0 || spares.size() >= size || System.nanoTime() - quietUntil < 0) {
                return;
            }
            making++;
        }
        engine.background().begin(() -> make(key, like));
    }

    private void forgetOldKeys() {
        for (var entries = ready.entrySet().iterator(); ready.size() > REMEMBERED && entries.hasNext();) {
            if (entries.next().getValue().isEmpty()) {
                entries.remove();
            }
        }
    }

    private void make(SpareKey key, ContainerSpec like) {
        try {
            while (wanted(key)) {
                MadeAhead spare = MadeAhead.make(engine, like, this::died);
                add(key, new Spare(spare, System.nanoTime()));
            }
        } catch (RuntimeException e) {
            LOG.debug("no spare could be made: {}", e.toString());
        } finally {
            synchronized (this) {
                making--;
                notifyAll();
            }
        }
    }

    private synchronized boolean wanted(SpareKey key) {
        Deque<Spare> spares = ready.get(key);
        return !closed && spares != null && spares.size() < size;
    }

    private void add(SpareKey key, Spare spare) {
        List<MadeAhead> surplus = new ArrayList<>();
        synchronized (this) {
            Deque<Spare> spares = closed ? null : ready.computeIfAbsent(key, k -> new ArrayDeque<>());
            if (spares == null) {
                surplus.add(spare.container());
            } else {
                spares.add(spare);
                kept++;
                while (kept > size) {
                    surplus.add(oldestOfTheLeastUsed());
                }
            }
        }
        surplus.forEach(Spares::discard);
        engine.poller().schedule(KEPT, () -> engine.background().begin(this::dropOld));
    }

    private MadeAhead oldestOfTheLeastUsed() {
        for (Deque<Spare> spares : ready.values()) {
            Spare spare = spares.poll();
            if (spare != null) {
                kept--;
                return spare.container();
            }
        }
        throw new IllegalStateException(kept + " spares are counted and none is there");
    }

    private void dropOld() {
        long before = System.nanoTime() - KEPT.toNanos();
        drop(spare -> spare.madeAt() - before <= 0);
    }

    /** On the poller thread. */
    private void died(MadeAhead container) {
        engine.background().begin(() -> drop(spare -> spare.container() == container));
    }

    /**
     * What is made of a layer that is to be removed, also what is only being made. A start whose end is told now begins no other, until the removal had its time: it may
     * be of that very layer, and whoever saw the start's end may remove the image at once.
     */
    void drop(LayerId layer) {
        synchronized (this) {
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
        drop(spare -> spare.container().standsOn(layer));
        synchronized (this) {
            ready.values().removeIf(Deque::isEmpty);
        }
    }

    private void drop(Predicate<Spare> which) {
        List<MadeAhead> dropped = new ArrayList<>();
        synchronized (this) {
            for (Deque<Spare> spares : ready.values()) {
                spares.removeIf(spare -> which.test(spare) && dropped.add(spare.container()));
            }
            kept -= dropped.size();
        }
        dropped.forEach(Spares::discard);
    }

    private static void discard(MadeAhead container) {
        try {
            container.discard();
        } catch (RuntimeException e) {
            LOG.warn("removing a spare container: {}", e.toString());
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        drop(spare -> true);
    }
}
