package dev.caisson.spi.storage;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps layers and makes root file systems of them. Layers are immutable once committed; several engines (JVMs) share one directory.
 * Implementations are safe for use by several threads. They describe mounts; the engine mounts.
 */
public interface StorageDriver extends AutoCloseable {
    /**
     * The provider's name.
     *
     * @return as {@link dev.caisson.spi.DriverProvider#name()}
     */
    String name();

    /**
     * Whether the layer is committed here.
     *
     * @param layer by its chainID
     * @return false also for one that is being filled
     */
    boolean has(LayerId layer);

    /**
     * Begins a layer.
     *
     * @param layer the chainID it will have
     * @param parent the layer below, null for the lowest
     * @return to be filled, then committed or aborted
     * @throws dev.caisson.StorageProblem if the parent is missing or the disk refuses
     */
    LayerDraft draft(LayerId layer, @Nullable LayerId parent);

    /**
     * A root file system over committed layers.
     *
     * @param id the container's id: names what is private to it
     * @param state an existing directory of the container, on the engine's disk, in which what it writes is kept
     * @param top the uppermost layer of the chain; null for an empty root
     * @param options what it must be able to do
     * @return mounts for the engine to make; {@link #release} gives it back
     * @throws dev.caisson.StorageProblem if a layer is missing, the disk refuses, or an option cannot be had, by its name
     */
    RootfsPlan root(String id, Path state, @Nullable LayerId top, RootOptions options);

    /**
     * Gives back what {@link #root} made outside {@code state}. Idempotent, also for ids it never saw.
     *
     * @param id as it was given to {@link #root}
     */
    void release(String id);

    /**
     * A container, of any engine, that stands on a layer: it is the {@code top} of its root. Empty if none does.
     *
     * @param layer by its chainID
     * @return the id of one such container
     */
    Optional<String> user(LayerId layer);

    /**
     * Removes a committed layer.
     *
     * @param layer by its chainID; nothing happens if it is not there
     * @throws dev.caisson.StorageProblem if another layer or a container stands on it
     */
    void remove(LayerId layer);

    /**
     * All committed layers.
     *
     * @return in any order
     */
    List<LayerId> layers();

    /**
     * What the layer alone takes on disk.
     *
     * @param layer by its chainID
     * @return counted now
     * @throws dev.caisson.StorageProblem if it is not there or cannot be read
     */
    Usage usage(LayerId layer);

    @Override
    void close();

    /**
     * Disk use.
     *
     * @param bytes allocated
     * @param inodes files, directories and links
     */
    record Usage(long bytes, long inodes) {}
}
