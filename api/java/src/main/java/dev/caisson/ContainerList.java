package dev.caisson;

import java.util.List;
import java.util.Optional;

/** The containers of an engine at one moment, oldest first. */
public interface ContainerList extends List<Container> {
    /** Those a filter means, oldest first ({@code docker ps --filter}). */
    List<Container> list(ContainerFilter filter);

    /** By name, else by id or an unambiguous beginning of it. */
    Optional<Container> find(String nameOrId);

    /**
     * Removes those that a filter means and that do not run ({@code docker container prune}).
     *
     * @return their ids, and what their root file systems held
     */
    Pruned prune(ContainerFilter filter);

    /** What their writable layers and logs take on disk, counted now. */
    SpaceUsage usage();
}
