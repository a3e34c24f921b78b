package dev.caisson.core.rootfs;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SafeRoot;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.MountSpec;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.StorageDriver;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An image's files, read-only, as a mount in a container that stands on something else. */
public final class ImageMount {
    private ImageMount() {}

    /**
     * Opens it; the driver holds its layers under the name until that is released.
     *
     * @param name for the driver, like a container's
     * @param state the container's directory on disk
     * @param subpath a directory of the image, relative; "" for all of it
     * @throws dev.caisson.linux.SyscallException ENOENT or ENOTDIR if there is no such directory
     */
    public static HeldMount open(StorageDriver driver, String name, Path state, LayerId top, String subpath, @Nullable SeenBy users) {
        MountSpec plan = driver.root(name, state, top, new RootOptions(true, true, 0, null)).mounts().get(0);
        Fd whole = DetachedMounts.make(plan, users);
        if (subpath.isEmpty()) {
            return new HeldMount(whole);
        }
        try (SafeRoot root = SafeRoot.of(whole); Fd part = root.open(subpath, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
            return new HeldMount(DetachedMounts.bind(part, false, true));
        }
    }
}
