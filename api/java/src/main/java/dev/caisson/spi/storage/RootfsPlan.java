package dev.caisson.spi.storage;

import java.util.List;

/**
 * A container's root file system as data.
 *
 * @param mounts the first has target {@code /}; the others follow in order
 */
public record RootfsPlan(List<MountSpec> mounts) {
    /**
     * The list is copied.
     *
     * @throws IllegalArgumentException if there is no mount, or the first has another target
     */
    public RootfsPlan {
        mounts = List.copyOf(mounts);
        if (mounts.isEmpty() || !mounts.get(0).target().equals("/")) {
            throw new IllegalArgumentException("the first mount of a root file system must have the target /");
        }
    }
}
