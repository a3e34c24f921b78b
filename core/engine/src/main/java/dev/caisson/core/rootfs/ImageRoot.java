package dev.caisson.core.rootfs;

import dev.caisson.Change;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.layer.TreeChanges;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SafeRoot;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.MountSpec;
import dev.caisson.spi.storage.NativeDiff;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.StorageDriver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A root over committed layers: the storage driver says which mounts, this makes them. */
public final class ImageRoot {
    private ImageRoot() {}

    /**
     * @param mountPoints {@link MountPoints}
     * @param state the container's directory on disk
     * @param users the user namespace through which it is seen; null for the host's
     */
    public static OpenRoot open(StorageDriver driver, String id, Path mountPoints, Path state, @Nullable LayerId top, @Nullable SeenBy users) {
        List<MountSpec> mounts = new ArrayList<>(driver.root(id, state, top, RootOptions.DEFAULT).mounts());
        mounts.set(0, MountPoints.below(mounts.get(0), mountPoints));
        List<HeldMount> opened = new ArrayList<>();
        Runnable closing = () -> {
            opened.forEach(HeldMount::close);
            driver.release(id);
        };
        try {
            for (MountSpec mount : mounts) {
                opened.add(new HeldMount(DetachedMounts.make(mount, users)));
            }
        } catch (RuntimeException e) {
            closing.run();
            throw e;
        }
        List<PlanInput.Attached> attached = new ArrayList<>();
        List<OpenRoot.Received> received = new ArrayList<>();
        for (int i = 1; i < mounts.size(); i++) {
            attached.add(new PlanInput.Attached(mounts.get(i).target(), false, null, 0, false, "storage driver " + driver.name()));
            received.add(new OpenRoot.Received(mounts.get(i).target(), opened.get(i)));
        }
        Fd root = opened.get(0).fd();
        Supplier<List<Change>> changes = driver instanceof NativeDiff diff ? () -> diff.changes(id, state) : () -> compared(driver, id, state, top, users, root);
        return new OpenRoot(opened.get(0), attached, received, List.of(), changes, closing);
    }

    /** Of a driver that keeps no record of changes. */
    private static List<Change> compared(StorageDriver driver, String id, Path state, @Nullable LayerId top, @Nullable SeenBy users, Fd root) {
        try (SafeRoot now = SafeRoot.of(root.dup())) {
            if (top == null) {
                return TreeChanges.of(null, now);
            }
            String name = id + ".before";
            try (SafeRoot before = SafeRoot.of(DetachedMounts.make(driver.root(name, state, top, new RootOptions(true, true, 0, null)).mounts().get(0), users))) {
                return TreeChanges.of(before, now);
            } finally {
                driver.release(name);
            }
        }
    }
}
