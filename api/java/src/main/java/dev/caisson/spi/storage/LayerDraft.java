package dev.caisson.spi.storage;

import java.util.List;

/**
 * A layer being filled. The engine mounts {@link #mounts()} for itself alone, unpacks into the root it gets, and commits; until then nobody sees it,
 * and an uncommitted layer found by the next engine is dropped.
 */
public interface LayerDraft {
    /** How deletions of the layer are written into the mounts. */
    enum Whiteouts {
        /** As overlayfs keeps them: character device 0:0, and {@code trusted.overlay.opaque=y} on directories. The mounts show this layer alone. */
        OVERLAY,
        /** The mounts show the merged tree: a whiteout removes the entry. */
        REMOVE
    }

    /**
     * The tree to fill; the first is the root.
     *
     * @return not empty; valid until {@link #commit()} or {@link #abort()}
     */
    List<MountSpec> mounts();

    /**
     * How whiteouts are to be applied.
     *
     * @return the same for all layers of a driver
     */
    Whiteouts whiteouts();

    /**
     * Makes the layer durable and visible, at once or not at all. Another engine having committed the same layer meanwhile is success.
     *
     * @throws dev.caisson.StorageProblem if it cannot be made durable; the layer is dropped then
     */
    void commit();

    /** Drops it. Idempotent; does nothing after {@link #commit()}. */
    void abort();
}
