package dev.caisson.core.rootfs;

import dev.caisson.UserNamespace;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.Stat;
import dev.caisson.linux.Worker;
import dev.caisson.spi.storage.MountSpec;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An overlay, perhaps with its layers seen through a user namespace (Documentation/filesystems/overlayfs, idmapped layers): overlayfs itself cannot be mapped. The
 * lower ones go by descriptors of mapped mounts (Linux 6.13) then. The upper one is not mapped, since the kernel makes its files as the mounter, whom the map does
 * not know: what is in it belongs to the container's users on the host.
 */
final class OverlayMount {
    /** A lower layer, from the top down; one option each. */
    static final String LOWER = "lowerdir+";

    private OverlayMount() {}

    static Fd make(MountSpec spec, @Nullable SeenBy users) {
        if (users != null) {
            spec.options().stream().filter(o -> o.key().equals("upperdir")).forEach(o -> give(Objects.requireNonNull(o.path()), users.maps()));
        }
        return LegacyOverlay.needed() ? LegacyOverlay.make(spec, users) : oneByOne(spec, users);
    }

    private static Fd oneByOne(MountSpec spec, @Nullable SeenBy users) {
        try (Fd fs = Mounts.fsopen("overlay")) {
            for (MountSpec.Option option : spec.options()) {
                if (option.key().equals(LOWER) && users != null) {
                    Fd lower = mapped(Objects.requireNonNull(option.path()), users.namespace());
                    users.keeper().accept(lower);
                    Mounts.fsconfigFd(fs, option.key(), lower);
                } else {
                    DetachedMounts.configure(fs, option);
                }
            }
            if (Worker.present()) {
                Mounts.fsconfigFlag(fs, "userxattr"); // trusted.* is root's
            }
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, spec.readOnly() ? MountFlags.MOUNT_ATTR_RDONLY : 0);
        }
    }

    /** The root directory of the view is the upper one: it belongs to whom the lower one does, seen through the map. */
    private static void give(Path upper, UserNamespace.Mapped maps) {
        try (Fd directory = FileCalls.open(upper, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            Stat stat = FileCalls.fstat(directory);
            long uid = maps.user(Integer.toUnsignedLong(stat.uid()));
            long gid = maps.group(Integer.toUnsignedLong(stat.gid()));
            FileCalls.fchownat(directory, "", (int) (uid < 0 ? maps.user(0) : uid), (int) (gid < 0 ? maps.group(0) : gid), Fcntl.AT_EMPTY_PATH);
        }
    }

    private static Fd mapped(Path directory, Fd users) {
        try (Fd source = FileCalls.open(directory, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
            return DetachedMounts.mapped(source, users);
        }
    }
}
