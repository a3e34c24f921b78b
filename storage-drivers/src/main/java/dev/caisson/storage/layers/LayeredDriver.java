package dev.caisson.storage.layers;

import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver;
import java.util.List;
import java.util.Optional;

/** What drivers that keep their layers in a {@link LayerStore} have in common: all but what a layer is filled with and how a root is made of it. */
public abstract class LayeredDriver implements StorageDriver {
    private final LayerStore store;

    /** @param store becomes the driver's */
    protected LayeredDriver(LayerStore store) {
        this.store = store;
    }

    /** Its layers. */
    protected final LayerStore store() {
        return store;
    }

    @Override
    public final boolean has(LayerId layer) {
        return store.has(layer);
    }

    @Override
    public final void release(String id) {
        store.marks().clear(id);
    }

    @Override
    public final Optional<String> user(LayerId layer) {
        return store.marks().user(layer);
    }

    @Override
    public final void remove(LayerId layer) {
        store.remove(layer);
    }

    @Override
    public final List<LayerId> layers() {
        return store.layers();
    }

    @Override
    public final Usage usage(LayerId layer) {
        return store.usage(layer);
    }

    @Override
    public final void close() {
        store.close();
    }
}
