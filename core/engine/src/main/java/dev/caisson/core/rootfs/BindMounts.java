package dev.caisson.core.rootfs;

import dev.caisson.InvalidSpec;
import dev.caisson.Mount;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.SyscallException;

/** The user's bind mounts as detached mounts. */
public final class BindMounts {
    private static final int S_IFMT = 0xf000;
    private static final int S_IFDIR = 0x4000;

    private BindMounts() {}

    /** @param file whether the source is anything but a directory */
    public record Bound(Fd mount, boolean file) {}

    private static long attributes(Mount.Bind bind) {
        return (bind.readOnly() ? MountFlags.MOUNT_ATTR_RDONLY : 0) | (bind.flags().contains(Mount.Flag.NOSUID) ? MountFlags.MOUNT_ATTR_NOSUID : 0)
                | (bind.flags().contains(Mount.Flag.NODEV) ? MountFlags.MOUNT_ATTR_NODEV : 0) | (bind.flags().contains(Mount.Flag.NOEXEC) ? MountFlags.MOUNT_ATTR_NOEXEC : 0);
    }

    /** A detached mount of the source. */
    public static Bound make(Mount.Bind bind) {
        try (Fd source = FileCalls.open(bind.source(), Fcntl.O_PATH, 0)) {
            boolean file = (FileCalls.fstat(source).mode() & S_IFMT) != S_IFDIR;
            int recursion = bind.recursive() ? Fcntl.AT_RECURSIVE : 0;
            Fd mount = Mounts.openTree(source, "", MountFlags.OPEN_TREE_CLONE | Fcntl.AT_EMPTY_PATH | recursion);
            try {
                long propagation = switch (bind.propagation()) {
                    case PRIVATE -> MountFlags.MS_PRIVATE;
                    case SLAVE -> MountFlags.MS_SLAVE;
                    case SHARED -> MountFlags.MS_SHARED;
                };
                Mounts.mountSetattr(mount, "", Fcntl.AT_EMPTY_PATH | recursion, attributes(bind), 0, propagation, -1);
                return new Bound(mount, file);
            } catch (RuntimeException e) {
                mount.close();
                throw e;
            }
        } catch (SyscallException e) {
            String remedy = e.is(Errno.ENOENT) ? "make it first: a missing bind source is not created" : "";
            throw new InvalidSpec("bind(" + bind.source() + ", \"" + bind.target() + "\")", e.getMessage(), remedy);
        }
    }
}
