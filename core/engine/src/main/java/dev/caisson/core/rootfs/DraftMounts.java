package dev.caisson.core.rootfs;

import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.layer.DraftMounter;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.MountSpec;
import java.util.List;

/** UNPACK's view of a layer being filled: a detached mount that nobody else sees. */
public final class DraftMounts {
    private DraftMounts() {}

    /** @throws StorageProblem if the kernel refuses, or the draft is more than one mount */
    public static DraftMounter.Mounted mount(List<MountSpec> mounts) {
        if (mounts.size() != 1) {
            throw new StorageProblem(Stage.UNPACK, "a layer draft of " + mounts.size() + " mounts cannot be unpacked into", "the storage driver must give one mount");
        }
        try {
            SafeRoot root = SafeRoot.of(DetachedMounts.make(mounts.get(0)));
            return new DraftMounter.Mounted() {
                @Override
                public SafeRoot root() {
                    return root;
                }

                @Override
                public void close() {
                    root.close();
                }
            };
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.UNPACK, "could not mount the layer being unpacked: " + e.getMessage(), "the engine needs root; see Containers.check()", e);
        }
    }
}
