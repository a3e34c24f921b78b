package dev.caisson.spi.storage;

import dev.caisson.Change;
import java.nio.file.Path;
import java.util.List;

/** Implemented by a storage driver that knows what a container changed without comparing whole trees. */
public interface NativeDiff {
    /**
     * What the container changed against its layers, sorted by path.
     *
     * @param id the container's id
     * @param state the directory that was given to {@link StorageDriver#root}
     * @return empty if it changed nothing
     * @throws dev.caisson.StorageProblem if what it wrote cannot be read
     */
    List<Change> changes(String id, Path state);
}
