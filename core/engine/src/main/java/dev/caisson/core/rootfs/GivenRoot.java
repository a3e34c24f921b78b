package dev.caisson.core.rootfs;

import dev.caisson.RootSource;
import dev.caisson.UserNamespace.Mapped;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.TreeCopy;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.StorageDriver;
import java.nio.file.Path;

/**
 * An image's root for an ordinary user's container whose ids are others than those its layers were unpacked with. The kernel shows layers through another map to the
 * file system's own root alone (mount_setattr(2), MOUNT_ATTR_IDMAP), so the files are copied and given to whom they belong inside, as podman does.
 */
public final class GivenRoot {
    private static final String COPY = "given";

    private GivenRoot() {}

    /** @param mountPoints {@link MountPoints}. @param owners inside to the ids of the engine's own user namespace */
    public static OpenRoot open(StorageDriver driver, String id, Path mountPoints, Fd state, Path statePath, LayerId top, Mapped owners) {
        String name = id + "." + COPY;
        FileCalls.mkdirat(state, COPY, 0755);
        try (Fd image = DetachedMounts.make(driver.root(name, statePath, top, new RootOptions(true, true, 0, null)).mounts().get(0));
                Fd copy = FileCalls.openat(state, COPY, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            TreeCopy.copy(image, copy, new Given(owners));
        } finally {
            driver.release(name);
        }
        return DirectoryRoot.open(new RootSource.Directory(statePath.resolve(COPY), false), mountPoints, state, statePath, null);
    }

    /** Layers have the numbers of the image; who has none inside is given to root, as nobody could ever use it. */
    private record Given(Mapped owners) implements TreeCopy.Owners {
        @Override
        public int user(int user) {
            long given = owners.user(Integer.toUnsignedLong(user));
            return (int) (given < 0 ? owners.user(0) : given);
        }

        @Override
        public int group(int group) {
            long given = owners.group(Integer.toUnsignedLong(group));
            return (int) (given < 0 ? owners.group(0) : given);
        }
    }
}
