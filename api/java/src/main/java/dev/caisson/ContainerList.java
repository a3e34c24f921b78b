package dev.caisson;

import java.util.List;
import java.util.Optional;

/** The containers of an engine at one moment, oldest first. */
public interface ContainerList extends List<Container> {
    /**
     * Those a filter means, oldest first ({@code docker ps --filter}).
     *
     * @param filter {@link ContainerFilter#all()}, made narrower
     * @return empty if none is meant
     */
    List<Container> list(ContainerFilter filter);

    /**
     * By name, else by id or an unambiguous beginning of it.
     *
     * @param nameOrId exactly, or the beginning of an id
     * @return empty if there is none, or a beginning fits several
     */
    Optional<Container> find(String nameOrId);

    /**
     * Removes those that a filter means and that do not run ({@code docker container prune}), and their volumes without a name, as {@link Container#remove()} does.
     *
     * @param filter those that it means and that run, are paused or about to restart are left alone
     * @return their ids, and what their root file systems held
     */
    Pruned prune(ContainerFilter filter);

    /**
     * What their writable layers and logs take on disk, counted now.
     *
     * @return bytes; seconds where the layers are large
     */
    SpaceUsage usage();
}
