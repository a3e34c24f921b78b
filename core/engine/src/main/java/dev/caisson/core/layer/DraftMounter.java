package dev.caisson.core.layer;

import dev.caisson.linux.SafeRoot;
import dev.caisson.spi.storage.MountSpec;
import java.util.List;

/** Turns the mounts of a {@link dev.caisson.spi.storage.LayerDraft}, which are data, into a directory descriptor: detached, never in the host's mount table. */
@FunctionalInterface
public interface DraftMounter {
    /**
     * Mounts a draft.
     *
     * @throws dev.caisson.StorageProblem if the kernel refuses
     */
    Mounted mount(List<MountSpec> mounts);

    /** A mounted draft; closing it lets go of the mounts. */
    interface Mounted extends AutoCloseable {
        /** The root of the draft; belongs to this object. */
        SafeRoot root();

        @Override
        void close();
    }
}
