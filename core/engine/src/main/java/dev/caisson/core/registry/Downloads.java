package dev.caisson.core.registry;

import dev.caisson.core.content.Arrival;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.Threads;
import dev.caisson.core.image.Descriptor;
import dev.caisson.core.image.LocalImages;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The blobs of one image on their way, three at a time in their order, readable while they come. The first failure ends all, and is what every reader is told. */
final class Downloads implements LocalImages.Incoming {
    private static final int AT_ONCE = 3;

    private final @Nullable Digest manifest;
    private final ContentStore store;
    private final BiConsumer<Descriptor, Arrival> fetch;
    private final Map<Digest, Arrival> arrivals = new LinkedHashMap<>();
    private @Nullable ExecutorService threads;

    /** @param fetch brings one blob into the store, telling its arrival; what it throws is a failure */
    Downloads(@Nullable Digest manifest, ContentStore store, BiConsumer<Descriptor, Arrival> fetch) {
        this.manifest = manifest;
        this.store = store;
        this.fetch = fetch;
    }

    /** Once. Who fails at once gives up when all of them wait. */
    synchronized void begin(List<Descriptor> missing) {
        if (missing.isEmpty()) {
            return;
        }
        missing.forEach(blob -> arrivals.put(blob.digest(), new Arrival(blob.digest())));
        ExecutorService pool = Threads.pool(Math.min(AT_ONCE, missing.size()), "caisson-pull");
        threads = pool;
        for (Descriptor blob : missing) {
            Arrival arrival = arrivals.get(blob.digest());
            pool.execute(() -> {
                try {
                    fetch.accept(blob, arrival);
                } catch (RuntimeException e) {
                    giveUp(e);
                } catch (Error e) {
                    giveUp(new IllegalStateException(e));
                    throw e;
                }
            });
        }
    }

    @Override
    public Digest manifest() {
        return java.util.Objects.requireNonNull(manifest, "no image is unpacked of these");
    }

    @Override
    public InputStream open(Digest blob) {
        Arrival arrival = arrivals.get(blob);
        return arrival == null ? store.open(blob) : arrival.open(store);
    }

    @Override
    public void await(Digest blob) {
        Arrival arrival = arrivals.get(blob);
        if (arrival != null) {
            arrival.await();
        }
    }

    @Override
    public void awaitAll() {
        arrivals.values().forEach(Arrival::await);
    }

    @Override
    public synchronized void giveUp(RuntimeException why) {
        arrivals.values().forEach(a -> a.failed(why));
        if (threads != null) {
            threads.shutdownNow();
        }
    }

    @Override
    public void close() {
        if (threads != null) {
            Threads.end(threads);
        }
    }
}
